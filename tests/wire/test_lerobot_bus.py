"""LeRobot's own bus, follower and leader, unmodified, against the emulated servos."""

from __future__ import annotations

import builtins
import contextlib
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import NS_PER_S, ManualClock
from tests.wire.bus import ServoBus
from tests.wire.servo import OVERLOAD, TORQUE
from tests.wire.so101 import JOINTS, calibrate

pytestmark = pytest.mark.lerobot


@contextlib.contextmanager
def lerobot_bus(wire: ServoBus) -> Iterator[Any]:
    from lerobot.motors import Motor, MotorNormMode
    from lerobot.motors.feetech import FeetechMotorsBus

    motors = {name: Motor(i + 1, "sts3215", MotorNormMode.DEGREES) for i, name in enumerate(JOINTS)}
    bus = FeetechMotorsBus(str(wire.path), motors)
    bus.connect()
    try:
        yield bus
    finally:
        if bus.is_connected:
            bus.disconnect(disable_torque=False)


def follower(wire: ServoBus, folder: Path) -> Any:
    from lerobot.robots.so_follower import SO101Follower, SO101FollowerConfig

    return SO101Follower(SO101FollowerConfig(port=str(wire.path), id="arm", calibration_dir=folder))


def leader(wire: ServoBus, folder: Path) -> Any:
    from lerobot.teleoperators.so_leader import SO101Leader, SO101LeaderConfig

    return SO101Leader(SO101LeaderConfig(port=str(wire.path), id="leader", calibration_dir=folder))


def test_pings_reads_and_writes(wire: ServoBus) -> None:
    with lerobot_bus(wire) as bus:
        assert bus.ping("gripper") == 777
        assert sorted(bus.broadcast_ping()) == [1, 2, 3, 4, 5, 6]
        bus.write("P_Coefficient", "elbow_flex", 16)
        assert bus.read("P_Coefficient", "elbow_flex") == 16
        assert 118 <= bus.read("Present_Voltage", "elbow_flex") <= 122
        assert bus.read("Present_Temperature", "elbow_flex") == 28


def test_sync_reads_of_six_servos_fit_far_into_a_sixtieth_of_a_second(wire: ServoBus, clock: ManualClock) -> None:
    """Time on the wire at 1 Mbit/s, before and after LeRobot has switched the factory's delay of 0.5 ms off."""
    with lerobot_bus(wire) as bus:
        factory_s = reading_s(bus, clock)
        bus.configure_motors()
        assert reading_s(bus, clock) < 1 / 60 / 10
        assert factory_s - reading_s(bus, clock) == pytest.approx(6 * 480e-6)
        assert wire.bad_packets == 0


def reading_s(bus: Any, clock: ManualClock, count: int = 60) -> float:
    """How long the wire is busy with one sync read, of a second's worth of them."""
    began_ns = clock.monotonic_ns()
    for _ in range(count):
        assert bus.sync_read("Present_Position", normalize=False)["shoulder_pan"] == 2048
    return (clock.monotonic_ns() - began_ns) / NS_PER_S / count


def test_a_locked_eeprom_forgets_what_was_written_when_the_power_fails(wire: ServoBus) -> None:
    with lerobot_bus(wire) as bus:
        bus.write("Lock", "wrist_flex", 0)
        bus.write("Homing_Offset", "wrist_flex", -300)
        bus.write("Lock", "wrist_flex", 1)
        bus.write("Homing_Offset", "elbow_flex", 77)
        assert bus.read("Homing_Offset", "elbow_flex") == 77
        wire.brown_out()
        assert bus.read("Homing_Offset", "wrist_flex") == -300
        assert bus.read("Homing_Offset", "elbow_flex") == 0


def test_a_damaged_reply_is_read_again_and_noise_is_skipped(wire: ServoBus) -> None:
    with lerobot_bus(wire) as bus:
        wire.garble = 1
        with pytest.raises(ConnectionError, match="Incorrect status packet"):
            bus.read("Present_Position", "shoulder_pan", normalize=False)
        wire.noise = b"\x00\x17\xff"
        assert bus.read("Present_Position", "shoulder_pan", normalize=False) == 2048


def test_a_silent_servo_times_out(wire: ServoBus) -> None:
    with lerobot_bus(wire) as bus:
        wire.silent = {3}
        with pytest.raises(ConnectionError, match="no status packet"):
            bus.sync_read("Present_Position", normalize=False)
        assert bus.ping("elbow_flex") is None
        assert bus.ping("wrist_flex") == 777


def test_a_jammed_motor_switches_itself_off_and_says_so(wire: ServoBus) -> None:
    with lerobot_bus(wire) as bus:
        bus.enable_torque("shoulder_pan")
        with wire.held():
            wire[1].jammed = True
            wire[1].write(42, (2600).to_bytes(2, "little"))
            wire.pass_time(3.0)
            assert wire[1].status & OVERLOAD
        with pytest.raises(RuntimeError, match="Overload"):
            bus.read("Present_Position", "shoulder_pan", normalize=False)


def test_the_follower_goes_where_it_is_sent(wire: ServoBus, tmp_path: Path) -> None:
    calibrate(wire, tmp_path / "arm.json")
    robot = follower(wire, tmp_path)
    robot.connect(calibrate=False)
    assert robot.is_calibrated
    robot.send_action({"shoulder_pan.pos": 20.0, "gripper.pos": 60.0})
    assert robot.get_observation()["shoulder_pan.pos"] == pytest.approx(0.0, abs=1.0), "it has only just been told"
    wire.pass_time(2.0)
    observed = robot.get_observation()
    assert observed["shoulder_pan.pos"] == pytest.approx(20.0, abs=1.0)
    assert observed["gripper.pos"] == pytest.approx(60.0, abs=1.5)
    robot.disconnect()
    assert not wire[1].memory[TORQUE]


def test_lerobots_own_calibration_runs_from_zero(
    wire: ServoBus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its terminal is played: ENTER in the middle pose, then the joints are turned to their stops."""
    import lerobot.motors.motors_bus as motors_bus

    for number in range(1, 7):
        wire.turn(number, 2100)
    sweeps = iter([0.0, 1.0])

    def turn_or_end() -> bool:
        share = next(sweeps, None)
        for servo in wire.servos:
            if share is not None:
                wire.turn(servo.number, servo.build.low + 5 + share * (servo.build.high - servo.build.low - 10))
        return share is None

    # Gravity is off: a limp joint would sink between the turn and the reading.
    for servo in wire.servos:
        servo.build = type(servo.build)(servo.build.low, servo.build.high)
    monkeypatch.setattr(builtins, "input", lambda prompt="": "")
    monkeypatch.setattr(motors_bus, "enter_pressed", turn_or_end)
    for made in (follower(wire, tmp_path / "f"), leader(wire, tmp_path / "l")):
        sweeps = iter([0.0, 1.0])
        for number in range(1, 7):
            wire.turn(number, 2100)
        made.connect(calibrate=True)
        assert made.is_calibrated
        assert made.calibration["shoulder_pan"].homing_offset == 2100 - 2047
        made.disconnect()


def test_the_leader_reports_degrees(wire: ServoBus, tmp_path: Path) -> None:
    calibrate(wire, tmp_path / "leader.json")
    made = leader(wire, tmp_path)
    made.connect(calibrate=False)
    wire.turn(1, 2048 + 512)
    assert made.get_action()["shoulder_pan.pos"] == pytest.approx(45.0, abs=0.2)
    made.disconnect()


def test_an_unplugged_adapter_is_an_error_and_comes_back_at_the_same_path(wire: ServoBus) -> None:
    with lerobot_bus(wire) as bus:
        wire.unplug()
        with pytest.raises((OSError, termios.error)):
            bus.sync_read("Present_Position", normalize=False)
        wire.plug()
        bus.port_handler.closePort()
    with lerobot_bus(wire) as bus:
        assert bus.ping("gripper") == 777
