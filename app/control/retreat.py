"""The way back: the targets that were executed, in reverse, at half their pace."""

from __future__ import annotations

from collections import deque

import numpy as np

from app.control.gate import Wish
from app.core.clock import NS_PER_S
from app.devices import Vector

_PACE = 0.5
_KEPT = 3000


class Way:
    """Where the arm came from; where it went was free then. Bounded: the last three thousand targets."""

    def __init__(self, fps: float) -> None:
        self._targets: deque[Vector] = deque(maxlen=_KEPT)
        self._step_s = 1.0 / (fps * _PACE)
        self._share = 0.0

    def __len__(self) -> int:
        return len(self._targets)

    def add(self, target: Vector) -> None:
        self._targets.append(target)

    def back(self, elapsed_ns: int) -> Wish:
        """The wish `elapsed_ns` further back; at the beginning of the way the arm stays there."""
        self._share += elapsed_ns / NS_PER_S / self._step_s
        while self._share >= 1.0 and len(self._targets) > 1:
            self._targets.pop()
            self._share -= 1.0
        here = self._targets[-1]
        if len(self._targets) == 1:
            return Wish(here, np.zeros_like(here))
        way = self._targets[-2] - here
        return Wish(here + way * self._share, way / self._step_s)

    def turn(self) -> None:
        """Forward again from here."""
        self._share = 0.0
