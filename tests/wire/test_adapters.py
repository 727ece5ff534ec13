"""The studio's arm and leader over LeRobot's, against the emulated servos: what goes right, and each fault in words."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from app.core.clock import NS_PER_S, ManualClock
from app.devices import ArmReading, DeviceFault, StillConnecting
from app.devices.lerobot_bus import buses_of, complaint, diagnose, statuses_of
from app.devices.so101 import SO101
from tests.wire.bus import ServoBus
from tests.wire.servo import OVERLOAD, TORQUE
from tests.wire.so101 import calibrate

pytestmark = pytest.mark.lerobot
LIMIT_S = 180.0  # LeRobot alone takes a minute to be imported on a busy machine


@pytest.fixture(autouse=True)
def calibrated(wire: ServoBus, tmp_path: Path) -> None:
    calibrate(wire, tmp_path / "arm.json")


def arm_on(wire: ServoBus, folder: Path, *, limp: bool = False) -> Any:
    from app.devices.lerobot_arm import LeRobotArm, robot_builder

    fields = {"id": "arm", "port": str(wire.path), "calibration_dir": folder}
    return LeRobotArm(SO101, robot_builder("so101_follower", fields), limp=limp, clock=wire.clock)


def connected(arm: Any) -> ArmReading:
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            arm.connect()
            return arm.read()
        except StillConnecting:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def fault_of(arm: Any) -> str:
    """Reads as the control loop does until the fault comes."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        try:
            arm.write(arm.read().position)
        except DeviceFault as fault:
            return str(fault)
        time.sleep(0.005)
    raise AssertionError("no fault came")


def test_it_moves_and_lets_go_at_the_end(wire: ServoBus, tmp_path: Path) -> None:
    arm = arm_on(wire, tmp_path)
    at = connected(arm).position
    target = at + np.array([10.0, 0, 0, 0, 0, 20.0])
    arm.write(target)
    deadline = time.monotonic() + LIMIT_S
    while abs(arm.read().position[0] - target[0]) > 1.0 and time.monotonic() < deadline:
        wire.pass_time(0.02)
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


def test_servos_that_talk_garbage_are_named_and_a_damaged_reply_is_nothing_to_tell(
    wire: ServoBus, tmp_path: Path
) -> None:
    arm = arm_on(wire, tmp_path)
    connected(arm)
    wire.garble, wire.noise = 1, b"\x00\x17\xff"
    assert np.isfinite(connected(arm).position).all()
    wire.garbled = {4, 6}
    assert "wrist_flex (servo 4) and gripper (servo 6) garble what they say. Check their cables" in fault_of(arm)
    wire.garbled = set()
    connected(arm)
    wire.garble = 2 * len(wire.servos)
    assert "bus garbled what its servos said" in fault_of(arm)
    connected(arm)
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


def test_a_limp_arm_that_was_moved_by_hand_is_powered_where_it_lies(wire: ServoBus, tmp_path: Path) -> None:
    """A servo goes to the goal it was given last as soon as it has torque: at full speed, before any gate."""
    arm = arm_on(wire, tmp_path)
    arm.write(connected(arm).position)
    arm.disconnect()
    wire.turn(1, 2048 + 600)
    connected(arm)
    wire.pass_time(0.5)
    with wire.held():
        assert wire[1].actual == pytest.approx(2048 + 600, abs=3)
    arm.disconnect()


def test_an_arm_with_another_calibration_is_refused(wire: ServoBus, tmp_path: Path) -> None:
    with wire.held():
        wire[2].write(55, b"\0")
        wire[2].write(9, (5).to_bytes(2, "little"))
    arm = arm_on(wire, tmp_path)
    with pytest.raises(DeviceFault, match="not calibrated, or its servos hold another arm's"):
        connected(arm)


def test_a_late_bus_is_stood_in_for_and_then_a_fault(wire: ServoBus, clock: ManualClock, tmp_path: Path) -> None:
    """The last reading with its own time; beyond 100 ms nothing is sent, and the arm does not jump to catch up."""
    arm = arm_on(wire, tmp_path)
    first = connected(arm)
    with wire.held():
        for _ in range(8):
            clock.advance_ns(NS_PER_S // 60)
            assert arm.read().monotonic_ns == first.monotonic_ns
            arm.write(first.position + 1.0)
    assert "bus was silent for 0.1 s" in fault_of(arm)
    assert connected(arm).position[0] == pytest.approx(first.position[0], abs=0.3)
    arm.disconnect()


def test_what_passed_is_said_as_what_it_was(wire: ServoBus) -> None:
    from tests.wire.test_lerobot_bus import lerobot_bus

    with lerobot_bus(wire) as bus:
        device = SimpleNamespace(bus=bus)
        for error, words in (
            (ConnectionError("[TxRxResult] There is no status packet!"), "did not answer for a moment"),
            (ConnectionError("[TxRxResult] Incorrect status packet!"), "garbled what its servos said"),
            (KeyError("Status"), "failed: 'Status'"),
        ):
            assert words in str(diagnose("arm", device, error))
        assert set(statuses_of(bus)) == set(bus.motors)
        bus.model_ctrl_table = {"sts3215": {}}
        assert statuses_of(bus) == {}, "servos of another kind have no such register"
    assert buses_of(SimpleNamespace(bus=SimpleNamespace(motors={}))) == [], "a CAN bus is not asked as a serial one"


def test_robots_that_are_not_driven_by_positions_are_refused_in_words() -> None:
    from app.devices.lerobot_arm import require_positions, robot_builder

    with pytest.raises(DeviceFault, match=r"driven by x\.vel.*joint positions only"):
        require_positions("lekiwi", {"arm_elbow.pos": float, "x.vel": float})
    with pytest.raises(DeviceFault, match="LeRobot knows no 'so1O1'"):
        robot_builder("so1O1", {})()


def test_a_leader_is_read_and_its_loss_is_told(wire: ServoBus, clock: ManualClock, tmp_path: Path) -> None:
    from app.devices.lerobot_leader import LeRobotLeader, teleoperator_builder

    fields = {"id": "arm", "port": str(wire.path), "calibration_dir": tmp_path}
    leader = LeRobotLeader("leader arm", SO101.joint_names, teleoperator_builder("so101_leader", fields), clock=clock)
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
        clock.advance_ns(NS_PER_S // 60)
        try:
            leader.read()
        except DeviceFault as fault:
            said = str(fault)
        time.sleep(0.005)
    assert "wrist_roll (servo 5) does not answer" in said
    leader.disconnect()


def test_a_leader_of_other_joints_is_refused_in_words(wire: ServoBus, clock: ManualClock, tmp_path: Path) -> None:
    from app.devices.lerobot_leader import LeRobotLeader, teleoperator_builder

    fields = {"id": "arm", "port": str(wire.path), "calibration_dir": tmp_path}
    build = teleoperator_builder("so101_leader", fields)
    leader = LeRobotLeader("leader arm", ("shoulder_pan", "lift"), build, clock=clock)
    leader.connect()
    said, deadline = "", time.monotonic() + LIMIT_S
    while "no joint lift: it cannot lead this arm" not in said and time.monotonic() < deadline:
        with pytest.raises(DeviceFault) as raised:
            leader.read()
        said = str(raised.value)
        time.sleep(0.005)
    assert "no joint lift" in said
    leader.disconnect()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (0x04, "left_gripper is too hot. Let it cool"),
        (0x01, "left_gripper has too little voltage. Check the power supply"),
        (0x20 | 0x04, "left_gripper switched itself off: overload. Free what blocks it"),
    ],
)
def test_what_a_servo_complains_of_is_said_with_its_joint(status: int, said: str) -> None:
    assert said in str(complaint("arm", "left_", {"shoulder_pan": 0, "gripper": status}))
    assert complaint("arm", "", {"shoulder_pan": 0}) is None


def test_a_leader_is_driven_gently_and_limp_when_nobody_drives_it(
    wire: ServoBus, clock: ManualClock, tmp_path: Path
) -> None:
    from app.devices.lerobot_leader import LeRobotLeader, teleoperator_builder

    fields = {"id": "arm", "port": str(wire.path), "calibration_dir": tmp_path}
    build = teleoperator_builder("so101_leader", fields)
    leader = LeRobotLeader("leader arm", SO101.joint_names, build, driven=True, clock=clock)
    leader.connect()

    def until(holds: Callable[[], bool], target: np.ndarray | None = None) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not holds():
            assert time.monotonic() < deadline
            if target is not None:
                leader.drive(target)
            wire.pass_time(0.02)
            time.sleep(0.005)

    def shown() -> bool:
        with contextlib.suppress(DeviceFault):
            return bool(np.isfinite(leader.read().position).all())
        return False

    until(shown)
    assert not wire[1].memory[TORQUE], "limp until it is driven"
    target = leader.read().position + np.array([8.0, 0, 0, 0, 0, 0])
    until(lambda: abs(leader.read().position[0] - target[0]) < 1.0, target)
    assert int.from_bytes(wire[1].memory[48:50], "little") == 300, "of a servo's 1000"
    leader.let_go()
    until(lambda: not any(servo.memory[TORQUE] for servo in wire.servos))
    until(lambda: bool(wire[1].memory[TORQUE]), target)
    clock.advance_ns(NS_PER_S)
    until(lambda: not any(servo.memory[TORQUE] for servo in wire.servos))
    leader.disconnect()
