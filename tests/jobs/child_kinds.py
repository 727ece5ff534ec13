"""Tiny kinds of job for tests; performed by `child_main.py` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from app.core.errors import Refused
from app.jobs import Arguments, Kind, Kinds, Link, Outcome, Work


class Steps(Arguments):
    """Counts to `steps`, stopping at `hold` until the file `go` is in its folder."""

    steps: int = 3
    hold: int | None = None
    dataset: str = ""
    text: str = ""


class Fate(Arguments):
    how: str
    code: int = 0


def count(arguments: Steps, work: Work) -> Outcome:
    print("text:", arguments.text, flush=True)
    (work.scratch / "half").write_text("made")
    try:
        for step in range(1, arguments.steps + 1):
            while step == arguments.hold and not (work.folder / "go").exists():
                time.sleep(0.01)
            work.report("Counting", step=step, steps=arguments.steps, unit="steps")
    finally:
        (work.folder / "cleaned").write_text("yes")
    return Outcome(f"Counted to {arguments.steps}.", (Link("The list", "/datasets"),), {"steps": arguments.steps})


def fate(arguments: Fate, work: Work) -> Outcome:
    print("the last words", flush=True)
    match arguments.how:
        case "exit":
            os._exit(arguments.code)
        case "kill":
            os.kill(os.getpid(), arguments.code)
            time.sleep(60)
        case "refuse":
            raise Refused("The moon is in the way.", todo="Wait for the sun.")
        case "raise":
            raise ValueError("a defect")
        case "full":
            raise OSError(28, "No space left on device")
        case "torch":
            raise ModuleNotFoundError("No module named 'lerobot.datasets'", name="lerobot.datasets")
        case "orphan":
            beside = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            (work.folder / "orphan").write_text(str(beside.pid))
            os._exit(3)
        case "importing" | "stubborn":
            Path(work.folder / "ready").touch()
            _interrupted(arguments.how)
    return Outcome()


def _interrupted(how: str) -> None:
    """Sleeps on when it is interrupted; or ends as an extension module's import does that is."""
    while True:
        try:
            time.sleep(600)
        except BaseException:
            if how == "importing":
                raise ImportError("initialization failed") from None


def _refuse(arguments: Steps, folder: object) -> None:
    if arguments.dataset == "refused":
        raise Refused("Not this one.", todo="Take another.")


KINDS = Kinds(
    [
        Kind(
            "count",
            Steps,
            "child_kinds:count",
            lambda a: f"Count to {a.steps}",
            rewrites=lambda a: (a.dataset,) if a.dataset else (),
            refuse=_refuse,
        ),
        Kind("light", Steps, "child_kinds:count", lambda a: f"Lightly count to {a.steps}", heavy=False),
        Kind("fate", Fate, "child_kinds:fate", lambda a: f"Meet {a.how}", heavy=False, grace_s=0.2),
    ]
)
