"""A training that is a job of somebody else's queue: its log is tailed, its checkpoints come by another way.

A tail begins at the log's beginning each time, so lines are counted and none is told twice.
"""

from __future__ import annotations

import json
import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol

from app.training.errors import ConnectionLost
from app.training.folder import RunFolder
from app.training.runners.elsewhere import PATIENCE_S, RETRY_S
from app.training.runners.far.cluster import MARK
from app.training.runners.protocol import Tell

_KEPT = 60
_STOP_S = 20.0


class FarJob(Protocol):
    """One job of a queue. What cannot be reached raises OSError."""

    words: str
    bring_every_s: float

    def tail(self) -> Iterator[str]:
        """The log's lines from its beginning; blocks for more, and ends when the log does."""
        ...

    def status(self) -> int | None:
        """Popen's, None while it waits or runs. Raises OSError, TrainingFailed."""
        ...

    def why(self) -> str:
        """What the queue says of its end, for one whose log says nothing."""
        ...

    def bring(self, folder: RunFolder) -> None:
        """Fetch the checkpoints that are whole there and not here. Raises OSError."""
        ...

    def stop(self) -> None: ...


class TailedTraining:
    def __init__(self, job: FarJob, folder: RunFolder, tell: Tell, *, first: int, replays: bool) -> None:
        self.first = first
        self.replays = replays
        self.last: deque[str] = deque(maxlen=_KEPT)
        self._job = job
        self._folder = folder
        self._tell = tell
        self._use: dict[str, Any] = {}
        self._status: int | None = None
        self._looked_at = time.monotonic()
        self._lost = False

    def lines(self, wait_s: float = 1.0) -> Iterator[str | None]:
        told, since, tries = 0, time.monotonic(), 0
        while self._status is None:
            number = 0
            try:
                for line in _Tail(self._job).lines(wait_s):
                    if line is None:
                        yield None
                        continue
                    number += 1
                    if number > told:
                        told, since, tries = number, time.monotonic(), 0
                        yield from self._read(line)
                self._status = self._job.status()
            except OSError as error:
                if time.monotonic() - since > PATIENCE_S:
                    self._lost = True
                    raise self._give_up(error) from error
                self._tell(f"No connection to {self._job.words}, trying again; it trains on there")
                tries += 1
            if self._status is None:
                yield None
                time.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
        if self._status and (why := self._job.why()):
            self.last.append(why)

    def bring(self) -> None:
        if time.monotonic() - self._looked_at > self._job.bring_every_s:
            self._looked_at = time.monotonic()
            with suppress(OSError):  # the next look tries again
                self._job.bring(self._folder)

    def use(self) -> Mapping[str, Any]:
        return self._use

    def wait(self) -> int:
        self._job.bring(self._folder)
        return 1 if self._status is None else self._status

    def pause(self) -> None:
        """It has processors of its own."""

    def go_on(self) -> None:
        pass

    def end(self) -> None:
        if self._status is not None or self._lost:
            return
        with suppress(OSError):
            self._job.stop()
            until = time.monotonic() + _STOP_S
            while self._job.status() is None and time.monotonic() < until:
                time.sleep(0.2)
            self._job.bring(self._folder)

    def _read(self, line: str) -> Iterator[str]:
        """Lines of our own far end say what it takes of its machine; the others are lerobot-train's."""
        if line.startswith(MARK):
            self._use = json.loads(line.removeprefix(MARK)).get("use", self._use)
            return
        self.last.append(line)
        yield line

    def _give_up(self, error: OSError) -> ConnectionLost:
        minutes = f"{PATIENCE_S / 60:.0f} minutes"
        return ConnectionLost(
            f"{self._job.words} could not be reached for {minutes} ({str(error)[:200]}). It may train on there.",
            todo="When it can be reached again, resume: it is found where it is then.",
        )


class _Tail:
    """The tail in a thread, so that whoever follows can look about while nothing comes."""

    def __init__(self, job: FarJob) -> None:
        self._queue: queue.Queue[str | BaseException | None] = queue.Queue()
        threading.Thread(target=self._run, args=(job,), name="far-log", daemon=True).start()

    def lines(self, wait_s: float) -> Iterator[str | None]:
        """None when none came in time. Raises OSError when the connection broke."""
        while True:
            try:
                found = self._queue.get(timeout=wait_s)
            except queue.Empty:
                yield None
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise OSError(str(found)) from found
            yield found

    def _run(self, job: FarJob) -> None:
        try:
            for line in job.tail():
                self._queue.put(line)
            self._queue.put(None)
        except Exception as error:  # whatever a client of HTTP raises: the caller tries again
            self._queue.put(error)
