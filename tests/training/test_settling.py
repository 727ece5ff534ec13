"""The best checkpoint is settled by further trials, within a budget, and never by what chance explains."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets import DatasetStore
from app.devices import Outcome, Placement
from app.guidance.store import PlanStore
from app.policies.trial import TrialRequest, TrialResult
from app.policies.wilson import Rate
from app.training.choosing import apart, choose, contenders, deciding, rate_of
from app.training.judgement import judge
from app.training.models import Scoring
from app.training.scoring import further_requests, joined, summary, trial_requests
from app.training.settling import RIVALS, MoreTrials, next_round
from tests.training.recorded import TINY, dataset, described

counts = st.integers(0, 40).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
pairs = st.lists(st.tuples(counts, counts), min_size=1, max_size=7)


def rows_of(found: Sequence[tuple[tuple[int, int], tuple[int, int]]]) -> list[dict[str, Any]]:
    return [
        {"step": 100 * number, "training": Rate(*trained).row(), "held_out": Rate(*held).row()}
        for number, (trained, held) in enumerate(found, start=1)
    ]


@given(pairs)
@settings(deadline=None)
def test_nobody_is_surely_better_than_the_chosen(found: list) -> None:
    rows = rows_of(found)
    part = deciding(rows)
    chosen = next(row for row in rows if row["step"] == choose(rows).step)
    for row in rows if part else ():
        assert not apart(rate_of(row, part), rate_of(chosen, part))
    if len(contenders(rows)) == 1:
        assert all(row is chosen or not rate_of(row, part).trials or apart(*_two(chosen, row, part)) for row in rows)


def _two(one: dict, other: dict, part: str) -> tuple[Rate, Rate]:
    return rate_of(one, part), rate_of(other, part)


@given(pairs, st.randoms(use_true_random=False), st.lists(st.floats(0, 9), min_size=7, max_size=7))
@settings(deadline=None)
def test_neither_the_loss_nor_the_order_has_a_say(found: list, shuffled: random.Random, losses: list[float]) -> None:
    rows = rows_of(found)
    metrics = [{"step": row["step"], "loss": loss} for row, loss in zip(rows, losses, strict=False)]
    told = judge(rows, metrics, {})
    if deciding(rows):
        other = list(rows)
        shuffled.shuffle(other)
        assert choose(other).step == told.best
    assert judge(rows, [], {}).best == told.best


@given(pairs)
@settings(deadline=None)
def test_overfitting_and_undercoverage_are_never_told_of_intervals_that_meet(found: list) -> None:
    rows = rows_of(found)
    falling = [{"step": row["step"], "loss": 1 / row["step"]} for row in rows]
    told = judge(rows, falling, {})
    best = next(row for row in rows if row["step"] == told.best)
    for finding in told.findings:
        if finding.startswith("Over-fitting"):
            assert apart(rate_of(best, "held_out"), rate_of(rows[-1], "held_out"))
        if finding.startswith("Under-coverage"):
            assert apart(rate_of(best, "training"), rate_of(best, "held_out"))


class Table:
    """Checkpoints whose true success is known, tried at places in turn."""

    def __init__(self, true: Sequence[float], trials: int, seed: int) -> None:
        self._random = random.Random(seed)
        self._true = dict(enumerate(true, start=1))
        self._tried: dict[int, list[bool]] = {step: [] for step in self._true}
        self.settling = dict.fromkeys(self._true, 0)
        for step in self._true:
            self._try(step, trials)

    def _try(self, step: int, count: int) -> None:
        self._tried[step] += [self._random.random() < self._true[step] for _ in range(count)]

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "step": step,
                "held_out": Rate(sum(won), len(won)).row(),
                "training": Rate(0, 0).row(),
                "trials": [{"held_out": True}] * len(won),
                "settling": self.settling[step],
            }
            for step, won in self._tried.items()
        ]

    def more(self, wanted: MoreTrials) -> None:
        assert wanted.held_out
        assert wanted.count > 0
        assert wanted.first == len(self._tried[wanted.step]), "no place is tried twice, none is left out"
        self._try(wanted.step, wanted.count)
        self.settling[wanted.step] += wanted.count


@given(
    true=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    trials=st.integers(0, 12),
    budget=st.integers(0, 90),
    seed=st.integers(0, 2**32),
)
@settings(deadline=None)
def test_settling_ends_within_its_budget_and_only_with_a_reason(
    true: list[float], trials: int, budget: int, seed: int
) -> None:
    table = Table(true, trials, seed)
    while wanted := next_round(table.rows(), budget):
        rivals = [row["step"] for row in contenders(table.rows())[:RIVALS]]
        assert {more.step for more in wanted} <= set(rivals)
        for more in wanted:
            table.more(more)
    spent = sum(table.settling.values())
    assert spent <= budget
    level = contenders(table.rows())
    assert len(level) < 2 or budget - spent < RIVALS, "what is left would not give each of them one more"
    told = choose(table.rows())
    assert (f"{spent} trials more" in told.why) is bool(spent)


def test_a_clear_difference_is_found_and_eight_trials_do_not_hide_it() -> None:
    """Of a checkpoint that succeeds in 90 % and one in 30 %, the worse is taken rarely by 8 trials, never by more."""
    taken = 0
    for seed in range(60):
        table = Table([0.3, 0.9], 8, seed)
        while wanted := next_round(table.rows(), 60):
            for more in wanted:
                table.more(more)
        taken += choose(table.rows()).step == 2
    assert taken == 60


def test_the_one_with_fewer_trials_is_brought_to_the_others_first() -> None:
    rows = [
        {"step": 1, "held_out": Rate(6, 8).row(), "training": Rate(20, 22).row()},
        {"step": 2, "held_out": Rate(14, 20).row(), "training": Rate(20, 22).row()},
    ]
    assert next_round(rows, 60) == [MoreTrials(1, True, 8, 12)]
    assert next_round(rows, 5) == [MoreTrials(1, True, 8, 5)]
    assert next_round(rows, 0) == []


results = st.lists(
    st.builds(
        lambda cluster, outcome: TrialResult(
            TrialRequest(Placement(20.0, 1.0, 3.0), cluster, held_out=cluster == "far"),
            outcome,
            10,
            1.0,
            2,
            latency_ms=(5.0,),
            problem="" if outcome else "the arm was gone",
        ),
        st.sampled_from(["near", "next", "far"]),
        st.sampled_from([*Outcome, None]),
    ),
    max_size=12,
)


@given(results, results)
@settings(deadline=None)
def test_trials_that_come_later_count_as_if_they_had_come_at_once(
    first: list[TrialResult], later: list[TrialResult]
) -> None:
    whole, row = summary([*first, *later]), joined(summary(first), later)
    assert {**row, "latency_ms": None} == {**whole, "latency_ms": None}


def test_further_places_go_on_where_the_first_ones_ended(tmp_path: Path) -> None:
    made = dataset(tmp_path)
    plan = PlanStore(DatasetStore(tmp_path / "datasets")).current("bricks")
    scoring = Scoring(trials_training=3, trials_held_out=4, final=2)
    run = described(tmp_path, settings=TINY.model_copy(update={"scoring": scoring}))
    for known in (plan, None):
        first, whole = (trial_requests(run, made, known, final=final) for final in (False, True))
        for held_out in (False, True):
            mine = [one for one in first if one.held_out is held_out]
            count = len([one for one in whole if one.held_out is held_out]) - len(mine)
            more = further_requests(run, made, known, MoreTrials(3, held_out, len(mine), count))
            assert [*mine, *more] == [one for one in whole if one.held_out is held_out]
