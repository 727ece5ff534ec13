"""A take between the end of the countdown and the decision: its counts, its row thread, its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.control.messages import Tick
from app.core.clock import NS_PER_S
from app.datasets import TakeWriter, discard_take
from app.datasets.models import DatasetFormat, EpisodeFacts
from app.recording.rows import RowThread


class RunningTake:
    """Counts on the event loop; `finish` and `discard` run on the recorder's one disk thread, in order.

    `writer` is None in practice mode: rows are counted and nothing is written.
    """

    def __init__(self, format_: DatasetFormat, facts: EpisodeFacts, rows: RowThread, writer: TakeWriter | None) -> None:
        self.format = format_
        self.facts = facts
        self.rows = rows
        self.writer = writer
        self.ticks = 0
        self.missed = 0
        self.recovery_open = False
        self.recovery_rows = 0
        self.recovery_cause = ""
        self.frames: Mapping[str, int] = {}
        self._begun_ns = 0
        self._last_ns: int | None = None
        self._finished = False

    @property
    def uuid(self) -> str:
        return self.facts.uuid

    @property
    def elapsed_s(self) -> float:
        return self.ticks / self.format.fps

    def begin(self, now_ns: int) -> None:
        """Rows count from this moment on."""
        self._begun_ns = now_ns
        self.rows.start()

    def resume(self) -> None:
        """After a pause: the time between is not missed."""
        self._last_ns = None

    def add(self, tick: Tick) -> None:
        """One tick of the rig; those from before the beginning are not part of the take."""
        if tick.monotonic_ns < self._begun_ns:
            return
        self.missed += tick.missed + self._absent(tick.monotonic_ns)
        self._last_ns = tick.monotonic_ns
        self.ticks += 1
        self.recovery_rows += self.recovery_open
        self.rows.add(tick, self.recovery_open)

    def reached(self, moment_ns: int) -> bool:
        """Whether rows up to `moment_ns` have arrived, or the take is too young to have any."""
        return max(self._last_ns or 0, self._begun_ns) >= moment_ns

    def finish(self) -> bool:
        """Write what is queued and close the files; once, however often it is asked. True the first time."""
        if self._finished:
            return False
        self._finished = True
        self.rows.finish()
        if self.writer is not None:
            self.frames = self.writer.stop().frames
        return True

    def discard(self, takes_folder: Path) -> None:
        """Drop the files into the trash of takes."""
        if self._finished:
            if self.writer is not None:
                discard_take(takes_folder, self.uuid)
            return
        self._finished = True
        self.rows.finish()
        if self.writer is not None:
            self.writer.discard()

    def _absent(self, moment_ns: int) -> int:
        """Recording intervals without a row since the last one: a restarted rig, or a loop that skipped."""
        if self._last_ns is None:
            return 0
        return max(0, round((moment_ns - self._last_ns) * self.format.fps / NS_PER_S) - 1)
