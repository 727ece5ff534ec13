"""The gate: whatever comes in, what goes out is within range, speed, acceleration, and above the table."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.control.clearance import Clearance
from app.control.gate import Gate, Wish
from app.devices import Vector
from app.devices.so101 import SO101

RATE_HZ = 60
LOWER = np.array([joint.lower for joint in SO101.joints])
UPPER = np.array([joint.upper for joint in SO101.joints])
SPEED = np.array([joint.max_speed for joint in SO101.joints])
ACCELERATION = np.array([joint.max_acceleration for joint in SO101.joints])
HOME = np.array([joint.home for joint in SO101.joints])
STILL = np.zeros(6)
CLEARANCE = Clearance(SO101)
SAG_M = 0.0006  # between the samples of a braking path

ANGLE = st.floats(-400, 400)
RATE = st.one_of(st.just(0.0), st.floats(-1e4, 1e4))
STRANGE = st.sampled_from([float("nan"), float("inf"), float("-inf")])
POSITION = st.lists(ANGLE, min_size=6, max_size=6).map(np.array)
WISH = st.one_of(
    st.none(),
    st.builds(Wish, POSITION, st.lists(RATE, min_size=6, max_size=6).map(np.array)),
    st.builds(Wish, POSITION, st.just(STILL)),
    st.builds(Wish, st.lists(st.one_of(ANGLE, STRANGE), min_size=6, max_size=6).map(np.array), st.just(STILL)),
)
SEGMENT = st.tuples(WISH, st.integers(1, 40), st.floats(0.05, 1.0))


@pytest.fixture
def gate() -> Gate:
    return Gate(SO101, CLEARANCE, RATE_HZ)


def pose(**joints: float) -> Vector:
    return np.array([joints.get(joint.name, joint.home) for joint in SO101.joints], dtype=np.float64)


def run(gate: Gate, wish: Wish | None, ticks: int, pace: float = 1.0) -> Vector:
    return np.array([gate.step(wish, pace) for _ in range(ticks)])


def assert_lawful(path: Vector, floor: float) -> None:
    """`path` (N, A) of sent targets: each limit at each tick, from rest."""
    steps = np.diff(path, axis=0) * RATE_HZ
    assert np.isfinite(path).all()
    assert (path >= LOWER - 1e-6).all()
    assert (path <= UPPER + 1e-6).all()
    assert (np.abs(steps) <= SPEED * (1 + 1e-6)).all()
    jolts = np.diff(np.vstack([np.zeros((1, path.shape[1])), steps]), axis=0) * RATE_HZ
    assert (np.abs(jolts) <= ACCELERATION * (1 + 1e-6) + 1e-6).all()
    assert min(CLEARANCE.lowest(point) for point in path) >= floor - SAG_M


@settings(max_examples=80, deadline=None)
@given(st.lists(SEGMENT, min_size=1, max_size=12))
def test_any_wishes_leave_it_within_every_limit(segments: list[tuple[Wish | None, int, float]]) -> None:
    gate = Gate(SO101, CLEARANCE, RATE_HZ)
    path = [gate.position.copy()]
    for wish, ticks, pace in segments:
        path.extend(run(gate, wish, ticks, pace))
    assert_lawful(np.array(path), 0.0)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(*(st.floats(low, high) for low, high in zip(LOWER, UPPER, strict=True))).map(np.array),
    st.lists(SEGMENT, min_size=1, max_size=6),
)
def test_from_any_measured_pose_it_never_goes_lower_than_it_was_found(
    start: Vector, segments: list[tuple[Wish | None, int, float]]
) -> None:
    gate = Gate(SO101, CLEARANCE, RATE_HZ)
    gate.sync(start)
    path = [start]
    for wish, ticks, pace in segments:
        path.extend(run(gate, wish, ticks, pace))
    assert_lawful(np.array(path), min(0.0, CLEARANCE.lowest(start)))


def test_a_reachable_target_is_reached_without_passing_it_and_without_a_cut_at_the_end(gate: Gate) -> None:
    goal = pose(shoulder_pan=40, wrist_roll=-70, gripper=60)
    path = run(gate, Wish(goal, STILL), 120)
    assert np.allclose(path[-1], goal)
    assert gate.cuts == ()
    assert (path[:, 0] <= 40 + 1e-9).all()
    assert (path[:, 4] >= -70 - 1e-9).all()


def test_a_moving_wish_is_followed_without_lag(gate: Gate) -> None:
    rate = pose(shoulder_pan=50) * np.array([1, 0, 0, 0, 0, 0])
    for tick in range(1, 61):
        gate.step(Wish(HOME + rate * tick / RATE_HZ, rate))
    assert gate.position[0] == pytest.approx(50.0, abs=0.01)


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (pose(shoulder_pan=170), "shoulder_pan:range"),
        (pose(shoulder_pan=100), "shoulder_pan:speed"),
        (pose(shoulder_pan=100), "shoulder_pan:acceleration"),
        (pose(shoulder_lift=90, elbow_flex=60), "table"),
        (pose(elbow_flex=float("nan")), "not_finite"),
        (pose(elbow_flex=float("inf")), "not_finite"),
    ],
)
def test_it_says_what_it_cut(gate: Gate, wish: Vector, word: str) -> None:
    cuts: set[str] = set()
    for _ in range(200):
        gate.step(Wish(wish, STILL))
        cuts |= set(gate.cuts)
    assert word in cuts


def test_a_target_that_is_not_a_number_holds_the_arm(gate: Gate) -> None:
    run(gate, Wish(pose(shoulder_pan=30), STILL), 60)
    before = gate.position.copy()
    run(gate, Wish(np.full(6, np.nan), STILL), 10)
    assert np.allclose(gate.position, before)


def test_a_target_under_the_table_is_corrected_and_the_rest_of_it_followed(gate: Gate) -> None:
    run(gate, Wish(pose(shoulder_pan=50, shoulder_lift=80, elbow_flex=40), STILL), 300)
    assert gate.position[0] == pytest.approx(50.0, abs=0.5)
    assert 0.0 <= CLEARANCE.lowest(gate.position) < 0.01
    run(gate, Wish(HOME, STILL), 300)
    assert np.allclose(gate.position, HOME, atol=0.1)


def test_a_grasp_at_six_millimetres_passes(gate: Gate) -> None:
    from app.devices.kinematics import Kinematics, ToolPose

    solution = Kinematics(SO101).solve(ToolPose(0.24, 0.0, 0.006, 85.0, 0.0), HOME)
    assert solution.error_m < 1e-4
    run(gate, Wish(solution.position, STILL), 240)
    assert np.allclose(gate.position, solution.position, atol=0.1)


def test_without_a_wish_it_brakes_and_holds(gate: Gate) -> None:
    run(gate, Wish(pose(shoulder_pan=100), STILL), 20)
    path = run(gate, None, 60)
    assert gate.cuts == ()
    assert np.allclose(path[-1], path[30])


def test_engaging_gently_is_slower(gate: Gate) -> None:
    run(gate, Wish(pose(shoulder_pan=100), STILL), 30, pace=0.2)
    assert np.max(np.abs(gate.velocity)) <= SPEED[0] * 0.2 + 1e-9


def test_engaging_gently_is_no_cut(gate: Gate) -> None:
    """The pace is ours; only the arm's own limits are reported."""
    rate = np.array([60.0, 0, 0, 0, 0, 0])
    for tick in range(1, 40):
        speed = rate * min(1.0, tick / 8)
        gate.step(Wish(gate.position + speed / RATE_HZ, speed), pace=0.2)
        assert gate.cuts == ()


def test_a_tick_costs_less_than_a_millisecond_of_processor_time(gate: Gate) -> None:
    wish = Wish(pose(shoulder_pan=-80, shoulder_lift=80, elbow_flex=60), STILL)
    begin = time.thread_time()
    run(gate, wish, 300)
    assert (time.thread_time() - begin) / 300 < 0.001
