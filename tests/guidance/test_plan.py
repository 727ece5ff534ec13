"""The plan, its layout, what is wrong with bad ones, and its file."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.guidance.errors import PlanInvalid
from app.guidance.layout import default_plan
from app.guidance.plan import Cluster, Goal, Plan
from app.guidance.plan_change import meaning_of_change
from app.guidance.plan_json import plan_from_dict, plan_to_dict, versions_from_bytes, versions_to_bytes
from app.guidance.plan_problems import problems_of, require_sound
from app.guidance.polygon import area, contains, crosses_itself
from app.guidance.targets import all_targets, position_placement, position_targets


def test_the_default_plan_is_the_guides(plan: Plan, reachable) -> None:
    assert len(plan.clusters) == 11
    assert {(c.size_x_cm, c.size_y_cm) for c in plan.clusters} == {(10.0, 10.0)}
    assert plan.positions_per_cluster == 10
    assert len(plan.held_out) == 1
    assert plan.nominal_takes == 110
    assert plan.recovery_takes / plan.total_takes == pytest.approx(0.2, abs=0.005)
    assert problems_of(plan, reachable) == ()


def test_default_clusters_lie_wholly_in_the_reach_and_clear_of_the_mug(plan: Plan, reachable) -> None:
    for cluster in plan.clusters:
        assert all(reachable(x, y) for x, y in cluster.corners)
        assert math.hypot(cluster.x_cm - plan.goal.x_cm, cluster.y_cm - plan.goal.y_cm) > plan.goal.radius_cm + 5
    assert not any(a.overlaps(b) for a, b in combinations(plan.clusters, 2))


def test_a_short_arm_gets_smaller_clusters() -> None:
    plan = default_plan("Task.", lambda x, y: 10 <= math.hypot(x, y) <= 24 and x > 0, goal=Goal(x_cm=0, y_cm=-40))
    assert len(plan.clusters) == 11
    assert plan.clusters[0].size_x_cm < 8


def test_an_arm_that_reaches_nothing_is_refused_in_words() -> None:
    with pytest.raises(PlanInvalid, match="no room for 11 clusters"):
        default_plan("Task.", lambda x, y: False)


@given(
    seed=st.integers(0, 2**31),
    name=st.text(min_size=1, max_size=8),
    size=st.floats(4, 20),
    index=st.integers(0, 200),
)
def test_positions_lie_inside_their_cluster_by_the_margin(seed: int, name: str, size: float, index: int) -> None:
    cluster = Cluster(name, 20, 3, size, size)
    plan = Plan("t", (), (cluster,), (), seed=seed)
    placement = position_placement(plan, cluster, index)
    room = size / 2 - plan.margin_cm + 0.006
    assert abs(placement.x_cm - 20) <= room
    assert abs(placement.y_cm - 3) <= room
    orientation = plan.orientations[index % 2]
    turned = (placement.yaw_deg - orientation.yaw_deg + 180) % 360 - 180
    assert abs(turned) <= orientation.spread_deg + 0.06


def test_positions_spread_better_than_chance(plan: Plan) -> None:
    """Ten positions in a cluster: the two nearest are well apart (a random ten come to about 0.8 cm)."""
    for cluster in plan.clusters:
        points = [position_placement(plan, cluster, i) for i in range(10)]
        nearest = min(math.hypot(a.x_cm - b.x_cm, a.y_cm - b.y_cm) for a, b in combinations(points, 2))
        assert nearest > 1.0


def test_more_positions_keep_the_ones_there_were(plan: Plan) -> None:
    more = plan.changed(positions_per_cluster=14)
    before = {t.key: t for t in position_targets(plan)}
    after = {t.key: t for t in position_targets(more)}
    assert all(after[key] == target for key, target in before.items())


def test_every_target_is_distinct_and_held_out_ones_are_flagged(plan: Plan) -> None:
    targets = all_targets(plan)
    assert len(targets) == plan.total_takes
    assert len({t.key for t in targets}) == len(targets)
    assert {t.cluster for t in targets if t.held_out} == set(plan.held_out)
    recoveries = [t for t in targets if t.kind == "recovery"]
    assert {t.cause for t in recoveries} == {c.name for c in plan.causes}
    assert all(t.start != "nominal" for t in recoveries)


NAN = float("nan")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"clusters": (Cluster("a", 15, 5), Cluster("b", 17, 5))}, "overlap"),
        ({"clusters": (Cluster("a", 15, 5, 2, 2), Cluster("d", 25, -5))}, "empty"),
        ({"clusters": ()}, "no clusters"),
        ({"clusters": (Cluster("a", 15, 5), Cluster("a", 25, -5))}, "Two clusters are named 'a'"),
        ({"clusters": (Cluster("a", 28, 5), Cluster("d", 15, -5))}, "leaves the workspace"),
        ({"clusters": (Cluster("a", NAN, 5), Cluster("d", 15, -5))}, "not a number"),
        ({"held_out": ()}, "No cluster is held out"),
        ({"held_out": ("a", "b", "c", "d")}, "Every cluster is held out"),
        ({"held_out": ("d", "z")}, "'z' does not exist"),
        ({"recovery_share": 1.2}, "recovery share is 1.2"),
        ({"recovery_share": -0.1}, "recovery share is -0.1"),
        ({"recovery_share": NAN}, "not a number"),
        ({"causes": ()}, "without a cause"),
        ({"orientations": ()}, "no orientation"),
        ({"positions_per_cluster": 0}, "positions_per_cluster is 0"),
        ({"takes_per_position": -1}, "takes_per_position is -1"),
        ({"task": " "}, "no task sentence"),
        ({"workspace": ((0, 0), (1, 1))}, "no area"),
        ({"workspace": ((10, -10), (30, 10), (30, -10), (10, 12))}, "crosses itself"),
        ({"margin_cm": float("inf")}, "not a number"),
        ({"goal": Goal(x_cm=25, y_cm=5, radius_cm=6)}, "lies under the mug"),
    ],
)
def test_a_bad_plan_gets_a_clear_error(small_plan: Plan, change: dict, says: str) -> None:
    with pytest.raises(PlanInvalid, match=says) as error:
        require_sound(replace(small_plan, **change), lambda x, y: True)
    assert error.value.todo
    assert error.value.code == "plan_invalid"


def test_targets_out_of_reach_are_named_by_cluster(small_plan: Plan) -> None:
    with pytest.raises(PlanInvalid, match="cannot reach 2 of 2 positions of cluster c") as error:
        require_sound(small_plan, lambda x, y: x < 20)
    assert [p.where for p in error.value.problems] == ["clusters[c]", "clusters[d]"]


def test_touching_clusters_are_fine(small_plan: Plan) -> None:
    assert problems_of(small_plan, lambda x, y: True) == ()


def test_a_change_is_a_new_version_and_leaves_the_old_one(small_plan: Plan) -> None:
    changed = small_plan.changed(recovery_share=0.3)
    assert (changed.version, small_plan.version) == (2, 1)
    assert changed.recovery_share == 0.3
    assert small_plan.recovery_share == 0.2


def test_the_plan_survives_its_file(plan: Plan, small_plan: Plan) -> None:
    tuned = plan.changed(thresholds=replace(plan.thresholds, skew_ms=55.0))
    assert plan_from_dict(json.loads(json.dumps(plan_to_dict(plan)))) == plan
    assert versions_from_bytes(versions_to_bytes((plan, tuned))) == (plan, tuned)
    assert plan_to_dict(tuned)["thresholds"] == {"skew_ms": 55.0}


@pytest.mark.parametrize(
    ("edit", "where"),
    [
        (lambda d: d.update(surprise=1), "surprise"),
        (lambda d: d.update(recovery_share="much"), "recovery_share"),
        (lambda d: d["clusters"][0].update(x_cm=float("nan")), "clusters.0.x_cm"),
        (lambda d: d["goal"].update(y_cm=3.6e256), "goal.y_cm"),
        (lambda d: d["thresholds"].update(nonsense=1.0), "thresholds.nonsense"),
        (lambda d: d.pop("task"), "task"),
        (lambda d: d.update(format=9), "format"),
        (lambda d: d["causes"][0].update(start="flying"), "causes.0.start"),
    ],
)
def test_a_bad_file_names_the_field(plan: Plan, edit, where: str) -> None:
    values = json.loads(json.dumps(plan_to_dict(plan)))
    edit(values)
    with pytest.raises(PlanInvalid) as error:
        plan_from_dict(values)
    assert where in [p.where for p in error.value.problems]


def test_versions_must_rise(plan: Plan) -> None:
    with pytest.raises(PlanInvalid, match="versions are"):
        versions_from_bytes(versions_to_bytes((plan, plan)))
    with pytest.raises(PlanInvalid):
        versions_from_bytes(b"{")


def test_a_change_says_what_it_means_for_what_is_recorded(small_plan: Plan, record) -> None:
    targets = all_targets(small_plan)
    done = [record(t, n) for n, t in enumerate(targets)]
    new = small_plan.changed(
        clusters=(Cluster("a", 15, 5), Cluster("b", 15, -5, 4, 4), Cluster("d", 25, -5), Cluster("e", 25, 5)),
        held_out=("a",),
        positions_per_cluster=1,
        recovery_share=0.5,
        seed=9,
        task="Another task.",
    )
    text = "\n".join(meaning_of_change(small_plan, new, done))
    for sentence in (
        "Cluster c is gone: its",
        "Cluster b moved or changed its size",
        "now outside its border",
        "New, with nothing recorded: cluster e",
        "Cluster a is now held out",
        "proves nothing",
        "Cluster d is no longer held out",
        "asks for 8 takes instead of 10",
        "50% instead of 20%",
        "Positions 2 to 2",
        "positions within the clusters move",
        "task sentence changes for new episodes only",
    ):
        assert sentence in text
    assert meaning_of_change(small_plan, small_plan.changed(), done) == ()


def test_polygons() -> None:
    square = ((0, 0), (4, 0), (4, 4), (0, 4))
    assert area(square) == 16
    assert contains(square, (4, 2))
    assert contains(square, (1, 1))
    assert not contains(square, (4.1, 2))
    assert not crosses_itself(square)
    assert crosses_itself(((0, 0), (4, 4), (4, 0), (0, 4)))
