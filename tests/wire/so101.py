"""An emulated SO-101: six servos with their stops and weights, and calibrations that fit them."""

from __future__ import annotations

import json
from pathlib import Path

from app.core.clock import Clock
from tests.wire.bus import ServoBus
from tests.wire.servo import Build, Servo

JOINTS = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")
_BUILDS = (
    Build(2048 - 1260, 2048 + 1260),
    Build(2048 - 1150, 2048 + 1150, pull=-6),
    Build(2048 - 1110, 2048 + 1110, pull=5),
    Build(2048 - 1200, 2048 + 1200, pull=2),
    Build(),
    Build(2000, 3500),
)
_START = (2048, 1000, 3050, 2300, 2048, 2200)


def so101_bus(path: Path, clock: Clock | None = None, *, start: tuple[int, ...] = _START) -> ServoBus:
    """Six servos in a pose of rest, fresh from the factory but for their ids."""
    return ServoBus(path, [Servo(i + 1, build, actual=start[i]) for i, build in enumerate(_BUILDS)], clock)


def calibrate(bus: ServoBus, file: Path) -> None:
    """What a calibration leaves behind: ranges in the servos' EEPROM, and LeRobot's file."""
    entries = {}
    for name, servo, build in zip(JOINTS, bus.servos, _BUILDS, strict=True):
        low, high = (0, 4095) if name == "wrist_roll" else (build.low, build.high)
        servo.write(55, b"\0")
        servo.write(9, low.to_bytes(2, "little") + high.to_bytes(2, "little"))
        servo.write(55, b"\1")
        entries[name] = {"id": servo.number, "drive_mode": 0, "homing_offset": 0, "range_min": low, "range_max": high}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(entries, indent=4))
