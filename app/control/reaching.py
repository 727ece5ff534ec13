"""Whether somebody who does not have the arm means to take it: one rule for every input, pure; times are passed in."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from app.core.clock import NS_PER_S
from app.devices import Vector

MEANT = 0.05  # of an input's whole way, as the page shapes it: a stick pushed by a third, any key
LASTING_NS = NS_PER_S * 60 // 1000
GAP_NS = NS_PER_S // 5
LEADER_WAY = 60.0  # joint units that a leader's joint moves within `LEADER_WINDOW_NS` count as its whole way
LEADER_WINDOW_NS = NS_PER_S // 2


@dataclass(frozen=True)
class _Push:
    since_ns: int
    last_ns: int


class Reaching:
    """A push is meant if it is at least `MEANT` in every word of it for `LASTING_NS`, no two words further apart than
    `GAP_NS`.

    So the resting noise of a stick, a knock on the table, a glitch of one reading, and two people who each
    twitch once take nothing. An old word changes nothing.
    """

    def __init__(self) -> None:
        self._pushes: dict[str, _Push] = {}

    def reset(self) -> None:
        """The policy begins, or goes on: what was pushed before is not about this."""
        self._pushes.clear()

    def pushed(self, source: str, share: float, at_ns: int) -> bool:
        """`share` of its whole way, 0 to 1, is what `source` pushes at `at_ns`; True once when it is meant."""
        before = self._pushes.get(source)
        if before is not None and at_ns < before.last_ns:
            return False
        if not math.isfinite(share) or share < MEANT:
            self._pushes.pop(source, None)
            return False
        if before is None or at_ns - before.last_ns > GAP_NS:
            self._pushes[source] = _Push(at_ns, at_ns)
            return False
        if at_ns - before.since_ns < LASTING_NS:
            self._pushes[source] = _Push(before.since_ns, at_ns)
            return False
        self._pushes.pop(source)
        return True


class LeaderHand:
    """How far a hand moves the leader arm: the widest joint's way within half a second, as a share of `LEADER_WAY`."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, Vector]] = deque()

    def reset(self) -> None:
        self._seen.clear()

    def moved(self, position: Vector, now_ns: int) -> float:
        while self._seen and now_ns - self._seen[0][0] > LEADER_WINDOW_NS:
            self._seen.popleft()
        self._seen.append((now_ns, np.array(position, np.float64)))
        way = float(np.abs(np.stack([earlier for _, earlier in self._seen]) - position).max())
        return min(1.0, way / LEADER_WAY)
