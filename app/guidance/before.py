"""Everything the checks say before a take, gathered: cameras, table, object, start pose, calibration, disk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.checks.models import Check, Finding, Level
from app.checks.readiness import CameraControls, calibration_finding, disk_finding, lock_findings
from app.checks.reference import Reference
from app.checks.scene import ObjectSeen, object_findings, start_pose_finding
from app.checks.thresholds import Thresholds
from app.datasets.models import EpisodeKind
from app.guidance.detector import Seen
from app.guidance.guide import Guide
from app.guidance.next_target import yaw_difference
from app.guidance.plan import Plan
from app.guidance.targets import Target


@dataclass(frozen=True)
class Calibrated:
    """The table's calibration: there or not, its age; `known` where the rig itself knows (the simulator)."""

    present: bool = False
    age_days: float | None = None
    known: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known now. `cameras` and `scene` are the watcher's findings; positions by joint, in joint units."""

    cameras: Sequence[Finding] = ()
    scene: Sequence[Finding] = ()
    controls: Mapping[str, CameraControls] = field(default_factory=dict)
    position: Mapping[str, float] = field(default_factory=dict)
    start: Mapping[str, float] = field(default_factory=dict)
    reference: Reference | None = None
    calibrated: Calibrated = Calibrated()
    disk_minutes: float | None = None


def before_findings(facts: Facts, guide: Guide | None, limits: Thresholds) -> list[Finding]:
    """In the order of the lights. Without a plan only what needs none: cameras and disk."""
    findings = [*facts.cameras, *(f for name, told in facts.controls.items() for f in lock_findings(name, told))]
    if guide is not None:
        findings += facts.scene
        findings += _object(guide)
        findings.append(_start_pose(facts, guide, limits))
        findings.append(_calibration(facts.calibrated, limits))
    return [*findings, disk_finding(facts.disk_minutes, limits)]


def _object(guide: Guide) -> list[Finding]:
    """A recovery begins with the object hidden or held by right; a word or the simulator's truth is said as such."""
    plan, target, found = guide.plan, guide.target, guide.found
    if target is None:
        return []
    if target.kind == EpisodeKind.recovery:
        return [_arranged(guide, target)]
    if isinstance(found, Seen):
        offset_cm, turn_deg = off_mark(plan, target, found)
        return _from_mark(plan, ObjectSeen(True, offset_cm=offset_cm, turn_deg=turn_deg))
    placed = guide.placed
    if placed.placement is not None and guide.ready:
        text = f"Vision does not see the {plan.object.name}; the {placed.source} says it is at the mark."
        return [Finding(Check.object_present, Level.unsure, text)]
    reason = found.reason if found is not None else "There is no reference picture to find the object by yet."
    return _from_mark(plan, ObjectSeen(False, reason, missing=found is not None and found.missing))


def _from_mark(plan: Plan, seen: ObjectSeen) -> list[Finding]:
    tolerance = plan.tolerance
    return object_findings(
        seen, name=plan.object.name, tolerance_cm=tolerance.position_cm, tolerance_deg=tolerance.yaw_deg
    )


def off_mark(plan: Plan, target: Target, found: Seen) -> tuple[float, float]:
    """How far from its mark the object was seen: cm, and the turn that is missing in degrees."""
    at, mark = found.placement, target.placement
    offset_cm = math.hypot(at.x_cm - mark.x_cm, at.y_cm - mark.y_cm)
    return offset_cm, yaw_difference(mark.yaw_deg, at.yaw_deg, plan.object.symmetry_deg)


def _arranged(guide: Guide, target: Target) -> Finding:
    if guide.ready:
        return Finding(Check.object_present, Level.ok, f"The recovery's start ({target.cause}) is arranged.")
    text = f"This take begins as a recovery ({target.cause}); nobody has said that it is arranged."
    return Finding(Check.object_present, Level.unsure, text, "Arrange it, then say so.")


def _start_pose(facts: Facts, guide: Guide, limits: Thresholds) -> Finding:
    target = guide.target
    expected = target is None or target.kind == EpisodeKind.nominal
    return start_pose_finding(facts.position, facts.start, limits, expected=expected)


def _calibration(calibrated: Calibrated, limits: Thresholds) -> Finding:
    if calibrated.known:
        return Finding(Check.calibration, Level.ok, "The simulator knows where its camera stands.")
    return calibration_finding(calibrated.age_days, limits, present=calibrated.present)
