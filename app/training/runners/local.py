"""This machine: lerobot-train as a child process, followed line by line, paused for scoring, ended with us."""

from __future__ import annotations

import importlib.util
import os
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.jobs import LeRobotMissing
from app.training.command import environment_in, launched
from app.training.folder import RunFolder
from app.training.models import Run
from app.training.runners.far import worker
from app.training.runners.protocol import Tell

_GRACE_S = 8.0
_KEPT = 60


class LocalRunner:
    def begin(self, run: Run, folder: RunFolder, tell: Tell) -> LocalTraining:
        require_lerobot()
        first, resume = folder.last_checkpoint() or (0, None)
        command = launched(run, folder.path, resume_from=resume)
        return LocalTraining(command, environment_in(run, folder.path), folder.path, first=first)

    def forget(self, name: str, view: str, id_: str) -> str:
        return "its folder here held all of it"

    def about(self) -> Mapping[str, Any]:
        return worker.about(Path.cwd())


def require_lerobot() -> None:
    """Raises LeRobotMissing."""
    if importlib.util.find_spec("lerobot") is None:
        raise LeRobotMissing("LeRobot is not installed.", todo="./understudy install lerobot, then start it again.")


class LocalTraining:
    """It stays in our process group, so whoever ends the job ends it too."""

    replays = False

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path, *, first: int = 0) -> None:
        self.first = first
        self.last: deque[str] = deque(maxlen=_KEPT)
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(
            list(command),
            env={**os.environ, **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._meter = worker.Meter(self._process.pid)
        self._reader = threading.Thread(target=self._read, name="train-log", daemon=True)
        self._reader.start()

    def lines(self, wait_s: float = 1.0) -> Iterator[str | None]:
        while True:
            try:
                line = self._queue.get(timeout=wait_s)
            except queue.Empty:
                yield None
                continue
            if line is None:
                return
            yield line

    def bring(self) -> None:
        """They are written here."""

    def use(self) -> Mapping[str, Any]:
        return self._meter.look() if self._process.returncode is None else {}

    def wait(self) -> int:
        status = self._process.wait()
        self._reader.join()
        return status

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        if self._process.poll() is None:
            family = worker.family(self._process.pid)
            self.go_on()
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join()

    @property
    def gone(self) -> bool:
        return self._process.returncode is not None

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            for pid in worker.family(self._process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in worker.lines_of(stream):
                text = line.decode(errors="replace")
                self.last.append(text)
                self._queue.put(text)
        self._queue.put(None)
