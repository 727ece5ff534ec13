"""What the scores say, in words: the best checkpoint and why, over-fitting, and the clusters that want more data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.policies.wilson import Rate

_WEAK = 0.7
_DROP = 0.15
_GAP = 0.25
_FEW = 5
_TELLING = 3  # trials of a cluster, below which its failures say nothing of it

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class WeakCluster:
    """A cluster that fails often: where to record next."""

    name: str
    held_out: bool
    successes: int
    trials: int
    episodes: int


@dataclass(frozen=True)
class Judgement:
    """`best` is a step, 0 while nothing was scored; `why` says how it was chosen; `findings` are sentences."""

    best: int
    why: str
    findings: tuple[str, ...]
    weak: tuple[WeakCluster, ...]


def judge(scores: Sequence[Row], metrics: Sequence[Row], episodes: Mapping[str, int]) -> Judgement:
    """`episodes` counts the used episodes of each cluster. Never chosen by training loss."""
    if not scores:
        return Judgement(0, "No checkpoint has been scored yet.", (), ())
    best, why = _best(scores)
    row = next(row for row in scores if row["step"] == best)
    weak = tuple(_weak(row, episodes))
    return Judgement(best, why, tuple(_findings(scores, metrics, row, weak)), weak)


def _best(scores: Sequence[Row]) -> tuple[int, str]:
    held = [(row, _rate(row, "held_out")) for row in scores]
    trained = {row["step"]: _rate(row, "training") for row in scores}
    if any(rate.successes for _, rate in held):
        row, rate = max(
            (pair for pair in held if pair[1].trials),
            key=lambda pair: (_low(pair[1]), _low(trained[pair[0]["step"]]), -pair[0]["step"]),
        )
        beside = trained[row["step"]]
        words = f"Step {row['step']:,} does best where nothing was trained on: {rate} on the held-out cluster"
        words += f", {beside} on the training clusters." if beside.trials else "."
        return row["step"], words + _unsure([rate for _, rate in held])
    if any(rate.successes for rate in trained.values()):
        step = max((step for step, rate in trained.items() if rate.trials), key=lambda at: (_low(trained[at]), -at))
        return step, (
            f"Step {step:,} does best on the training clusters: {trained[step]}. "
            + _nothing_held_out([rate for _, rate in held])
        )
    part, words = (
        ("held_out", "held-out")
        if any(_error(row, "held_out") is not None for row in scores)
        else (
            "training",
            "training",
        )
    )
    known = [(found, row["step"]) for row in scores if (found := _error(row, part)) is not None]
    if not known:
        return scores[-1]["step"], "Nothing could be scored; this is the last checkpoint."
    error, step = min(known)
    return step, (
        f"Step {step:,} has the smallest action error on {words} frames: {error:.2f} deg. "
        + _not_by_success([*trained.values(), *(rate for _, rate in held)])
    )


def _nothing_held_out(held: Sequence[Rate]) -> str:
    tried = sum(rate.trials for rate in held)
    if tried:
        return f"On the held-out cluster none of {tried} trials succeeded yet."
    return "No cluster was held out, so nothing is said about new places."


def _not_by_success(rates: Sequence[Rate]) -> str:
    tried = sum(rate.trials for rate in rates)
    if tried:
        return f"None of {tried} trials in closed loop succeeded yet, so success does not choose."
    return "Nothing was tried in closed loop, so success is not known."


def _unsure(rates: Sequence[Rate]) -> str:
    """Whether the intervals overlap so much that the choice says little."""
    tried = sorted((rate for rate in rates if rate.trials), key=_low, reverse=True)
    if len(tried) > 1 and (tried[1].high or 0.0) >= (tried[0].low or 0.0):
        return " Others may be as good: their intervals overlap."
    return ""


def _findings(scores: Sequence[Row], metrics: Sequence[Row], best: Row, weak: Sequence[WeakCluster]) -> list[str]:
    found = []
    last = scores[-1]
    if last["step"] > best["step"]:
        before, after = _rate(best, "held_out"), _rate(last, "held_out")
        fell = before.trials and after.trials and (before.share or 0.0) - (after.share or 0.0) >= _DROP
        if fell and _loss_near(metrics, last["step"]) <= _loss_near(metrics, best["step"]):
            found.append(
                f"Over-fitting: from step {best['step']:,} to {last['step']:,} the loss went on falling while held-out "
                f"success went from {before} to {after}. Training longer does not help; more places do."
            )
    trained, held = _rate(best, "training"), _rate(best, "held_out")
    if trained.trials and held.trials and (trained.share or 0.0) - (held.share or 0.0) >= _GAP:
        found.append(
            f"Under-coverage: {trained} on places like those it learnt, but {held} on new ones. "
            "Record more places, between and around the clusters there are."
        )
    if trained.trials and (trained.share or 0.0) < _WEAK and best is last:
        found.append("It still fails often where it was trained, and the last checkpoint is the best: train longer.")
    if weak:
        names = ", ".join(f"{one.name} ({one.successes} of {one.trials})" for one in weak[:4])
        found.append(f"Weakest clusters: {names}. Record there next.")
    for problem, times in best.get("broken", {}).items():
        found.append(f"{times} trials broke off and count as neither: {problem}")
    return found


def _weak(row: Row, episodes: Mapping[str, int]) -> list[WeakCluster]:
    found = [
        WeakCluster(one["name"], one["held_out"], one["successes"], one["trials"], episodes.get(one["name"], 0))
        for one in row.get("clusters", ())
        if one["trials"] >= _TELLING and one["name"] and one["successes"] / one["trials"] < _WEAK
    ]
    return sorted(found, key=lambda one: (one.successes / one.trials, one.episodes))


def _rate(row: Row, part: str) -> Rate:
    found = row.get(part) or {}
    return Rate(int(found.get("successes", 0)), int(found.get("trials", 0)))


def _low(rate: Rate) -> float:
    return -1.0 if rate.low is None else rate.low


def _error(row: Row, part: str) -> float | None:
    found = (row.get("error") or {}).get(part)
    return float(found["body_deg"]) if found else None


def _loss_near(metrics: Sequence[Row], step: int) -> float:
    """The mean loss of the last lines up to a step."""
    values = [float(row["loss"]) for row in metrics if row["step"] <= step and "loss" in row][-_FEW:]
    return sum(values) / len(values) if values else float("inf")
