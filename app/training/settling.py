"""More trials where they decide: the likeliest few checkpoints are tried again until their intervals part.

Eight trials that differ by one are noise. A budget ends it: checkpoints that are as good never part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.training.choosing import HELD_OUT, Row, contenders, deciding, rate_of

ROUND = 10  # trials of each between two looks: a look after every single one would part by chance
RIVALS = 3


@dataclass(frozen=True)
class MoreTrials:
    """`count` further trials of the checkpoint of `step`, from the `first`-th of its part on."""

    step: int
    held_out: bool
    first: int
    count: int


def next_round(scores: Sequence[Row], budget: int) -> list[MoreTrials]:
    """Empty when one is the best, when nothing can be said, or when the budget is spent.

    All are brought to the same number of trials, which are at the same places.
    """
    rivals = contenders(scores)[:RIVALS]
    left = budget - sum(int(row.get("settling", 0)) for row in scores)
    if len(rivals) < 2 or left <= 0:
        return []
    held_out = deciding(scores) == HELD_OUT
    tried = {row["step"]: _tried(row, held_out=held_out) for row in rivals}
    level = max(tried.values()) if len(set(tried.values())) > 1 else max(tried.values()) + ROUND
    while level > min(tried.values()) and _missing(tried, level) > left:
        level -= 1
    return [MoreTrials(step, held_out, first, level - first) for step, first in tried.items() if level > first]


def _missing(tried: dict[int, int], level: int) -> int:
    return sum(max(0, level - first) for first in tried.values())


def _tried(row: Row, *, held_out: bool) -> int:
    """How many of its part's places it was sent to; one that broke off was too."""
    trials = row.get("trials")
    if trials is None:
        return rate_of(row, HELD_OUT if held_out else "training").trials
    return sum(bool(one["held_out"]) is held_out for one in trials)
