"""How far each joint was turned: what the positions of a limp arm say, one stray reading left out."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Mapping
from typing import Any

from app.setup.models import STEPS_PER_TURN

_READINGS = 3


class Sweep:
    """Raw encoder steps by joint. A position is the median of three readings.

    So a single one that a disturbed wire made up widens no range: a range of a calibration is kept for months.
    """

    def __init__(self) -> None:
        self.now: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.high: dict[str, int] = {}
        self.passed_seam: set[str] = set()
        self._readings: deque[dict[str, int]] = deque(maxlen=_READINGS)

    def take(self, reading: Mapping[str, float]) -> None:
        self._readings.append({name: int(value) for name, value in reading.items()})
        if len(self._readings) < _READINGS:
            return
        for name in self._readings[-1]:
            value = int(statistics.median(one[name] for one in self._readings))
            if abs(value - self.now.get(name, value)) > STEPS_PER_TURN / 2:
                self.passed_seam.add(name)
            self.now[name] = value
            self.low[name] = min(value, self.low.get(name, value))
            self.high[name] = max(value, self.high.get(name, value))

    def told(self, ranges: bool) -> dict[str, dict[str, Any]]:
        """For the page: where each joint is and, with `ranges`, the furthest it was."""
        return {
            name: {
                "now": now,
                "low": self.low[name] if ranges else None,
                "high": self.high[name] if ranges else None,
                "passed": ranges and name in self.passed_seam,
            }
            for name, now in self.now.items()
        }
