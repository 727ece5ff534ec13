"""Which checkpoint is the best, as far as its trials can say it, and which others may be. Never by training loss.

Two checkpoints differ when their 95 % Wilson intervals do not meet. Those that meet the
leader's are told apart by all their trials together; where these meet too, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.policies.wilson import Rate

HELD_OUT, TRAINING = "held_out", "training"
_NAMED = 4

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Choice:
    """`step` of the best checkpoint; `why` in words, with counts."""

    step: int
    why: str


def rate_of(row: Row, part: str) -> Rate:
    found = row.get(part) or {}
    return Rate(int(found.get("successes", 0)), int(found.get("trials", 0)))


def pooled(row: Row) -> Rate:
    """All its trials, wherever."""
    held, trained = rate_of(row, HELD_OUT), rate_of(row, TRAINING)
    return Rate(held.successes + trained.successes, held.trials + trained.trials)


def low(rate: Rate) -> float:
    return -1.0 if rate.low is None else rate.low


def apart(better: Rate, worse: Rate) -> bool:
    """Whether the intervals say that one is better than the other."""
    return better.low is not None and worse.high is not None and better.low > worse.high


def deciding(scores: Sequence[Row]) -> str:
    """The part whose success chooses: held-out where anything succeeded there, else training; "" where nothing did."""
    return next((part for part in (HELD_OUT, TRAINING) if any(rate_of(row, part).successes for row in scores)), "")


def contenders(scores: Sequence[Row]) -> list[Row]:
    """Those that may be the best: whom the leader is not surely better than. The likeliest first, by all trials."""
    part = deciding(scores)
    tried = [row for row in scores if part and rate_of(row, part).trials]
    if not tried:
        return []
    leader = max((rate_of(row, part) for row in tried), key=low)
    level = [row for row in tried if not apart(leader, rate_of(row, part))]
    return sorted(level, key=lambda row: (-low(pooled(row)), -low(rate_of(row, part)), row["step"]))


def choose(scores: Sequence[Row]) -> Choice:
    """Of at least one scored checkpoint."""
    level = contenders(scores)
    if level:
        return _by_success(scores, level, deciding(scores))
    return _by_error(scores)


def _by_success(scores: Sequence[Row], level: Sequence[Row], part: str) -> Choice:
    best, others = level[0], level[1:]
    step, mine = best["step"], rate_of(best, part)
    where = "where nothing was trained on" if part == HELD_OUT else "on the training clusters"
    if len(scores) == 1:
        words = f"Step {step:,} is the only checkpoint that was tried: {_counts(best, part)}."
    elif not others:
        words = f"Step {step:,} does best {where}: {_counts(best, part)}. "
        words += "No other checkpoint's 95 % interval reaches its own."
    else:
        named = sorted([best, *others][:_NAMED], key=lambda row: row["step"])
        tries = [f"step {row['step']:,} with {rate_of(row, part)}" for row in named]
        if len(level) > _NAMED:
            tries.append(f"{len(level) - _NAMED} others")
        words = (
            f"On the {_name(part)}, {', '.join(tries[:-1])} and {tries[-1]} cannot be told apart: their 95 % intervals "
            f"overlap. Of these step {step:,} {_first(best, others, mine)}."
        )
    return Choice(step, words + _settling(scores) + _left_out(scores, part))


def _first(best: Row, others: Sequence[Row], mine: Rate) -> str:
    whole = pooled(best)
    if whole.trials == mine.trials:
        return "has the highest lower bound; the others may be as good"
    words = f"succeeds most often in all trials, training clusters included: {whole}"
    if all(apart(whole, pooled(other)) for other in others):
        return f"{words}, more often than chance explains"
    return f"{words}; the others may be as good"


def _settling(scores: Sequence[Row]) -> str:
    """How many trials were spent on telling the best apart."""
    spent = sum(int(row.get("settling", 0)) for row in scores)
    return f" {spent} trials more were run to tell the best apart." if spent else ""


def _left_out(scores: Sequence[Row], part: str) -> str:
    if part == HELD_OUT:
        return ""
    tried = sum(rate_of(row, HELD_OUT).trials for row in scores)
    if tried:
        return f" On the held-out cluster none of {tried} trials succeeded yet."
    return " No cluster was held out, so nothing is said about new places."


def _by_error(scores: Sequence[Row]) -> Choice:
    part = HELD_OUT if any(_error(row, HELD_OUT) is not None for row in scores) else TRAINING
    known = [(found, row["step"]) for row in scores if (found := _error(row, part)) is not None]
    if not known:
        return Choice(scores[-1]["step"], "Nothing could be scored; this is the last checkpoint.")
    error, step = min(known)
    tried = sum(pooled(row).trials for row in scores)
    success = (
        f"None of {tried} trials in closed loop succeeded yet, so success does not choose."
        if tried
        else "Nothing was tried in closed loop, so success is not known."
    )
    frames = "held-out" if part == HELD_OUT else "training"
    return Choice(step, f"Step {step:,} has the smallest action error on {frames} frames: {error:.2f} deg. {success}")


def _counts(row: Row, part: str) -> str:
    beside = rate_of(row, TRAINING)
    words = f"{rate_of(row, part)} on the {_name(part)}"
    return f"{words}, {beside} on the training clusters" if part == HELD_OUT and beside.trials else words


def _name(part: str) -> str:
    return "held-out cluster" if part == HELD_OUT else "training clusters"


def _error(row: Row, part: str) -> float | None:
    found = (row.get("error") or {}).get(part)
    return float(found["body_deg"]) if found else None
