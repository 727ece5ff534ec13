"""What must be there before a take: locked cameras, a calibration, room on the disk."""

from __future__ import annotations

from dataclasses import dataclass

from app.checks.models import Check, Finding, Level
from app.checks.thresholds import Thresholds


@dataclass(frozen=True)
class CameraControls:
    """What the driver tells: whether exposure and white balance adjust themselves; None where it does not say."""

    auto_exposure: bool | None = None
    auto_white_balance: bool | None = None


def lock_findings(camera: str, controls: CameraControls) -> list[Finding]:
    return [
        _lock(Check.exposure_locked, camera, "exposure", controls.auto_exposure),
        _lock(Check.white_balance_locked, camera, "white balance", controls.auto_white_balance),
    ]


def calibration_finding(age_days: float | None, limits: Thresholds, *, present: bool) -> Finding:
    """The table calibration: there, and not older than the plan allows."""
    if not present:
        text = "The table is not calibrated: targets cannot be drawn and the object cannot be measured."
        return Finding(Check.calibration, Level.fail, text, "Calibrate the table on the Setup page.")
    if age_days is None:
        return Finding(Check.calibration, Level.unsure, "The table calibration's age is not known.")
    numbers = {"age_days": round(age_days, 1)}
    if age_days <= limits.calibration_age_days:
        return Finding(Check.calibration, Level.ok, f"The table was calibrated {_ago(age_days)}.", "", numbers)
    text = f"The table was calibrated {_ago(age_days)}."
    return Finding(Check.calibration, Level.warn, text, "Check it against the table, or calibrate again.", numbers)


def disk_finding(minutes: float | None, limits: Thresholds) -> Finding:
    """`minutes` of recording that still fit on the disk."""
    if minutes is None:
        return Finding(Check.disk, Level.unsure, "It is not known how much room the disk has.")
    numbers = {"minutes": round(minutes, 1)}
    text = f"The disk has room for {minutes:.0f} minutes of recording."
    if minutes >= limits.warn_disk_minutes:
        return Finding(Check.disk, Level.ok, text, "", numbers)
    level = Level.warn if minutes >= limits.fail_disk_minutes else Level.fail
    return Finding(Check.disk, level, text, "Move old datasets to another disk.", numbers)


def _lock(check: Check, camera: str, what: str, automatic: bool | None) -> Finding:
    if automatic is None:
        text = f"The {camera} camera's driver does not say whether its {what} is locked."
        return Finding(check, Level.unsure, text, subject=camera)
    if not automatic:
        return Finding(check, Level.ok, f"The {camera} camera's {what} is locked.", subject=camera)
    text = f"The {camera} camera adjusts its {what} by itself."
    return Finding(check, Level.warn, text, f"Switch automatic {what} off in the camera's settings.", subject=camera)


def _ago(days: float) -> str:
    if days < 1:
        return "today"
    return "yesterday" if days < 2 else f"{days:.0f} days ago"
