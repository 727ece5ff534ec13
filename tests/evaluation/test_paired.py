"""Tango's paired interval: against the figures of his and Fagerland's papers, and against every table there can be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.paired import Pairs, pairs_of

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(
    ("pairs", "low", "high"),
    [
        # Tango 1998: 54 patients, two disinfections of soft contact lenses, and the same without any discordant pair.
        (Pairs(53, 0, 1, 0), -0.0977, 0.0491),
        (Pairs(54, 0, 0, 0), -0.0664, 0.0664),
        # Fagerland, Lydersen, Laake 2014: hyper-responsiveness before and after transplantation, 21 children.
        (Pairs(1, 1, 7, 12), -0.517, -0.026),
    ],
)
def test_it_gives_the_published_bounds(pairs: Pairs, low: float, high: float) -> None:
    found = pairs.interval()
    assert found is not None
    assert found == pytest.approx((low, high), abs=1e-3)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_it_holds_the_difference_and_turns_round_with_the_pair(both: int, one: int, two: int, neither: int) -> None:
    pairs = Pairs(both, one, two, neither)
    found, turned = pairs.interval(), Pairs(both, two, one, neither).interval()
    if not pairs.total:
        assert found is None
        assert pairs.difference is None
        return
    assert found is not None
    assert turned is not None
    assert pairs.difference is not None
    assert -1.0 <= found[0] <= pairs.difference + 1e-9
    assert pairs.difference - 1e-9 <= found[1] <= 1.0
    assert found[0] < found[1]
    assert turned == pytest.approx((-found[1], -found[0]), abs=1e-6)


@pytest.mark.parametrize(("more", "less"), [(0.15, 0.10), (0.06, 0.01), (0.3, 0.3)])
def test_the_interval_holds_the_truth_about_95_times_of_100(more: float, less: float) -> None:
    """Brute force: every table of 40 pairs, weighted by its probability."""
    n, truth, covered = 40, more - less, 0.0
    for one in range(n + 1):
        for two in range(n + 1 - one):
            low, high = Pairs(n - one - two, one, two, 0).interval() or (0.0, 0.0)
            if low <= truth <= high:
                ways = math.comb(n, one) * math.comb(n - one, two)
                covered += ways * more**one * less**two * (1 - more - less) ** (n - one - two)
    assert 0.93 < covered < 0.99


def test_pairs_are_counted_and_kept_is_the_share_of_the_seconds_successes() -> None:
    pairs = pairs_of([(True, True), (True, True), (True, False), (False, True), (False, False)])
    assert pairs == Pairs(2, 1, 1, 1)
    assert pairs.kept() == pytest.approx(1.0)
    assert Pairs(0, 0, 0, 3).kept() is None
