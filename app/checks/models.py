"""What a check says: one finding, its level, its sentence and the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How bad. `unsure`: it could not be judged (no reference, no picture), which is not the same as well."""

    ok = "ok"
    unsure = "unsure"
    warn = "warn"
    fail = "fail"


class Check(StrEnum):
    """Every check there is; the names go into the dataset's `studio/checks` column."""

    # before, continuously
    camera_alive = "camera_alive"
    camera_rate = "camera_rate"
    camera_fresh = "camera_fresh"
    camera_frozen = "camera_frozen"
    camera_moved = "camera_moved"
    light_level = "light_level"
    light_colour = "light_colour"
    light_uneven = "light_uneven"
    flicker = "flicker"
    exposure_locked = "exposure_locked"
    white_balance_locked = "white_balance_locked"
    focus = "focus"
    dirty_lens = "dirty_lens"
    contrast = "contrast"
    start_pose = "start_pose"
    object_present = "object_present"
    object_in_place = "object_in_place"
    intruder = "intruder"
    calibration = "calibration"
    disk = "disk"
    # during
    missed_ticks = "missed_ticks"
    late_frames = "late_frames"
    skew = "skew"
    light_jump = "light_jump"
    moved_in_take = "moved_in_take"
    not_following = "not_following"
    clamped = "clamped"
    # after
    rows_and_frames = "rows_and_frames"
    length = "length"
    idle = "idle"
    jerk = "jerk"
    gripper_use = "gripper_use"
    path = "path"
    saturated = "saturated"
    object_in_view = "object_in_view"


@dataclass(frozen=True)
class Finding:
    """What one check found. `subject` names the camera or joint ("" for the whole), `todo` what mends it."""

    check: Check
    level: Level
    text: str
    todo: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    subject: str = ""

    @property
    def key(self) -> str:
        """What a snooze names: the check and what it is about."""
        return f"{self.check}:{self.subject}" if self.subject else str(self.check)


_BADNESS = {Level.ok: 0, Level.unsure: 1, Level.warn: 2, Level.fail: 3}


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level of some findings; ok when there are none."""
    return max((finding.level for finding in findings), key=_BADNESS.__getitem__, default=Level.ok)


def by_badness(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, otherwise in their order."""
    return sorted(findings, key=lambda finding: -_BADNESS[finding.level])
