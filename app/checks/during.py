"""What goes wrong while a take is recorded, counted row by row and said at any time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.checks.episode import JointRange
from app.checks.models import Check, Finding, Level
from app.checks.thresholds import Thresholds


@dataclass(frozen=True)
class RowFacts:
    """One recorded row as the checks need it.

    `position` and `action` are in joint units in the arm's order; `clamped` names
    joints whose command was cut; `missed` counts skipped control deadlines.
    `age_ms` and `repeated` by camera.
    """

    monotonic_s: float
    position: Sequence[float]
    action: Sequence[float]
    clamped: Sequence[str] = ()
    missed: int = 0
    age_ms: Mapping[str, float] = field(default_factory=dict)
    repeated: Mapping[str, bool] = field(default_factory=dict)


class TakeWatch:
    """Keeps counts of one take; `findings` may be asked at any time and costs nothing to speak of."""

    def __init__(self, joints: Sequence[JointRange], limits: Thresholds, *, ticks_per_row: int = 2) -> None:
        self._joints = tuple(joints)
        self._limits = limits
        self._ticks_per_row = ticks_per_row
        self._rows = 0
        self._missed = 0
        self._late: Counter[str] = Counter()
        self._repeated: Counter[str] = Counter()
        self._clamped: Counter[str] = Counter()
        self._skewed = 0
        self._worst_skew_ms = 0.0
        self._behind_since: dict[str, float] = {}
        self._behind_s: dict[str, float] = {}
        self._light: dict[str, float] = {}
        self._light_jump: dict[str, float] = {}
        self._moved: dict[str, Finding] = {}

    def row(self, facts: RowFacts) -> None:
        """Count one row."""
        self._rows += 1
        self._missed += facts.missed
        self._clamped.update(set(facts.clamped))
        self._late.update(camera for camera, age in facts.age_ms.items() if age > self._limits.late_ms)
        self._repeated.update(camera for camera, again in facts.repeated.items() if again)
        self._skew(facts)
        self._follow(facts)

    def light(self, camera: str, level: float) -> None:
        """The brightness ratio to the reference, a few times a second; a change within the take is a jump."""
        first = self._light.setdefault(camera, level)
        jump = abs(level / max(1e-6, first) - 1)
        self._light_jump[camera] = max(self._light_jump.get(camera, 0.0), jump)

    def mount(self, finding: Finding) -> None:
        """A `moved_in_take` finding; the worst of each camera is kept."""
        before = self._moved.get(finding.subject)
        if before is None or finding.numbers.get("shift_px", 0) > before.numbers.get("shift_px", 0):
            self._moved[finding.subject] = finding

    def findings(self) -> list[Finding]:
        if self._rows == 0:
            return []
        return [
            self._missed_finding(),
            *(self._late_finding(camera) for camera in sorted(self._light | self._late | self._repeated)),
            self._skew_finding(),
            *(self._jump_finding(camera) for camera in sorted(self._light_jump)),
            *self._moved.values(),
            self._following_finding(),
            self._clamped_finding(),
        ]

    def _skew(self, facts: RowFacts) -> None:
        fresh = [age for camera, age in facts.age_ms.items() if not facts.repeated.get(camera)]
        if len(fresh) < 2:
            return
        skew_ms = max(fresh) - min(fresh)
        self._worst_skew_ms = max(self._worst_skew_ms, skew_ms)
        self._skewed += skew_ms > self._limits.skew_ms

    def _follow(self, facts: RowFacts) -> None:
        """Body joints only: a gripper that holds something stays behind its command by right."""
        for joint, position, action in zip(self._joints, facts.position, facts.action, strict=True):
            if joint.unit == "percent" or abs(action - position) <= self._limits.following_deg:
                self._behind_since.pop(joint.name, None)
                continue
            since = self._behind_since.setdefault(joint.name, facts.monotonic_s)
            self._behind_s[joint.name] = max(self._behind_s.get(joint.name, 0.0), facts.monotonic_s - since)

    def _missed_finding(self) -> Finding:
        share = self._missed / (self._rows * self._ticks_per_row)
        numbers = {"missed": self._missed, "share": round(share, 4)}
        if share <= self._limits.missed_share:
            return Finding(Check.missed_ticks, Level.ok, "The control loop kept its time.", "", numbers)
        text = f"The control loop missed {self._missed} deadlines ({share:.1%})."
        return Finding(Check.missed_ticks, Level.warn, text, "Close what else uses this computer.", numbers)

    def _late_finding(self, camera: str) -> Finding:
        late, repeated = self._late[camera], self._repeated[camera]
        share = max(late, repeated) / self._rows
        numbers = {"late": late, "repeated": repeated, "share": round(share, 4)}
        if share <= self._limits.repeated_share:
            text = f"The {camera} camera's pictures came in time."
            return Finding(Check.late_frames, Level.ok, text, "", numbers, camera)
        text = f"The {camera} camera was late: {late} late and {repeated} repeated pictures in {self._rows} rows."
        todo = "Give the camera a USB port of its own, or lower the load."
        return Finding(Check.late_frames, Level.warn, text, todo, numbers, camera)

    def _skew_finding(self) -> Finding:
        share = self._skewed / self._rows
        numbers = {"worst_ms": round(self._worst_skew_ms, 1), "share": round(share, 4)}
        if share <= self._limits.repeated_share:
            return Finding(Check.skew, Level.ok, "The cameras agree in time.", "", numbers)
        text = f"The cameras disagree in time by up to {self._worst_skew_ms:.0f} ms."
        return Finding(Check.skew, Level.warn, text, "Set all cameras to the same rate.", numbers)

    def _jump_finding(self, camera: str) -> Finding:
        jump = self._light_jump[camera]
        numbers = {"jump": round(jump, 4)}
        if jump < self._limits.light_jump:
            text = f"The light at the {camera} camera stayed as it was."
            return Finding(Check.light_jump, Level.ok, text, "", numbers, camera)
        text = f"The light changed by {jump:.0%} during the take, seen by the {camera} camera."
        todo = "Discard it if a lamp or a cloud did this; close the blinds."
        return Finding(Check.light_jump, Level.warn, text, todo, numbers, camera)

    def _following_finding(self) -> Finding:
        joint, seconds = max(self._behind_s.items(), key=lambda item: item[1], default=("", 0.0))
        numbers = {"behind_s": round(seconds, 2)}
        if seconds < self._limits.following_s:
            return Finding(Check.not_following, Level.ok, "The arm followed its commands.", "", numbers)
        text = f"The arm did not follow: {joint} was behind its command for {seconds:.1f} s."
        todo = "Look for something in its way, a hot servo, or a load too heavy."
        return Finding(Check.not_following, Level.warn, text, todo, numbers, joint)

    def _clamped_finding(self) -> Finding:
        joint, count = max(self._clamped.items(), key=lambda item: item[1], default=("", 0))
        share = count / self._rows
        numbers = {"share": round(share, 4)}
        if share < self._limits.clamped_share:
            return Finding(Check.clamped, Level.ok, "Commands stayed within the limits.", "", numbers)
        text = f"Commands to {joint} were cut at a limit in {share:.0%} of the take."
        return Finding(Check.clamped, Level.warn, text, "Move slower, or away from the joint's end.", numbers, joint)
