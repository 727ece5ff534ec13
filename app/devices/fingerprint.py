"""What tells one arm from another: servos have no serial number, but no two calibrations are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

FIELDS = ("id", "drive_mode", "homing_offset", "range_min", "range_max")


def fingerprint(joints: Mapping[str, Mapping[str, int]]) -> str:
    """Eight characters of the offsets and ranges that servos hold after a calibration."""
    told = "\n".join(
        f"{name} {joint['id']} {joint['homing_offset']} {joint['range_min']} {joint['range_max']}"
        for name, joint in sorted(joints.items())
    )
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def joints_of(calibration: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """LeRobot's MotorCalibration objects as plain numbers."""
    return {name: {field: int(getattr(joint, field)) for field in FIELDS} for name, joint in calibration.items()}
