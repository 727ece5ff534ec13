"""The Wilson interval of a success rate: what so many trials allow to be said."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Rate:
    """`successes` of `trials`; `low` and `high` bound the rate with 95 % confidence, None without a trial."""

    successes: int
    trials: int

    @property
    def share(self) -> float | None:
        return self.successes / self.trials if self.trials else None

    @property
    def low(self) -> float | None:
        return self._bounds()[0]

    @property
    def high(self) -> float | None:
        return self._bounds()[1]

    def __str__(self) -> str:
        if self.share is None:
            return "no trial"
        return (
            f"{self.successes} of {self.trials} ({math.floor(100 * self.share + 0.5)} %)"  # half up, as the pages round
        )

    def row(self) -> dict[str, float | int | None]:
        return {"successes": self.successes, "trials": self.trials, "low": self.low, "high": self.high}

    def _bounds(self) -> tuple[float | None, float | None]:
        if not self.trials:
            return None, None
        n, share = self.trials, self.successes / self.trials
        middle = (share + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
        half = _Z95 / (1 + _Z95**2 / n) * math.sqrt(share * (1 - share) / n + _Z95**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)


def rate(successes: Iterable[bool]) -> Rate:
    listed = list(successes)
    return Rate(sum(listed), len(listed))
