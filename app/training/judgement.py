"""What the scores say, in words: the best checkpoint and why, over-fitting, and the clusters that want more data.

Nothing is said that could as well be chance: two rates differ when their 95 % Wilson intervals do not meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.policies.wilson import Rate
from app.training.choosing import HELD_OUT, TRAINING, Choice, Row, apart, choose, pooled, rate_of

_GOOD = 0.9  # what a policy is to reach; a rate whose interval lies below it surely does not
_FEW = 5
BY_HAND = "Chosen by a person"
_TELLING = 3  # trials of a cluster, below which its failures say nothing of it


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
    """`best` is a step, 0 while none is known; `why` says how it was chosen; `findings` are sentences."""

    best: int
    why: str
    findings: tuple[str, ...]
    weak: tuple[WeakCluster, ...]


def judge(scores: Sequence[Row], metrics: Sequence[Row], episodes: Mapping[str, int], by_hand: int = 0) -> Judgement:
    """`episodes` counts the used episodes of each cluster. Never chosen by training loss.

    `by_hand` is the step that a person holds for the best: then it is what is judged.
    """
    if not scores:
        words = f"{BY_HAND}; no checkpoint has been scored yet." if by_hand else "No checkpoint has been scored yet."
        return Judgement(by_hand, words, (), ())
    chosen = choose(scores)
    if by_hand and by_hand != chosen.step:
        chosen = Choice(by_hand, f"{BY_HAND}; by the scores it would be step {chosen.step:,}. {chosen.why}")
    row = next((row for row in scores if row["step"] == chosen.step), None)
    if row is None:
        return Judgement(chosen.step, chosen.why, (), ())
    weak = tuple(_weak(row, episodes))
    return Judgement(chosen.step, chosen.why, tuple(_findings(scores, metrics, row, weak)), weak)


def _findings(scores: Sequence[Row], metrics: Sequence[Row], best: Row, weak: Sequence[WeakCluster]) -> list[str]:
    too_short = _too_short(scores, best)
    found = [*_over_fitting(scores, metrics, best), *_under_coverage(best), *too_short]
    if weak:
        names = ", ".join(f"{one.name} ({one.successes} of {one.trials})" for one in weak[:4])
        advice = "Record there next where longer training does not mend it." if too_short else "Record there next."
        found.append(f"Weakest clusters: {names}. {advice}")
    for problem, times in best.get("broken", {}).items():
        found.append(f"{times} trials broke off and count as neither: {problem}")
    return found


def _over_fitting(scores: Sequence[Row], metrics: Sequence[Row], best: Row) -> list[str]:
    """Held-out success surely fell from the best to the last while the loss did not rise."""
    last = scores[-1]
    before, after = rate_of(best, HELD_OUT), rate_of(last, HELD_OUT)
    if last["step"] <= best["step"] or not apart(before, after):
        return []
    if _loss_near(metrics, last["step"]) > _loss_near(metrics, best["step"]):
        return []
    return [
        f"Over-fitting: from step {best['step']:,} to {last['step']:,} the loss went on falling while held-out "
        f"success went from {before} to {after}, {_apart(before, after)}. Training longer does not help; more places "
        "do."
    ]


def _under_coverage(best: Row) -> list[str]:
    trained, held = rate_of(best, TRAINING), rate_of(best, HELD_OUT)
    if not apart(trained, held):
        return []
    return [
        f"Under-coverage: {trained} on places like those it learnt, but {held} on new ones, {_apart(trained, held)}. "
        "Record more places, between and around the clusters there are."
    ]


def _too_short(scores: Sequence[Row], best: Row) -> list[str]:
    """It was still getting better when it ended, and is not good yet."""
    trained, last = rate_of(best, TRAINING), scores[-1]
    if best is not last or not _below(trained) or not apart(pooled(last), pooled(scores[0])):
        return []
    return [
        f"It still fails where it was trained, {trained}, and it was getting better to the end: "
        f"{pooled(scores[0])} at step {scores[0]['step']:,}, {pooled(last)} at step {last['step']:,}. Train longer."
    ]


def _weak(row: Row, episodes: Mapping[str, int]) -> list[WeakCluster]:
    found = [
        WeakCluster(one["name"], one["held_out"], one["successes"], one["trials"], episodes.get(one["name"], 0))
        for one in row.get("clusters", ())
        if one["trials"] >= _TELLING and one["name"] and _below(Rate(one["successes"], one["trials"]))
    ]
    return sorted(found, key=lambda one: (one.successes / one.trials, one.episodes))


def _below(rate: Rate) -> bool:
    return rate.high is not None and rate.high < _GOOD


def _apart(better: Rate, worse: Rate) -> str:
    return f"at least {_percent(better.low)} against at most {_percent(worse.high)}"


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0.0):.0f} %"


def _loss_near(metrics: Sequence[Row], step: int) -> float:
    """The mean loss of the last lines up to a step."""
    values = [float(row["loss"]) for row in metrics if row["step"] <= step and "loss" in row][-_FEW:]
    return sum(values) / len(values) if values else float("inf")
