"""What a bench found, and whether it holds: computed from the figures, never stated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """What a figure must stay within; None is no bound."""

    at_most: float | None = None
    at_least: float | None = None

    def holds(self, value: float) -> bool:
        """NaN, which is what could not be measured, never holds."""
        above = self.at_least is None or value >= self.at_least
        return above and (value <= self.at_most if self.at_most is not None else value == value)

    def __str__(self) -> str:
        bounds = [("<=", self.at_most), (">=", self.at_least)]
        return " and ".join(f"{sign} {bound:g}" for sign, bound in bounds if bound is not None)


@dataclass(frozen=True)
class Outcome:
    """Figures by name, units in the names; `anchor` measured in the same run, `reach` for some of the figures."""

    bench: str
    figures: Mapping[str, float]
    anchor: Mapping[str, float]
    reach: Mapping[str, Reach]

    @property
    def holds(self) -> bool:
        return all(reach.holds(self.figures[name]) for name, reach in self.reach.items())

    def line(self) -> str:
        """The one line of JSON a bench ends with."""
        return json.dumps(
            {
                "bench": self.bench,
                "figures": dict(self.figures),
                "anchor": dict(self.anchor),
                "reach": {name: str(reach) for name, reach in self.reach.items()},
                "holds": self.holds,
            }
        )
