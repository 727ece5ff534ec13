"""The set-up's child process: one JSON line in, one out; it ends when its input does, and the arm is limp then."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from app.core.errors import StudioError
from app.setup.servos import Servos, operation

log = logging.getLogger(__name__)


def run(reply_s: float) -> int:
    """Serve operations until the studio closes the pipe."""
    answers, sys.stdout = sys.stdout, sys.stderr  # LeRobot prints
    servos = Servos(reply_s)
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(_answer(servos, asked)), file=answers, flush=True)
    finally:
        servos.cancel()
    return 0


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
