"""Feasibility is what the strategies then do: green never starves, and each number is the definition's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.policies import PRESETS, PolicyInfo
from app.policies.feasibility import Colour, delay_steps, feasibility, highest_rate_hz, smallest_threshold
from app.policies.strategies import Asynchronous, Mode, StrategyChoice
from tests.policies.test_asynchronous import labelled, play


def act(fps: float = 60.0, horizon: int = 100) -> PolicyInfo:
    return PolicyInfo("act", fps, horizon, horizon, (), ())


@settings(deadline=None, max_examples=50)
@given(
    st.floats(0.01, 4.0), st.sampled_from([5.0, 10.0, 30.0, 60.0]), st.integers(2, 100), st.sampled_from([0.2, 0.5, 1])
)
def test_where_it_is_green_the_queue_never_starves(latency: float, fps: float, horizon: int, threshold: float) -> None:
    found = feasibility([latency] * 4, act(fps, horizon), StrategyChoice(threshold=threshold))
    steps = delay_steps(latency, fps)
    run = play(Asynchronous(threshold), horizon, [steps], 4 * horizon + 3 * steps, labelled(horizon))
    starved = len(run.held) > min(steps, 4 * horizon)
    if found.colour is Colour.green:
        assert not starved
    if found.colour is Colour.red:
        assert starved
        assert found.remedies
    assert found.execute_s == pytest.approx(horizon / fps)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 60), st.integers(2, 100))
def test_the_smallest_threshold_is_the_least_that_never_starves(steps: int, horizon: int) -> None:
    least = smallest_threshold(steps, horizon)
    run = play(Asynchronous(1.0 if least is None else least), horizon, [steps], 4 * horizon + steps, labelled(horizon))
    assert (len(run.held) > steps) == (least is None)
    if least is not None and steps > 1:
        below = Asynchronous((steps - 1) / horizon)
        assert len(play(below, horizon, [steps], 4 * horizon + steps, labelled(horizon)).held) > steps


@settings(deadline=None, max_examples=50)
@given(st.floats(0.01, 30.0), st.integers(2, 100))
def test_at_the_highest_rate_half_a_chunk_covers_a_look(latency: float, horizon: int) -> None:
    rate = highest_rate_hz(latency, horizon)
    assert smallest_threshold(delay_steps(latency, rate * 0.999), horizon) is not None
    assert smallest_threshold(delay_steps(latency, rate * 1.001), horizon) is None


def test_the_guides_cases_in_words() -> None:
    optimized = feasibility([PRESETS["act_optimized"].whole_s] * 3, act(), StrategyChoice(threshold=0.2))
    assert (optimized.colour, optimized.delay_steps) == (Colour.amber, 20)
    assert "little reserve" in optimized.sentences[0]
    fp32 = feasibility([PRESETS["act_fp32"].whole_s] * 3, act(), StrategyChoice(threshold=0.2))
    assert (fp32.colour, fp32.smallest_threshold) == (Colour.red, None)
    assert "Run it at 17.5 Hz or less" in fp32.remedies[0]
    reserve = feasibility([PRESETS["act_optimized"].whole_s] * 3, act(), StrategyChoice(threshold=0.5))
    assert reserve.colour is Colour.green
    low = feasibility([PRESETS["act_optimized"].whole_s] * 3, act(), StrategyChoice(threshold=0.1))
    assert low.colour is Colour.red
    assert "Set the threshold to 0.25 or more." in low.remedies
    waiting = feasibility([2.86], act(), StrategyChoice(Mode.synchronous))
    assert waiting.colour is Colour.red
    assert "stands still" in waiting.sentences[0]
    assert len(waiting.remedies) == 3  # asynchronous alone would not help
    assert math.isinf(highest_rate_hz(0.0, 10))
