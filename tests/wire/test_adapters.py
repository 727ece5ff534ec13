"""The studio's arm and leader over LeRobot's, against the emulated servos: what goes right, and each fault in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.devices import ArmReading, DeviceFault, StillConnecting
from app.devices.so101 import SO101
from tests.wire.bus import ServoBus
from tests.wire.servo import OVERLOAD, TORQUE
from tests.wire.so101 import calibrate, so101_bus

pytestmark = [pytest.mark.lerobot, pytest.mark.serial, pytest.mark.proof]  # a servo bus keeps time
LIMIT_S = 60.0


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[ServoBus]:
    with so101_bus(tmp_path / "follower") as bus:
        calibrate(bus, tmp_path / "arm.json")
        yield bus


def arm_on(wire: ServoBus, folder: Path, *, limp: bool = False) -> object:
    from app.devices.lerobot_arm import LeRobotArm, robot_builder

    fields = {"id": "arm", "port": str(wire.path), "calibration_dir": folder}
    return LeRobotArm(SO101, robot_builder("so101_follower", fields), limp=limp)


def connected(arm) -> ArmReading:
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            arm.connect()
            return arm.read()
        except DeviceFault as fault:
            if not isinstance(fault, StillConnecting) and "was silent for" not in str(fault):
                raise
            assert time.monotonic() < deadline
            time.sleep(0.02)


def fault_of(arm, until: Callable[[], None] = lambda: None) -> str:
    """Reads as the control loop does until the fault comes."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        try:
            arm.read()
            arm.write(arm.read().position)
            until()
        except DeviceFault as fault:
            if "was silent for" not in str(fault):
                return str(fault)
            arm.connect()  # a busy machine
        time.sleep(1 / 60)
    raise AssertionError("no fault came")


def test_it_moves_and_lets_go_at_the_end(wire: ServoBus, tmp_path: Path) -> None:
    arm = arm_on(wire, tmp_path)
    at = connected(arm).position
    target = at + np.array([10.0, 0, 0, 0, 0, 20.0])
    arm.write(target)
    deadline = time.monotonic() + LIMIT_S
    while abs(arm.read().position[0] - target[0]) > 1.0 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert arm.read().position[0] == pytest.approx(target[0], abs=1.0)
    assert wire[1].memory[TORQUE]
    arm.disconnect()
    assert not wire[1].memory[TORQUE]


@pytest.mark.parametrize("limp", [False, True])
def test_a_silent_servo_is_named_and_the_others_hold_or_go_limp(wire: ServoBus, tmp_path: Path, limp: bool) -> None:
    arm = arm_on(wire, tmp_path, limp=limp)
    connected(arm)
    wire.silent = {3}
    said = fault_of(arm)
    assert "elbow_flex (servo 3) does not answer" in said
    assert "Check its cables" in said
    assert bool(wire[1].memory[TORQUE]) is not limp
    wire.silent = set()
    assert np.isfinite(connected(arm).position).all()
    arm.disconnect()


def test_an_unplugged_adapter_is_told_and_comes_back_without_a_restart(wire: ServoBus, tmp_path: Path) -> None:
    arm = arm_on(wire, tmp_path)
    connected(arm)
    wire.unplug()
    assert "is gone" in fault_of(arm)
    wire.plug()
    connected(arm)
    arm.disconnect()


def test_an_overload_and_a_brown_out_are_told(wire: ServoBus, tmp_path: Path) -> None:
    arm = arm_on(wire, tmp_path)
    connected(arm)
    with wire.held():
        wire[1].error |= OVERLOAD
    assert "shoulder_pan switched itself off: overload" in fault_of(arm)
    connected(arm)
    wire.brown_out()
    assert "went limp" in fault_of(arm)
    arm.disconnect()


def test_an_arm_with_another_calibration_is_refused(wire: ServoBus, tmp_path: Path) -> None:
    with wire.held():
        wire[2].write(55, b"\0")
        wire[2].write(9, (5).to_bytes(2, "little"))
    arm = arm_on(wire, tmp_path)
    with pytest.raises(DeviceFault, match="not calibrated, or its servos hold another arm's"):
        connected(arm)


def test_the_bus_never_holds_the_control_loop_beyond_its_deadline(wire: ServoBus, tmp_path: Path) -> None:
    """A slow bus gives the last reading with its own time; the arm is told nothing new meanwhile."""
    arm = arm_on(wire, tmp_path)
    first = connected(arm)
    wire.slow_s = 0.03
    seen = [arm.read() for _ in range(4)]
    assert len({reading.monotonic_ns for reading in seen}) < 4, "some were stood in for by the last one"
    assert all(reading.monotonic_ns >= first.monotonic_ns for reading in seen)
    arm.disconnect()


def test_robots_that_are_not_driven_by_positions_are_refused_in_words() -> None:
    from app.devices.lerobot_arm import require_positions, robot_builder

    with pytest.raises(DeviceFault, match=r"driven by x\.vel.*joint positions only"):
        require_positions("lekiwi", {"arm_elbow.pos": float, "x.vel": float})
    with pytest.raises(DeviceFault, match="LeRobot knows no 'so1O1'"):
        robot_builder("so1O1", {})()


def test_a_leader_is_read_and_its_loss_is_told(wire: ServoBus, tmp_path: Path) -> None:
    from app.devices.lerobot_leader import LeRobotLeader, teleoperator_builder

    fields = {"id": "arm", "port": str(wire.path), "calibration_dir": tmp_path}
    leader = LeRobotLeader("leader arm", SO101.joint_names, teleoperator_builder("so101_leader", fields))
    leader.connect()
    pan = None
    deadline = time.monotonic() + LIMIT_S
    while pan is None and time.monotonic() < deadline:
        try:
            pan = leader.read().position[0]
        except DeviceFault:
            time.sleep(0.02)
    assert pan == pytest.approx(0.0, abs=0.2)
    wire.silent = {5}
    said = ""
    while "wrist_roll" not in said and time.monotonic() < deadline:
        try:
            leader.read()
        except DeviceFault as fault:
            said = str(fault)
        time.sleep(0.02)
    assert "wrist_roll (servo 5) does not answer" in said
    leader.disconnect()
