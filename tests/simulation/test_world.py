"""Physics on its own clock: time only moves when told, and the same calls give the same bytes."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.clock import NS_PER_S, ManualClock
from app.devices import Arm, Placement, Workcell
from app.devices.so101 import SO101
from app.simulation import SimulatedArm, SimulatedWorkcell, World
from app.simulation.scene import JOINT_POSITIONS

HOME = np.array([joint.home for joint in SO101.joints])
PAN = np.array([20.0, 0.0, 0.0, 0.0, 0.0, 0.0])


@pytest.fixture
def world() -> World:
    return World(seed=1)


def test_the_adapters_answer_to_the_device_protocols(world: World) -> None:
    assert isinstance(SimulatedArm(world, ManualClock()), Arm)
    assert isinstance(SimulatedWorkcell(world), Workcell)
    assert len(world.snapshot().qpos) == JOINT_POSITIONS


def test_reading_the_arm_moves_the_world_to_now(world: World) -> None:
    clock = ManualClock(NS_PER_S)
    arm = SimulatedArm(world, clock)
    arm.connect()
    arm.write(HOME + PAN / 2)
    assert arm.read().position[0] == pytest.approx(0.0, abs=0.1)
    for _ in range(60):
        clock.advance_ns(NS_PER_S // 60)
        reading = arm.read()
    assert reading.position[0] == pytest.approx(10.0, abs=0.5)
    assert reading.monotonic_ns == clock.monotonic_ns()


def test_the_home_pose_holds_against_gravity(world: World) -> None:
    world.step(1000)
    assert np.abs(world.position() - HOME).max() < 0.5


def test_a_stall_skips_time_instead_of_racing_through_it(world: World) -> None:
    world.advance_to(NS_PER_S)
    before = world.data.time
    world.advance_to(11 * NS_PER_S)
    assert world.data.time - before == pytest.approx(0.25, abs=0.01)
    assert world.skipped_s == pytest.approx(9.75, abs=0.01)
    assert 11 * NS_PER_S - world.moment_ns < 2_000_000


def test_a_moment_in_the_past_changes_nothing(world: World) -> None:
    world.advance_to(NS_PER_S)
    world.advance_to(2 * NS_PER_S - 1)
    state = world.data.qpos.copy()
    world.advance_to(NS_PER_S)
    assert np.array_equal(world.data.qpos, state)


def test_slow_servos_lag_and_a_lossy_bus_drops_commands(world: World) -> None:
    world.servos.slow_s = 0.5
    world.command(HOME + PAN)
    world.step(100)
    assert world.position()[0] < 10.0
    world.servos.slow_s = 0.0
    world.servos.loss = 1.0
    world.command(HOME - PAN)
    world.step(1000)
    assert world.position()[0] == pytest.approx(20.0, abs=1.0)


def test_tremor_moves_the_arm_but_not_the_gripper_and_dies_out(world: World) -> None:
    world.servos.shake(0.03)
    world.step(200)
    assert np.abs(world.position() - HOME)[:5].max() > 0.2
    assert abs(world.position()[5] - HOME[5]) < 0.2
    world.step(3000)
    assert np.abs(world.position() - HOME).max() < 0.3


def test_the_bag_lies_where_it_is_put(world: World) -> None:
    world.put_bag(Placement(22.0, -11.0, 77.0))
    world.step(500)
    found = world.bag_placement()
    assert (found.x_cm, found.y_cm, found.yaw_deg) == pytest.approx((22.0, -11.0, 77.0), abs=0.2)
    assert world.settled
