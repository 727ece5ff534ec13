"""What a job's code is handed: where to work, and how to say how far it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.jobs.folder import JobFolder
from app.jobs.models import JobFile, Progress
from app.storage.paths import DataFolder

EVERY_S = 0.2
_RATE_OVER = 20  # reports


class Work:
    """One running job, seen from inside its child process.

    `folder` is the job's own folder and stays; `scratch` is removed when the
    job has ended, whichever way; `data` is the studio's data folder.
    """

    def __init__(self, folder: JobFolder, file: JobFile, data: DataFolder, now: Callable[[], float] = time.monotonic):
        self._folder = folder
        self._now = now
        self._said_at = float("-inf")
        self._last = Progress()
        self._past: deque[tuple[float, int]] = deque(maxlen=_RATE_OVER)
        self.file = file
        self.data = data

    @property
    def folder(self) -> Path:
        return self._folder.path

    @property
    def scratch(self) -> Path:
        self._folder.scratch.mkdir(exist_ok=True)
        return self._folder.scratch

    def report(
        self,
        words: str,
        *,
        step: int | None = None,
        steps: int | None = None,
        unit: str = "",
        fraction: float | None = None,
    ) -> None:
        """Say how far it is. Call it as often as you like: pages are told five times a second at most.

        With `step` of `steps` the share done, the rate and the time left follow;
        give `fraction` (0..1) where one phase of several is counted.
        """
        now = self._now()
        rate, left_s = self._rate(now, words, step, steps)
        if fraction is None and step is not None and steps:
            fraction = step / steps
        share = None if fraction is None else min(1.0, max(0.0, fraction))
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        before, self._last = self._last, Progress(words, share, step, steps, unit, rate, left_s, at)
        if now - self._said_at >= EVERY_S or words != before.words or step == steps:
            self._said_at = now
            self._folder.report(self._last)

    def each[T](self, items: Iterable[T], total: int, words: str, unit: str = "") -> Iterator[T]:
        """The items, reporting after each."""
        self.report(words, step=0, steps=total, unit=unit)
        for number, item in enumerate(items, start=1):
            yield item
            self.report(words, step=number, steps=total, unit=unit)

    def _rate(self, now: float, words: str, step: int | None, steps: int | None) -> tuple[float | None, float | None]:
        """Steps a second over the last reports, and the seconds left; unknown at first and where nothing is counted."""
        if step is None:
            return None, None
        if words != self._last.words or (self._past and step < self._past[-1][1]):
            self._past.clear()
        self._past.append((now, step))
        begin, first = self._past[0]
        if now - begin < EVERY_S or step <= first:
            return None, None
        rate = (step - first) / (now - begin)
        return rate, (steps - step) / rate if steps else None
