"""The difference of two success rates over matched trials, with Tango's score interval.

T. Tango, Equivalence test and confidence interval for the difference in proportions
for the paired-sample design, Statistics in Medicine 17 (1998). It keeps its
coverage where few pairs differ, which is where a plain Wald interval collapses
to a point and claims to be sure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_Z95 = 1.959963984540054
_ROUNDS = 80


@dataclass(frozen=True)
class Pairs:
    """Matched trials: `both`, only the `first`, only the `second`, `neither` succeeded."""

    both: int
    first: int
    second: int
    neither: int

    @property
    def total(self) -> int:
        return self.both + self.first + self.second + self.neither

    @property
    def difference(self) -> float | None:
        """First minus second; None without a pair."""
        return (self.first - self.second) / self.total if self.total else None

    def interval(self, z: float = _Z95) -> tuple[float, float] | None:
        """Bounds of the difference with 95 % confidence."""
        if not self.total:
            return None
        middle = (self.first - self.second) / self.total
        low = _root(lambda delta: self._score(delta) - z, -1.0, middle)
        high = _root(lambda delta: self._score(delta) + z, middle, 1.0)
        return low, high

    def kept(self) -> float | None:
        """The share of the second's successes that the first has: a ratio of rates; None without one."""
        base = self.both + self.second
        return (self.both + self.first) / base if base else None

    def _score(self, delta: float) -> float:
        """Tango's statistic: falls in `delta`, zero at the observed difference."""
        n, b, c = self.total, self.first, self.second
        square = 2 * n
        linear = -b - c + (2 * n - b + c) * delta
        constant = -c * delta * (1 - delta)
        root = math.sqrt(max(0.0, linear * linear - 4 * square * constant))
        likely = (root - linear) / (2 * square)
        spread = n * (2 * likely + delta * (1 - delta))
        above = b - c - n * delta
        if spread <= 1e-12:
            return 0.0 if abs(above) < 1e-9 else math.copysign(math.inf, above)
        return above / math.sqrt(spread)


def pairs_of(matched: Iterable[tuple[bool, bool]]) -> Pairs:
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for one, other in matched:
        counts[one, other] += 1
    return Pairs(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def _root(value: Callable[[float], float], low: float, high: float) -> float:
    """Where a falling function crosses zero, by halving; an end where it does not."""
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if value(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
