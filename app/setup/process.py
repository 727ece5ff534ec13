"""The set-up's child process: one JSON line in, one out; it ends when its input does, and the arm is limp then."""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
from typing import Any, TextIO

from app.core.errors import StudioError
from app.setup.servos import Servos, operation

HALT = "halt"
"""The one line without an answer: the emergency stop, heard while an operation is under way."""

log = logging.getLogger(__name__)


def run(reply_s: float) -> int:
    """Serve operations until the studio closes the pipe; a motion under way ends then, for nobody could stop it."""
    answers, sys.stdout = sys.stdout, sys.stderr  # LeRobot prints
    servos = Servos(reply_s)
    asked: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    worker = threading.Thread(target=_work, args=(servos, asked, answers), name="servos")
    worker.start()
    try:
        hear(servos, sys.stdin, asked)
    finally:
        servos.halt()
        asked.put(None)
        worker.join()
        servos.cancel()
    return 0


def hear(servos: Servos, lines: TextIO, asked: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    """Each line in its order: what was asked before a stop is stopped, what was asked after it is not."""
    for line in lines:
        told = json.loads(line)
        if told["operation"] == HALT:
            servos.halt()
        else:
            servos.go_on()
            asked.put(told)


def _work(servos: Servos, asked: queue.SimpleQueue[dict[str, Any] | None], answers: TextIO) -> None:
    while (told := asked.get()) is not None:
        print(json.dumps(_answer(servos, told)), file=answers, flush=True)


def _answer(servos: Servos, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": True, "value": operation(servos, asked["operation"])(**asked["given"])}
    except StudioError as error:
        return {"ok": False, "code": error.code, "text": error.message, "todo": error.todo}
    except ModuleNotFoundError as error:
        text = f"Servos are talked to by LeRobot, and {error.name} is not installed."
        return {"ok": False, "code": "setup_fault", "text": text, "todo": "Install LeRobot on the page Train."}
    except Exception as error:
        log.exception("The operation %s failed.", asked.get("operation"))
        return {"ok": False, "code": "setup_fault", "text": f"It failed: {error}", "todo": "Try again."}
