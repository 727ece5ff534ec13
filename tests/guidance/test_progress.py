"""Counts, shares, pace and the gaps in words."""

from __future__ import annotations

import pytest

from app.guidance.gaps import record_next
from app.guidance.plan import Plan
from app.guidance.progress import progress_of
from app.guidance.targets import all_targets


def test_nothing_recorded_is_nothing_known(plan: Plan) -> None:
    progress = progress_of(plan, [])
    assert progress.share.by_episodes is None
    assert progress.share.by_frames is None
    assert progress.time_left_s is None
    assert progress.remaining == plan.total_takes


def test_counts_by_cluster_position_orientation_and_kind(small_plan: Plan, record) -> None:
    targets = all_targets(small_plan)
    done = [record(t, n, frames=300 if t.kind == "nominal" else 100) for n, t in enumerate(targets)]
    progress = progress_of(small_plan, done)
    assert [c.nominal for c in progress.clusters] == [2, 2, 2, 2]
    assert progress.positions["a", 0] == 1
    assert progress.orientations["a", "along"] >= 1
    assert progress.kinds == {"nominal": 8, "recovery": 2}
    assert progress.share.by_episodes == 0.2
    assert progress.share.by_frames == pytest.approx(200 / 2600)
    assert [c.held_out for c in progress.clusters] == [False, False, False, True]


def test_surplus_in_one_position_does_not_fill_another(small_plan: Plan, record) -> None:
    target = all_targets(small_plan)[0]
    progress = progress_of(small_plan, [record(target, n) for n in range(5)])
    assert progress.clusters[0].nominal == 1
    assert progress.remaining == small_plan.total_takes - 1


def test_the_pace_is_the_median_without_breaks(small_plan: Plan, record) -> None:
    targets = all_targets(small_plan)
    done = [record(targets[i], second) for i, second in enumerate((0, 20, 42, 60, 3000))]
    progress = progress_of(small_plan, done)
    assert progress.pace_s == 20
    assert progress.time_left_s == 20 * progress.remaining


def test_the_five_largest_gaps_in_plain_words(plan: Plan, record) -> None:
    targets = [t for t in all_targets(plan) if t.kind == "nominal" and t.cluster != "4"]
    progress = progress_of(plan, [record(t, n) for n, t in enumerate(targets[:95])])
    gaps = record_next(plan, progress)
    assert len(gaps) <= 5
    assert gaps[0].missing == 28
    assert "partly failed" in gaps[0].text
    assert gaps[1].text == "10 takes in cluster 4: nothing is recorded there yet."
    assert [g.missing for g in gaps] == sorted((g.missing for g in gaps), reverse=True)


def test_a_missing_orientation_is_a_gap(small_plan: Plan, record) -> None:
    target = next(t for t in all_targets(small_plan) if t.orientation == "along")
    texts = [gap.text for gap in record_next(small_plan, progress_of(small_plan, [record(target)]), most=20)]
    assert any('lying "across"' in text for text in texts)


def test_a_fulfilled_plan_has_no_gaps(small_plan: Plan, record) -> None:
    done = [record(t, n) for n, t in enumerate(all_targets(small_plan))]
    assert record_next(small_plan, progress_of(small_plan, done)) == ()
