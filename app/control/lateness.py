"""How late control ticks came, over the last ten seconds."""

from __future__ import annotations

import numpy as np

_WINDOW_S = 10


class Lateness:
    """A ring of the last ticks' lateness and a count of skipped deadlines."""

    def __init__(self, rate_hz: float) -> None:
        self._ring = np.zeros(round(rate_hz * _WINDOW_S))
        self.ticks = 0
        self.missed = 0

    def add(self, lateness_ns: int, missed: int) -> None:
        self._ring[self.ticks % len(self._ring)] = lateness_ns
        self.ticks += 1
        self.missed += missed

    def percentile_ms(self, percent: float) -> float:
        """0 before the first tick."""
        filled = self._ring[: min(self.ticks, len(self._ring))]
        return float(np.percentile(filled, percent)) / 1e6 if len(filled) else 0.0
