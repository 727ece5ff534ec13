"""What is measured while a policy runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np

from app.control.messages import StageFigures
from app.control.smoothness import Smoothness
from app.core.clock import NS_PER_S
from app.devices import Vector

_LOOKS = 100
_AGES = 600
_RATE_S = 5.0
WHOLE = ""


class RunFigures:
    """Counts in the control thread; bounded in memory. Times in ns on the monotonic clock."""

    def __init__(self, fps: float) -> None:
        self.steps = 0
        self.looks = 0
        self.refused = 0
        self.starved_ticks = 0
        self.late_rows = 0
        self.longest_stall_ns = 0
        self._stalled_ns: int | None = None
        self._ages_ms: deque[float] = deque(maxlen=_AGES)
        self._stages: dict[str, deque[float]] = {}
        self._answered: deque[int] = deque(maxlen=_LOOKS)
        self._ticks: deque[int] = deque(maxlen=1200)
        self.smoothness = Smoothness(fps)

    def tick(self, now_ns: int) -> None:
        """One control tick of the run."""
        self._ticks.append(now_ns)

    def starved(self, now_ns: int) -> int:
        """A tick with an empty queue after the first action; returns for how long it has been empty, in ns."""
        self.starved_ticks += 1
        if self._stalled_ns is None:
            self._stalled_ns = now_ns
            self.smoothness.pause()
        stalled_ns = now_ns - self._stalled_ns
        self.longest_stall_ns = max(self.longest_stall_ns, stalled_ns)
        return stalled_ns

    def answer(self, asked_ns: int, now_ns: int, stages_ms: Mapping[str, float], late_rows: int) -> None:
        """A look was answered."""
        self.looks += 1
        self.late_rows += late_rows
        self._answered.append(now_ns)
        for stage, spent in ((WHOLE, (now_ns - asked_ns) / 1e6), *stages_ms.items()):
            self._stages.setdefault(stage, deque(maxlen=_LOOKS)).append(spent)

    def executed(self, target: Vector, observed_ns: int, now_ns: int, *, seam: bool) -> None:
        """A target began to be executed, by an observation of that instant."""
        self._stalled_ns = None
        self.steps += 1
        self._ages_ms.append((now_ns - observed_ns) / 1e6)
        self.smoothness.add(target, seam=seam)

    @property
    def usual_look_s(self) -> float | None:
        """How long a look takes, at p95; None before the first."""
        spent = self._stages.get(WHOLE)
        return float(np.quantile(spent, 0.95)) / 1e3 if spent else None

    def ages_ms(self) -> tuple[float | None, float | None, float | None]:
        if not self._ages_ms:
            return None, None, None
        p50, p95, most = (float(value) for value in np.quantile(self._ages_ms, (0.5, 0.95, 1.0)))
        return p50, p95, most

    def latency(self) -> tuple[StageFigures, ...]:
        found = []
        for stage, spent in self._stages.items():
            p50, p95 = (float(value) for value in np.quantile(spent, (0.5, 0.95)))
            found.append(StageFigures(stage, p50, p95, len(spent)))
        return tuple(found)

    def policy_hz(self, now_ns: int) -> float | None:
        """Looks answered a second; None until there were two."""
        recent = [moment for moment in self._answered if now_ns - moment <= _RATE_S * NS_PER_S]
        if len(self._answered) < 2:
            return None
        if len(recent) < 2:  # slower than the window: over the last two
            return NS_PER_S / (self._answered[-1] - self._answered[-2])
        return (len(recent) - 1) * NS_PER_S / (recent[-1] - recent[0])

    def control_hz(self) -> float | None:
        """Control ticks a second while the run had the arm; None until a second's worth."""
        if len(self._ticks) < 60 or self._ticks[-1] == self._ticks[0]:
            return None
        return (len(self._ticks) - 1) * NS_PER_S / (self._ticks[-1] - self._ticks[0])

    def interrupted(self) -> None:
        """Somebody else had the arm, or it was paused: rates count anew."""
        self._ticks.clear()
        self._answered.clear()
        self._stalled_ns = None
        self.smoothness.pause()
