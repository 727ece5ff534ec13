"""How smoothly targets follow one another: jumps at the seams of chunks against motion inside them, and jerk."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from app.devices import Vector

_KEPT = 1000


@dataclass(frozen=True)
class SmoothnessFigures:
    """Steps between targets in joint units, the widest joint's: at seams, and inside chunks; None where none was.

    `jerk` is the root mean square over joints and steps, in joint units per s^3.
    """

    seams: int = 0
    seam_p95: float | None = None
    seam_max: float | None = None
    inside_p95: float | None = None
    inside_max: float | None = None
    jerk: float | None = None


class Smoothness:
    """Gets each executed target once, in order; keeps the last thousand steps."""

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._last: deque[Vector] = deque(maxlen=4)
        self._seams: deque[float] = deque(maxlen=_KEPT)
        self._inside: deque[float] = deque(maxlen=_KEPT)
        self._jerks: deque[float] = deque(maxlen=_KEPT)
        self._count = 0

    def add(self, target: Vector, *, seam: bool) -> float:
        """`seam`: the first target of a chunk that was not there at the step before. Returns the step's width."""
        width = float(np.max(np.abs(target - self._last[-1]))) if self._last else 0.0
        if self._last:
            (self._seams if seam else self._inside).append(width)
            self._count += seam
        self._last.append(np.asarray(target, np.float64))
        if len(self._last) == 4:
            third = np.diff(np.stack(self._last), n=3, axis=0)[0] * self._fps**3
            self._jerks.append(float(np.mean(third**2)))
        return width

    def pause(self) -> None:
        """The arm held or was moved by somebody else: what follows is no step from what was before."""
        self._last.clear()

    def figures(self) -> SmoothnessFigures:
        return SmoothnessFigures(
            self._count,
            *_spread(self._seams),
            *_spread(self._inside),
            jerk=float(np.sqrt(np.mean(self._jerks))) if self._jerks else None,
        )


def _spread(widths: deque[float]) -> tuple[float | None, float | None]:
    if not widths:
        return None, None
    return float(np.quantile(widths, 0.95)), float(max(widths))
