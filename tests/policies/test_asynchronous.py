"""Asynchronous strategies under any latency: nothing from the past, no gap, overlaps as defined, time only forward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.policies import Continuation, PolicyInfo
from app.policies.strategies import (
    AGGREGATIONS,
    Aggregation,
    Asynchronous,
    Ensembling,
    Mode,
    RealTimeChunking,
    Strategy,
    StrategyChoice,
    build,
)

LATENCIES = st.lists(st.integers(0, 9), min_size=1, max_size=12)


@dataclass
class Run:
    """What became of `ticks` periods: the executed steps, what was executed, and the chunks behind it."""

    executed: list[float] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    chunks: list[tuple[int, int, np.ndarray]] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)


def play(
    plan: Strategy, horizon: int, latencies: list[int], ticks: int, chunk: Callable[[int, int], np.ndarray]
) -> Run:
    """A policy whose n-th look takes `latencies[n]` ticks; `chunk(number, observed)` is what it says."""
    run, step, due = Run(), 0, None
    for tick in range(ticks):
        if due is not None and tick >= due[0]:
            rows = chunk(len(run.chunks), due[1])
            assert plan.accept(rows, due[1], step) == min(horizon, step - due[1])
            run.chunks.append((due[1], step, rows))
            due = None
        if due is None and plan.wants(step):
            run.looks.append(step)
            due = (tick + latencies[len(run.looks) % len(latencies)], step)
            if due[0] == tick:
                rows = chunk(len(run.chunks), step)
                plan.accept(rows, step, step)
                run.chunks.append((step, step, rows))
                due = None
        action = plan.action(step)
        if action is None:
            run.held.append(tick)
        else:
            run.executed.append(float(action[0]))
            step += 1
    return run


def labelled(horizon: int) -> Callable[[int, int], np.ndarray]:
    """Each row says which step it is for."""
    return lambda number, observed: np.arange(observed, observed + horizon, dtype=np.float32)[:, None]


PLANS = st.one_of(
    st.builds(Asynchronous, st.floats(0.0, 1.0), st.sampled_from(Aggregation)),
    st.builds(Ensembling, st.floats(-0.5, 0.5)),
    st.builds(RealTimeChunking, st.floats(0.0, 1.0), st.just(Continuation())),
)


@settings(deadline=None, max_examples=50)
@given(PLANS, st.integers(1, 12), LATENCIES)
def test_each_step_executes_what_was_meant_for_it_once_and_in_order(
    plan: Strategy, horizon: int, latencies: list[int]
) -> None:
    """Nothing from the past, nothing skipped, nothing twice, whatever the latency."""
    run = play(plan, horizon, latencies, 60, labelled(horizon))
    np.testing.assert_allclose(run.executed, np.arange(len(run.executed)), rtol=1e-5)
    assert run.looks == sorted(run.looks)
    assert len(run.executed) + len(run.held) == 60


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 12), st.integers(0, 9), st.floats(0.0, 1.0), st.sampled_from(Aggregation))
def test_no_gap_where_the_threshold_covers_the_latency(
    horizon: int, latency: int, threshold: float, aggregation: Aggregation
) -> None:
    """A look begins when `threshold * horizon` actions are left, or fewer came; no longer, no gap."""
    run = play(Asynchronous(threshold, aggregation), horizon, [latency], 80, labelled(horizon))
    covered = latency / horizon <= threshold and 2 * latency <= horizon
    if covered:
        assert run.held == list(range(latency))  # only before the first chunk
    elif latency > 0:
        assert len(run.held) > latency


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10), LATENCIES, st.sampled_from(Aggregation), st.floats(0.0, 1.0))
def test_an_overlap_is_aggregated_exactly_once_for_each_newer_chunk(
    horizon: int, latencies: list[int], aggregation: Aggregation, threshold: float
) -> None:
    """Against the definition: fold the aggregation over the chunks that covered a step before it was executed."""
    random = np.random.default_rng(horizon)
    rows = [random.normal(size=(horizon, 1)).astype(np.float32) for _ in range(70)]
    run = play(Asynchronous(threshold, aggregation), horizon, latencies, 60, lambda number, observed: rows[number])
    join = AGGREGATIONS[aggregation]
    for step, executed in enumerate(run.executed):
        speaking = [chunk[step - seen] for seen, came, chunk in run.chunks if came <= step < seen + horizon]
        expected = speaking[0]
        for newer in speaking[1:]:
            expected = join(expected, newer)
        assert executed == pytest.approx(float(expected[0]), abs=1e-5)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10), LATENCIES, st.floats(-0.5, 0.5))
def test_ensembling_weighs_every_chunk_that_spoke_of_a_step(
    horizon: int, latencies: list[int], coefficient: float
) -> None:
    random = np.random.default_rng(horizon)
    rows = [random.normal(size=(horizon, 1)).astype(np.float32) for _ in range(70)]
    run = play(Ensembling(coefficient), horizon, latencies, 60, lambda number, observed: rows[number])
    for step, executed in enumerate(run.executed):
        speaking = [float(chunk[step - seen, 0]) for seen, came, chunk in run.chunks if came <= step < seen + horizon]
        weights = np.exp(-coefficient * np.arange(len(speaking)))
        assert executed == pytest.approx(float(np.dot(weights, speaking) / weights.sum()), abs=1e-5)


def test_an_older_chunk_that_comes_later_changes_nothing() -> None:
    for plan in (Asynchronous(0.5), Ensembling()):
        plan.accept(np.full((4, 1), 7, np.float32), 2, 2)
        assert plan.accept(np.full((9, 1), 1, np.float32), 1, 2) == 9
        action = plan.action(2)
        assert action is not None
        assert (action[0], plan.depth(2)) == (7, 4)


def test_a_chunk_that_is_over_leaves_what_is_queued() -> None:
    plan = Asynchronous(1.0, Aggregation.latest_only)
    plan.accept(np.arange(4, dtype=np.float32)[:, None], 0, 0)
    assert plan.accept(np.full((2, 1), 9, np.float32), 1, 3) == 2
    action = plan.action(3)
    assert action is not None
    assert action[0] == 3


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 10), st.integers(0, 9))
def test_real_time_chunking_hands_over_what_is_still_to_be_executed(horizon: int, done: int) -> None:
    plan = RealTimeChunking(1.0, Continuation(horizon=7))
    assert plan.continuation(0, 3) is None
    plan.accept(np.arange(horizon, dtype=np.float32)[:, None], 0, 0)
    ahead = plan.continuation(done, 3)
    if done >= horizon:
        assert ahead is None
    else:
        assert ahead is not None
        assert ahead.actions[:, 0].tolist() == list(range(done, horizon))
        assert (ahead.delay, ahead.horizon) == (3, 7)


def test_what_cannot_be_executed_is_refused_in_words() -> None:
    act = PolicyInfo("act", 10.0, 20, 5, (), ())
    with pytest.raises(Invalid, match="threshold"):
        build(StrategyChoice(threshold=1.5), act)
    with pytest.raises(Invalid, match="flow policy"):
        build(StrategyChoice(Mode.rtc), act)
    assert StrategyChoice(threshold=0.2).words == "asynchronous, threshold 0.2, weighted_average"
