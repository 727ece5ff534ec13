"""A recorded episode, driven again: which target is due now, and when it is over. Sends nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from app.control.models import ControlPhase
from app.core.clock import NS_PER_S

REPLAY = "replay"
"""The source of a replay's commands."""

CLOSE = 3.0  # joint units; gravity leaves a servo arm about two degrees below what it was sent
ENGAGE_S = 20.0

type Rows = npt.NDArray[np.float64]


class ReplayPhase(StrEnum):
    ramping = "ramping"
    running = "running"
    done = "done"
    ended = "ended"


@dataclass(frozen=True)
class Sample:
    """What was measured (A,) when the target of `row` had been out for one interval."""

    row: int
    measured: tuple[float, ...]


class Replay:
    """Ramps to `start` (A,), then gives out `actions` (N, A) at `fps`; time stands still until the arm is there.

    The gate clamps every target and the lease decides whether it counts; a
    replay only says what the episode wants.
    """

    def __init__(self, start: npt.NDArray[np.float64], actions: Rows, fps: float) -> None:
        self._start = start
        self._actions = actions
        self._period_ns = NS_PER_S / fps
        self._asked_ns: int | None = None
        self._since_ns = 0
        self._row = -1
        self.phase = ReplayPhase.ramping
        self.reason = ""
        self.samples: list[Sample] = []

    @property
    def rows(self) -> int:
        return len(self._actions)

    @property
    def row(self) -> int:
        """The row whose target is out; -1 while ramping."""
        return self._row

    @property
    def over(self) -> bool:
        return self.phase in (ReplayPhase.done, ReplayPhase.ended)

    def end(self, reason: str) -> None:
        """Somebody or something ended it; the first reason stays."""
        if not self.over:
            self.phase, self.reason = ReplayPhase.ended, reason

    def target(self, now_ns: int, position: tuple[float, ...] | None, phase: ControlPhase) -> tuple[float, ...] | None:
        """The target due at `now_ns`, None when it is over. Call it about `fps` times a second."""
        if self.over:
            return None
        if self._asked_ns is None:
            self._asked_ns = now_ns
        if self.phase is ReplayPhase.ramping and not self._there(now_ns, position, phase):
            return None if self.over else tuple(self._start.tolist())
        return self._run(now_ns, position)

    def _there(self, now_ns: int, position: tuple[float, ...] | None, phase: ControlPhase) -> bool:
        assert self._asked_ns is not None
        far = np.inf if position is None else float(np.abs(np.asarray(position) - self._start).max())
        if phase is ControlPhase.following and far <= CLOSE:
            self.phase, self._since_ns = ReplayPhase.running, now_ns
            return True
        if now_ns - self._asked_ns > ENGAGE_S * NS_PER_S:
            self.end(f"The arm did not reach the episode's start: it is still {far:.0f} units away.")
        return False

    def _run(self, now_ns: int, position: tuple[float, ...] | None) -> tuple[float, ...] | None:
        due = int((now_ns - self._since_ns) / self._period_ns + 1e-6)
        if position is not None and 0 <= self._row < due:
            self.samples.append(Sample(self._row, position))
        if due >= self.rows:
            self.phase = ReplayPhase.done
            return None
        self._row = due
        return tuple(self._actions[due].tolist())
