"""Findings gathered into a row of lights that one glance takes in, and the words for their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from app.checks.models import Check, Finding, Level, by_badness

_OF_A_CAMERA = frozenset(
    {
        Check.camera_alive,
        Check.camera_rate,
        Check.camera_fresh,
        Check.camera_frozen,
        Check.camera_moved,
        Check.flicker,
        Check.exposure_locked,
        Check.white_balance_locked,
        Check.focus,
        Check.dirty_lens,
    }
)
_SHARED = {
    Check.light_level: ("light", "Light"),
    Check.light_colour: ("light", "Light"),
    Check.light_uneven: ("light", "Light"),
    Check.intruder: ("table", "Table"),
    Check.contrast: ("table", "Table"),
    Check.object_present: ("object", "Object"),
    Check.object_in_place: ("object", "Object"),
    Check.start_pose: ("start_pose", "Start pose"),
    Check.calibration: ("calibration", "Calibration"),
    Check.disk: ("disk", "Disk"),
}
_ORDER = ("light", "table", "object", "start_pose", "calibration", "disk", "take")
_LABELS = {
    Check.camera_alive: "Delivers",
    Check.camera_rate: "Rate",
    Check.camera_fresh: "Fresh",
    Check.camera_frozen: "Live picture",
    Check.camera_moved: "Mount",
    Check.flicker: "Flicker",
    Check.exposure_locked: "Exposure locked",
    Check.white_balance_locked: "White balance locked",
    Check.focus: "Focus",
    Check.dirty_lens: "Clean lens",
    Check.light_level: "Brightness",
    Check.light_colour: "Colour of the light",
    Check.light_uneven: "Even light",
    Check.intruder: "Strangers",
    Check.contrast: "Contrast",
    Check.object_present: "On the table",
    Check.object_in_place: "At the mark",
    Check.rows_and_frames: "Rows and pictures",
    Check.missed_ticks: "Control on time",
    Check.late_frames: "Pictures on time",
    Check.moved_in_take: "Mount during the take",
    Check.not_following: "Arm follows",
    Check.gripper_use: "Gripper used",
    Check.saturated: "Joint limits",
}
_NEVER_FAIL = frozenset(
    {
        Check.camera_fresh,
        Check.light_uneven,
        Check.flicker,
        Check.exposure_locked,
        Check.white_balance_locked,
        Check.dirty_lens,
        Check.contrast,
        Check.object_in_place,
    }
)
_UNITS = {
    "px": "px",
    "deg": "°",
    "hz": "Hz",
    "ms": "ms",
    "s": "s",
    "cm": "cm",
    "cm2": "cm²",
    "mm": "mm",
    "days": "days",
    "share": "%",
}
_WHOLE_NAMES = {
    "kelvin": "K",
    "minutes": "min",
    "share": "%",
    "jump": "%",
    "change": "%",
    "ripple": "%",
    "spread": "%",
    "sharpness": "%",
    "static": "%",
    "efficiency": "%",
    "lowest": "%",
    "highest": "%",
    "jerk": "°/s³",
    "usual": "°/s³",
}
_IN_PERCENT_ALREADY = ("lowest", "highest")


@dataclass(frozen=True)
class Light:
    """One light: `worst` is the finding it speaks with, snoozed ones left aside; `findings` worst first."""

    key: str
    label: str
    subject: str
    level: Level
    worst: Finding
    findings: tuple[Finding, ...]


def lights(findings: Iterable[Finding], *, snoozed: Collection[str] = ()) -> list[Light]:
    """The row: cameras first, in the order in which they come, then what they see."""
    rows: dict[str, tuple[str, str, list[Finding]]] = {}
    for finding in findings:
        key, label, subject = _light_of(finding)
        rows.setdefault(key, (label, subject, []))[2].append(finding)
    row = [_light(key, label, subject, found, snoozed) for key, (label, subject, found) in rows.items()]
    return sorted(row, key=lambda light: _ORDER.index(light.key) if light.key in _ORDER else -1)


def label_of(finding: Finding) -> str:
    """What the check is called on a page."""
    return _LABELS.get(finding.check, str(finding.check).replace("_", " ").capitalize())


def is_hard(finding: Finding) -> bool:
    """Whether the check can disable Start; the others only warn."""
    return finding.check not in _NEVER_FAIL


def numbers_of(finding: Finding) -> Iterator[tuple[str, str, float, str]]:
    """Name, label, value and unit of each number; shares in percent."""
    for name, value in finding.numbers.items():
        unit = _WHOLE_NAMES.get(name) or _UNITS.get(name.rpartition("_")[2], "")
        shown = value * 100 if unit == "%" and name not in _IN_PERCENT_ALREADY else value
        words = name.removesuffix(f"_{name.rpartition('_')[2]}") if name not in _WHOLE_NAMES and unit else name
        yield name, words.replace("_", " "), round(float(shown), 3), unit


def _light_of(finding: Finding) -> tuple[str, str, str]:
    if finding.check in _OF_A_CAMERA:
        return f"camera.{finding.subject}", f"Camera {finding.subject}", finding.subject
    key, label = _SHARED.get(finding.check, ("take", "Take"))
    return key, label, ""


def _light(key: str, label: str, subject: str, found: list[Finding], snoozed: Collection[str]) -> Light:
    ordered = by_badness(found)
    awake = [finding for finding in ordered if finding.level is not Level.warn or finding.key not in snoozed]
    worst = awake[0] if awake else ordered[0]
    level = worst.level if awake else Level.ok
    return Light(key, label, subject, level, worst, tuple(ordered))
