"""The queue: by deficit, nothing twice, shares kept, people's wishes, stations."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets.models import EpisodeKind
from app.devices.models import Placement
from app.guidance.errors import UnknownCluster
from app.guidance.next_target import TargetQueue, choose, disruption, open_targets, targets_of, yaw_difference
from app.guidance.outstanding import place_of
from app.guidance.plan import Cluster, Plan
from app.guidance.progress import progress_of
from app.guidance.stations import Station, StationInvalid, share_of_station
from app.guidance.targets import all_targets

from .conftest import recorded

plans = st.builds(
    lambda count, positions, takes, share, seed: Plan(
        "t",
        ((0, 0), (100, 0), (100, 10), (0, 10)),
        tuple(Cluster(str(i), 5 + 10 * i, 5) for i in range(count)),
        ("0",),
        positions_per_cluster=positions,
        takes_per_position=takes,
        recovery_share=share,
        seed=seed,
    ),
    st.integers(2, 5),
    st.integers(1, 4),
    st.integers(1, 2),
    st.sampled_from([0.0, 0.1, 0.2, 0.5]),
    st.integers(0, 1000),
)


def run_to_the_end(plan: Plan, station: Station, moves: random.Random | None = None):
    """Record everything the queue gives; with `moves`, people skip, go back, pin and discard on the way."""
    queue = TargetQueue(plan, station)
    done, taken = [], []
    here = None
    while (target := queue.next(progress_of(plan, done), here)) is not None:
        if moves is not None:
            match moves.randrange(6):
                case 0:
                    target = queue.skip(progress_of(plan, done), here)
                case 1:
                    queue.pin(moves.choice(plan.clusters).name)
                case 2:
                    queue.hand_back(target)
                    target = None
                case 3:
                    target = queue.back()
        assert len(taken) <= plan.total_takes
        if target is None:
            continue
        still_open = open_targets(targets_of(plan, station), progress_of(plan, done))
        if moves is None or place_of(target) in {place_of(other) for other in still_open}:
            taken.append(target)
            done.append(recorded(target, len(done)))
            here = target.placement
    return taken, done


@given(plan=plans)
@settings(max_examples=40, deadline=None)
def test_following_the_queue_records_every_target_exactly_once(plan: Plan) -> None:
    taken, done = run_to_the_end(plan, Station())
    assert sorted(t.key for t in taken) == sorted(t.key for t in all_targets(plan))
    progress = progress_of(plan, done)
    assert progress.remaining == 0
    assert progress.done == plan.total_takes


@given(plan=plans, seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_with_skips_pins_and_discards_the_plan_is_still_fulfilled(plan: Plan, seed: int) -> None:
    taken, done = run_to_the_end(plan, Station(), random.Random(seed))
    assert progress_of(plan, done).remaining == 0
    assert len(taken) == plan.total_takes


@given(plan=plans)
@settings(max_examples=30, deadline=None)
def test_the_recovery_share_never_strays_far_while_recording(plan: Plan) -> None:
    _, done = run_to_the_end(plan, Station())
    for count in range(5, len(done) + 1):
        share = progress_of(plan, done[:count]).share.by_episodes
        assert share is not None
        assert abs(share - plan.recovery_share) <= 1 / count + 0.5 / plan.total_takes + 1e-9


@given(plan=plans, count=st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_stations_share_the_plan_without_overlap_and_evenly(plan: Plan, count: int) -> None:
    targets = all_targets(plan)
    shares = [share_of_station(targets, Station(i + 1, count), plan.seed) for i in range(count)]
    keys = [t.key for share in shares for t in share]
    assert sorted(keys) == sorted(t.key for t in targets)
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1
    for cluster in plan.clusters:
        per = [sum(t.cluster == cluster.name and t.kind == "nominal" for t in share) for share in shares]
        assert max(per) - min(per) <= 1


def test_each_station_ends_when_its_own_share_is_recorded(plan: Plan) -> None:
    taken = [run_to_the_end(plan, Station(i, 3))[0] for i in (1, 2, 3)]
    assert sum(map(len, taken)) == plan.total_takes
    assert not {t.key for t in taken[0]} & {t.key for t in taken[1]}


@pytest.mark.parametrize("text", ["0/3", "4/3", "2", "a/b", "2/0", "-1/3"])
def test_a_station_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(StationInvalid, match="not a station"):
        Station.parse(text)


def test_a_station_is_read_from_the_command_line() -> None:
    assert Station.parse("2/3") == Station(2, 3)
    assert str(Station(2, 3)) == "2/3"


def test_one_queue_never_gives_a_target_twice(plan: Plan) -> None:
    """Even when nothing is recorded meanwhile: two people ask, two targets."""
    queue = TargetQueue(plan, Station())
    nothing = progress_of(plan, [])
    keys = [target.key for _ in range(plan.total_takes) if (target := queue.next(nothing)) is not None]
    assert len(set(keys)) == len(keys) == plan.total_takes
    assert queue.next(nothing) is None


def test_a_discarded_take_comes_back(small_plan: Plan) -> None:
    queue = TargetQueue(small_plan, Station())
    nothing = progress_of(small_plan, [])
    first = queue.next(nothing)
    assert first is not None
    queue.hand_back(first)
    assert queue.next(nothing) == first


def test_a_rejected_episode_opens_its_place_again(small_plan: Plan, record) -> None:
    queue = TargetQueue(small_plan, Station())
    done = []
    while (target := queue.next(progress_of(small_plan, done))) is not None:
        done.append(record(target, len(done)))
    rejected = done[3]
    done[3] = record(all_targets(small_plan)[0], 3, accepted=False)
    again = queue.next(progress_of(small_plan, done))
    assert again is not None
    assert (again.cluster, again.position) == (rejected.facts.cluster, rejected.facts.position)


def test_a_failed_attempt_fills_no_place(small_plan: Plan, record) -> None:
    target = all_targets(small_plan)[0]
    progress = progress_of(small_plan, [record(target, outcome="failure")])
    assert target in open_targets(targets_of(small_plan, Station()), progress)
    assert progress.clusters[0].rejected == 1


def test_the_emptiest_cluster_comes_first_then_the_nearest(small_plan: Plan, record) -> None:
    targets = targets_of(small_plan, Station())
    done = [record(t, n) for n, t in enumerate(targets) if t.kind == "nominal" and t.cluster in ("a", "b")]
    progress = progress_of(small_plan, done)
    here = Placement(25, 4, 0)
    chosen = choose(small_plan, progress, [t for t in targets if t.kind == "nominal"], here=here)
    assert chosen is not None
    assert chosen.cluster == "c"
    empty = [t for t in targets if t.kind == "nominal" and t.cluster in ("c", "d")]
    assert chosen == min(empty, key=lambda t: disruption(small_plan, here, t.placement))


def test_the_choice_is_deterministic(plan: Plan) -> None:
    nothing = progress_of(plan, [])
    targets = targets_of(plan, Station())
    assert choose(plan, nothing, targets) == choose(plan, nothing, tuple(reversed(targets)))


def test_a_recovery_is_asked_for_when_the_share_falls_behind(small_plan: Plan, record) -> None:
    targets = targets_of(small_plan, Station())
    nominal = [t for t in targets if t.kind == "nominal"]
    four = progress_of(small_plan, [record(t, n) for n, t in enumerate(nominal[:4])])
    chosen = choose(small_plan, four, targets)
    assert chosen is not None
    assert chosen.kind == EpisodeKind.recovery
    assert chosen.cause
    assert chosen.start != "nominal"


def test_a_share_that_falls_behind_by_frames_brings_a_recovery_forward(plan: Plan, record) -> None:
    targets = targets_of(plan, Station())
    nominal = [t for t in targets if t.kind == "nominal"]
    recovery = next(t for t in targets if t.kind == "recovery")
    done = [record(t, n, frames=400) for n, t in enumerate(nominal[:4])] + [record(recovery, 9, frames=100)]
    chosen = choose(plan, progress_of(plan, done), targets)
    assert chosen is not None
    assert chosen.kind == EpisodeKind.recovery


def test_a_pinned_cluster_is_given_while_it_has_targets(small_plan: Plan, record) -> None:
    queue = TargetQueue(small_plan, Station())
    queue.pin("c")
    done = []
    for _ in range(2):
        target = queue.next(progress_of(small_plan, done))
        assert target is not None
        assert target.cluster == "c"
        done.append(record(target, len(done)))
    with pytest.raises(UnknownCluster, match="no cluster 'z'"):
        queue.pin("z")


def test_the_lead_puts_clusters_first(small_plan: Plan) -> None:
    queue = TargetQueue(small_plan, Station())
    queue.put_first(["d", "b"])
    target = queue.next(progress_of(small_plan, []))
    assert target is not None
    assert target.cluster == "d"
    assert target.held_out


def test_skip_puts_off_and_back_returns(small_plan: Plan) -> None:
    queue = TargetQueue(small_plan, Station())
    nothing = progress_of(small_plan, [])
    first = queue.next(nothing)
    second = queue.skip(nothing)
    assert first != second
    assert queue.back() == first
    assert queue.current == first
    third = queue.next(nothing)
    assert third not in (None, first)


def test_a_recovery_with_another_cause_fills_its_clusters_place(small_plan: Plan, record) -> None:
    targets = targets_of(small_plan, Station())
    recovery = next(t for t in targets if t.kind == "recovery")
    other = next(c.name for c in small_plan.causes if c.name != recovery.cause)
    item = record(recovery)
    facts = type(item.facts)(**{**vars(item.facts), "recovery_cause": other})
    left = open_targets(targets, progress_of(small_plan, [type(item)(facts, True, 100)]))
    assert len(left) == len(targets) - 1


@pytest.mark.parametrize(
    ("to", "start", "symmetry", "turn"),
    [
        (30, 0, 360, 30),
        (0, 30, 360, -30),
        (170, -170, 360, -20),
        (170, -10, 180, 0),
        (95, 0, 180, -85),
        (40, 0, 90, 40),
    ],
)
def test_yaw_differences_know_the_symmetry(to: float, start: float, symmetry: float, turn: float) -> None:
    assert yaw_difference(to, start, symmetry) == pytest.approx(turn)
