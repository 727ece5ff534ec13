"""Who means to take the arm: any input by one rule, and noise, glitches and strangers never."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.control.reaching import GAP_NS, LASTING_NS, LEADER_WAY, MEANT, LeaderHand, Reaching

MS = 1_000_000

quiet = st.one_of(
    st.floats(0.0, MEANT, exclude_max=True), st.just(math.nan), st.just(-math.inf), st.floats(-1.0, 0.0), st.just(0.0)
)
meant = st.floats(MEANT, 1.0)
steps = st.integers(1, 400).map(lambda ms: ms * MS)
words = st.lists(st.tuples(st.sampled_from("ab"), st.one_of(quiet, meant), steps), max_size=60)


def expected(heard: list[tuple[str, float, int]]) -> list[bool]:
    """The rule read plainly: look back from each word of a source over those that belong to one push."""
    found: list[bool] = []
    pushes: dict[str, list[int]] = {"a": [], "b": []}
    for source, share, at in heard:
        mine = pushes[source]
        if not share >= MEANT:
            mine.clear()
            found.append(False)
            continue
        if mine and at - mine[-1] > GAP_NS:
            mine.clear()
        mine.append(at)
        taken = at - mine[0] >= LASTING_NS and len(mine) > 1
        found.append(taken)
        if taken:
            mine.clear()
    return found


@given(words)
def test_a_push_is_meant_when_it_lasts_and_nobody_elses_counts(said: list[tuple[str, float, int]]) -> None:
    rule, now, heard = Reaching(), 0, []
    for source, share, step in said:
        now += step
        heard.append((source, share, now))
    assert [rule.pushed(*one) for one in heard] == expected(heard)


@given(st.lists(st.tuples(quiet, steps)))
def test_resting_noise_never_takes_the_arm(noise: list[tuple[float, int]]) -> None:
    rule, now = Reaching(), 0
    for share, step in noise:
        now += step
        assert not rule.pushed("pad", share, now)


@given(st.lists(st.integers(1, LASTING_NS - 1), min_size=1, max_size=20), meant)
def test_a_glitch_between_rests_takes_nothing_and_an_old_word_changes_nothing(lengths: list[int], share: float) -> None:
    rule, now = Reaching(), GAP_NS
    for length in lengths:
        assert not rule.pushed("pad", share, now)
        assert not rule.pushed("pad", share, now - 1)
        assert not rule.pushed("pad", share, now + length)
        now += length + MS
        assert not rule.pushed("pad", 0.0, now)


@given(st.floats(0, 0.9 * MEANT * LEADER_WAY), st.integers(0, 100))
def test_a_leader_that_trembles_on_the_table_is_not_moved_by_a_hand(swing: float, seed: int) -> None:
    hand, rule, random = LeaderHand(), Reaching(), np.random.default_rng(seed)
    for tick in range(120):
        shown = 20.0 + swing * (random.random(6) - 0.5)
        now = tick * 16 * MS
        assert not rule.pushed("leader", hand.moved(shown, now), now)
    taken = [rule.pushed("leader", hand.moved(shown + tick, now + tick * 16 * MS), now + tick * 16 * MS)
             for tick in range(1, 30)]  # fmt: skip
    assert sum(taken) >= 1  # sixty degrees a second is a hand
