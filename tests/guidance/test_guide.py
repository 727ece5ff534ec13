"""One studio led through its plan: targets given once, and who says where the object lies."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.models import EpisodeKind, PlacedSource
from app.devices.models import Placement, Start
from app.guidance.briefing import PlacementState
from app.guidance.by_hand import REACH_CM, TURN_DEG, laid_by_hand
from app.guidance.detector import Seen, Unseen
from app.guidance.errors import UnknownCluster
from app.guidance.guide import Guide, NoTarget, SeenElsewhere
from app.guidance.plan import Cluster, Plan
from app.guidance.stations import Station
from app.guidance.targets import all_targets
from app.guidance.words import in_place

from .conftest import recorded


def seen(at: Placement, dx: float = 0.0) -> Seen:
    return Seen(Placement(at.x_cm + dx, at.y_cm, at.yaw_deg), 0.9, np.zeros((4, 2)))


def of_kind(plan: Plan, kind: EpisodeKind) -> Guide:
    """A guide whose current target is of that kind."""
    guide, done = Guide(plan, Station()), []
    while guide.target is not None and guide.target.kind != kind:
        done.append(recorded(guide.target, len(done)))
        guide.update(done)
    assert guide.target is not None
    return guide


# ---- the queue ----


def test_following_the_guide_records_each_target_once_and_ends(small_plan: Plan) -> None:
    guide, keys, done = Guide(small_plan, Station()), [], []
    while (target := guide.target) is not None:
        keys.append(target.key)
        done.append(recorded(target, len(done)))
        guide.update(done)
    assert sorted(keys) == sorted(target.key for target in all_targets(small_plan))
    assert guide.remaining == 0
    with pytest.raises(NoTarget, match="fulfilled"):
        guide.skip()


@given(seed=st.integers(0, 5000))
@settings(max_examples=60, deadline=None)
def test_whatever_people_do_the_plan_is_fulfilled_and_no_target_is_recorded_twice(seed: int) -> None:
    plan = Plan(
        "t", ((0, 0), (40, 0), (40, 10), (0, 10)), tuple(Cluster(str(i), 5 + 10 * i, 5) for i in range(4)), ("0",), 2
    )
    moves, guide, done = random.Random(seed), Guide(plan, Station()), []
    for _ in range(400):
        target = guide.target
        if target is None:
            break
        match moves.randrange(8):
            case 0:
                guide.skip()
            case 1:
                guide.pin(moves.choice(["", *(cluster.name for cluster in plan.clusters)]))
            case 2:
                guide.put_first(moves.sample([cluster.name for cluster in plan.clusters], 2))
            case 3 if guide.back_possible:
                guide.back()
            case 4 if done:
                done.pop(moves.randrange(len(done)) if moves.random() < 0.5 else -1)  # rejected, or undone
                guide.update(done)
            case 5:
                done.append(recorded(target, len(done), outcome="failure"))
                guide.update(done)
                assert guide.target == target, "a failed attempt is asked for again"
                done.pop()
                guide.update(done)
            case _:
                done.append(recorded(target, len(done)))
                guide.update(done)
        filled = [(e.facts.cluster, e.facts.position, e.facts.kind, e.facts.recovery_cause) for e in done]
        assert len(filled) == len(set(filled)), "a place was recorded twice"
    else:
        while guide.target is not None:
            done.append(recorded(guide.target, len(done)))
            guide.update(done)
    assert guide.progress.remaining == 0
    assert len(done) == plan.total_takes


def test_an_undone_episode_opens_its_place_and_back_leads_there(small_plan: Plan) -> None:
    guide = Guide(small_plan, Station())
    first = guide.target
    assert first is not None
    guide.update([recorded(first)])
    assert not guide.back_possible, "what is recorded is not asked for again"
    guide.update([])
    assert guide.back_possible
    guide.back()
    assert guide.target == first


def test_a_pin_moves_to_its_cluster_at_once_and_an_unknown_one_is_refused(small_plan: Plan) -> None:
    guide = Guide(small_plan, Station())
    guide.pin("c")
    assert guide.target is not None
    assert guide.target.cluster == "c"
    with pytest.raises(UnknownCluster):
        guide.pin("z")


def test_another_version_of_the_plan_keeps_the_wishes_that_still_make_sense(small_plan: Plan) -> None:
    old = Guide(small_plan, Station())
    old.pin("b")
    old.put_first(["c", "a"])
    smaller = small_plan.changed(clusters=small_plan.clusters[1:])
    new = Guide(smaller, Station())
    new.take_over_wishes(old)
    assert new.queue.wishes.pinned == "b"
    assert new.queue.wishes.first == ("c",)
    assert new.target is not None
    assert new.target.cluster == "b"


# ---- who says where the object lies ----


def test_vision_comes_first_then_the_word_then_the_simulator(small_plan: Plan) -> None:
    guide = of_kind(small_plan, EpisodeKind.nominal)
    assert guide.target is not None
    at = guide.target.placement
    assert guide.placed.source == PlacedSource.unknown
    assert math.isnan(guide.columns().get("placed_x_cm", math.nan))  # type: ignore[arg-type]
    guide.look(Unseen("The tea bag is partly hidden."))
    guide.truth(Placement(at.x_cm + 0.3, at.y_cm, at.yaw_deg), Start.nominal)
    assert guide.placed.source == PlacedSource.simulator
    guide.word(True)
    assert (guide.placed.source, guide.placed.placement) == (PlacedSource.operator, at)
    guide.look(seen(at, 0.5))
    assert (guide.placed.source, guide.columns()["placed_x_cm"]) == (PlacedSource.seen, at.x_cm + 0.5)


def test_the_word_counts_only_where_vision_abstains_and_for_one_take(small_plan: Plan) -> None:
    guide = of_kind(small_plan, EpisodeKind.nominal)
    assert guide.target is not None
    guide.look(seen(guide.target.placement, 5.0))
    with pytest.raises(SeenElsewhere, match="sees the tea bag elsewhere"):
        guide.word(True)
    guide.look(Unseen("The tea bag is partly hidden."))
    guide.word(True)
    assert guide.ready
    guide.look(seen(guide.target.placement, 5.0))
    guide.look(Unseen("The tea bag is partly hidden."))
    assert not guide.word_given, "vision saw it elsewhere in between"
    guide.word(True)
    guide.take_ended()
    assert not guide.word_given


def test_a_word_ends_with_its_target(small_plan: Plan) -> None:
    guide = of_kind(small_plan, EpisodeKind.nominal)
    guide.word(True)
    guide.skip()
    assert not guide.ready


def test_green_is_in_place_by_whoever_says_so(small_plan: Plan) -> None:
    guide = of_kind(small_plan, EpisodeKind.nominal)
    assert guide.target is not None
    assert guide.state is PlacementState.unseen
    guide.look(seen(guide.target.placement, 5.0))
    assert guide.state is PlacementState.move
    guide.look(seen(guide.target.placement, 0.5))
    assert guide.state is PlacementState.in_place


def test_a_recovery_is_green_once_it_is_arranged_and_says_its_cause(small_plan: Plan) -> None:
    guide = of_kind(small_plan, EpisodeKind.recovery)
    target = guide.target
    assert target is not None
    guide.look(seen(target.placement))
    assert guide.state is PlacementState.move, "the object at the mark is not yet the start state"
    guide.truth(None, target.start)
    assert guide.ready
    columns = guide.columns()
    assert (columns["kind"], columns["recovery_cause"]) == ("recovery", target.cause)
    assert (columns["cluster"], columns["position"]) == (target.cluster, target.position)


def test_a_simulator_put_into_another_start_says_what_the_take_begins_with(small_plan: Plan) -> None:
    guide = of_kind(small_plan, EpisodeKind.nominal)
    guide.truth(Placement(20, 0, 0), Start.knocked_over)
    assert (guide.columns()["kind"], guide.columns()["recovery_cause"]) == ("recovery", "knocked over")


def test_a_hand_lays_the_object_within_the_tolerance_and_never_twice_the_same(small_plan: Plan) -> None:
    for target in all_targets(small_plan):
        places = [laid_by_hand(target, small_plan.seed, attempt) for attempt in range(20)]
        assert len(set(places)) == len(places)
        for place in places:
            at = target.placement
            assert math.hypot(place.x_cm - at.x_cm, place.y_cm - at.y_cm) <= REACH_CM + 0.01
            assert abs((place.yaw_deg - at.yaw_deg + 180) % 360 - 180) <= TURN_DEG + 0.01
            assert in_place(small_plan, place, at)
    assert laid_by_hand(target, small_plan.seed, 3) == places[3]
