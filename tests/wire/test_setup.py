"""What the set-up does with servos: ids, a calibration from zero, the right arm, a small motion."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue

import pytest

from app.core.clock import ManualClock
from app.core.errors import StudioError
from app.devices.fingerprint import fingerprint
from app.setup.calibrations import CalibrationStore, read_calibration
from app.setup.errors import Halted, SetupFault
from app.setup.models import Role
from app.setup.process import hear
from app.setup.servos import Servos
from tests.wire.bus import ServoBus
from tests.wire.servo import Servo

pytestmark = pytest.mark.lerobot
LIMIT_S = 60.0
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def servos(wire: ServoBus, clock: ManualClock) -> Iterator[Servos]:
    for servo in wire.servos:  # in somebody's hand: gravity is carried
        servo.build = type(servo.build)(servo.build.low, servo.build.high)
    made = Servos(0.05, clock)
    yield made
    made.cancel()


def seen(servos: Servos, until: Callable[[dict], bool]) -> dict:
    deadline = time.monotonic() + LIMIT_S
    while not until(told := servos.ranges()):
        assert time.monotonic() < deadline, told
        time.sleep(0.005)
    return told


def arm(wire: ServoBus, folder: Path) -> dict[str, str]:
    return {"port": str(wire.path), "role": "follower", "id": "a", "folder": str(folder)}


def middle(servo: Servo) -> float:
    return (servo.build.low + servo.build.high) / 2


def calibrated(servos: Servos, wire: ServoBus, folder: Path) -> dict:
    servos.begin(**arm(wire, folder))
    for servo in wire.servos:
        wire.turn(servo.number, middle(servo))
    servos.centre()
    for share in (0.0, 0.5, 1.0):
        for servo in wire.servos:
            low, high = servo.build.low + 5, servo.build.high - 5
            wire.turn(servo.number, low + share * (high - low))
        at = wire[6].position
        seen(servos, lambda told, at=at: told["joints"].get("gripper", {}).get("now") == at)
    return servos.finish()


def test_a_servo_gets_its_id_alone_and_only_alone(servos: Servos, wire: ServoBus) -> None:
    port = str(wire.path)
    assert servos.scan(port)["ids"] == [1, 2, 3, 4, 5, 6]
    with pytest.raises(SetupFault, match="6 servos answer: their ids would become equal"):
        servos.assign(port, "follower", "gripper")
    wire.silent = {1, 2, 3, 4, 5}
    with wire.held():
        wire[6].write(55, b"\0")
        wire[6].write(5, b"\1")
    wire.silent = set()
    del wire.servos[:5]
    assert servos.assign(port, "follower", "elbow_flex") == {"id": 3}
    assert wire.servos[0].number == 3
    wire.brown_out()
    assert wire.servos[0].number == 3, "it is in the EEPROM"


def test_a_calibration_from_zero_is_lerobots_own(servos: Servos, wire: ServoBus, tmp_path: Path) -> None:
    from app.devices.lerobot_arm import robot_builder

    done = calibrated(servos, wire, tmp_path)
    told = read_calibration(Path(done["path"]))
    assert told["shoulder_pan"]["range_max"] - told["shoulder_pan"]["range_min"] == 2 * 1260 - 10
    assert (told["wrist_roll"]["range_min"], told["wrist_roll"]["range_max"]) == (0, 4095)
    assert done["fingerprint"] == fingerprint(told)
    device = robot_builder("so101_follower", {"id": "a", "port": str(wire.path), "calibration_dir": tmp_path})()
    device.connect(calibrate=False)
    assert device.is_calibrated
    device.disconnect()


def test_a_joint_that_was_not_swept_is_named(servos: Servos, wire: ServoBus, tmp_path: Path) -> None:
    servos.begin(**arm(wire, tmp_path))
    with pytest.raises(StudioError, match="middle is not taken yet"):
        servos.finish()
    servos.centre()
    seen(servos, lambda told: bool(told["joints"]))
    with pytest.raises(SetupFault, match=r"shoulder pan was turned by 0 degrees of at least 180"):
        servos.finish()


def test_a_middle_that_was_not_the_middle_is_told(servos: Servos, wire: ServoBus, tmp_path: Path) -> None:
    servos.begin(**arm(wire, tmp_path))
    wire.turn(1, wire[1].build.low)
    servos.centre()
    seen(servos, lambda told: told["joints"].get("shoulder_pan", {}).get("now") == 2047)
    wire.turn(1, 2048)
    seen(servos, lambda told: told["joints"]["shoulder_pan"]["now"] > 3000)
    wire.turn(1, wire[1].build.high)
    seen(servos, lambda told: told["joints"]["shoulder_pan"]["now"] < 2047)
    with pytest.raises(SetupFault, match="its middle was not the middle"):
        servos.finish()


def test_each_joint_is_moved_a_little_and_a_blocked_one_is_told(servos: Servos, wire: ServoBus, tmp_path: Path) -> None:
    calibrated(servos, wire, tmp_path)
    for servo in wire.servos:
        wire.turn(servo.number, middle(servo))
    moved = servos.nudge(**arm(wire, tmp_path), joint="shoulder_pan")
    assert moved["moved"] == pytest.approx(4.0, abs=0.7)
    assert not wire[1].memory[40], "limp afterwards"
    wire[2].jammed = True
    with pytest.raises(SetupFault, match=r"shoulder lift went 0\.0 of 4 degrees"):
        servos.nudge(**arm(wire, tmp_path), joint="shoulder_lift")


def test_the_emergency_stop_ends_a_motion_at_its_next_tick_and_the_arm_holds(
    servos: Servos, wire: ServoBus, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calibrated(servos, wire, tmp_path)
    for servo in wire.servos:
        wire.turn(servo.number, middle(servo))
    stopped_at: list[float] = []
    sleep = clock.sleep_until_ns

    def tick(deadline_ns: int) -> None:
        sleep(deadline_ns)
        if not stopped_at and abs(wire[1].actual - middle(wire[1])) > 15:
            stopped_at.append(wire[1].actual)
            servos.halt()

    monkeypatch.setattr(clock, "sleep_until_ns", tick)
    with pytest.raises(Halted, match="holds where it is"):
        servos.nudge(**arm(wire, tmp_path), joint="shoulder_pan")
    wire.pass_time(1.0)
    assert wire[1].memory[40], "it does not fall"
    assert wire[1].actual == pytest.approx(stopped_at[0], abs=6), "half a degree: it did not go there and back"
    servos.go_on()
    assert servos.nudge(**arm(wire, tmp_path), joint="shoulder_pan")["moved"] == pytest.approx(4.0, abs=0.7)


def test_a_stop_counts_for_what_was_asked_before_it_and_not_for_what_came_after() -> None:
    servos, asked = Servos(0.05), SimpleQueue()
    nudge, halt = '{"operation": "nudge", "given": {}}', '{"operation": "halt"}'
    hear(servos, io.StringIO(f"{nudge}\n{halt}\n"), asked)
    assert (asked.qsize(), servos._halt.is_set()) == (1, True), "a motion that waits does not begin to move"
    hear(servos, io.StringIO(f"{nudge}\n"), asked)
    assert (asked.qsize(), servos._halt.is_set()) == (2, False)


def test_another_arm_is_told_from_the_right_one_and_a_copy_is_restored(
    servos: Servos, wire: ServoBus, tmp_path: Path
) -> None:
    store = CalibrationStore(tmp_path / "lerobot", tmp_path / "copies")
    folder = store.home(Role.follower)
    first = calibrated(servos, wire, folder)["fingerprint"]
    told = servos.compare(**arm(wire, folder))
    assert told["servos"] == told["file"] == first
    name = store.back_up(Role.follower, "a", NOW)
    file = store.path(Role.follower, "a")
    other = json.loads(file.read_text())
    other["elbow_flex"]["homing_offset"] += 9
    file.write_text(json.dumps(other))
    told = servos.compare(**arm(wire, folder))
    assert told["servos"] != told["file"], "the guard"
    servos.restore(**arm(wire, folder))
    assert servos.compare(**arm(wire, folder))["servos"] == told["file"]
    store.restore(Role.follower, "a", name, NOW)
    servos.restore(**arm(wire, folder))
    assert servos.compare(**arm(wire, folder)) == {"servos": first, "file": first}
    assert len(store.all()[0].backups) == 2, "what was there before the restore is a copy too"


def test_a_rig_file_that_names_another_fingerprint_refuses_the_arm(
    servos: Servos, wire: ServoBus, tmp_path: Path
) -> None:
    from app.devices import DeviceFault
    from app.devices.lerobot_arm import robot_builder
    from app.devices.lerobot_bus import require_fingerprint

    held = calibrated(servos, wire, tmp_path)["fingerprint"]
    device = robot_builder("so101_follower", {"id": "a", "port": str(wire.path), "calibration_dir": tmp_path})()
    device.connect(calibrate=False)
    require_fingerprint("SO-101", device, held)
    with pytest.raises(DeviceFault, match="Another arm is plugged in as the SO-101"):
        require_fingerprint("SO-101", device, "0badcafe")
    device.disconnect()
