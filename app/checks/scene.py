"""What is on the table: the object in its place, the arm at its start, and nothing that does not belong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from app.checks.difference import new_things
from app.checks.illumination import Illumination
from app.checks.models import Check, Finding, Level
from app.checks.thresholds import Thresholds
from app.checks.view import View

_LAB_PER_STEP = 100 / 255
_OPEN = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class ObjectSeen:
    """What vision says of the object: found or the `reason` why not; how far from its target (None: no target).

    `missing`: not found because it is not there, which is not the same as hidden.
    """

    found: bool
    reason: str = ""
    missing: bool = False
    offset_cm: float | None = None
    turn_deg: float | None = None


def object_findings(seen: ObjectSeen, *, name: str, tolerance_cm: float, tolerance_deg: float) -> list[Finding]:
    """Present, and where the plan wants it. Hidden is not missing: the operator may answer for it."""
    if not seen.found:
        level = Level.fail if seen.missing else Level.unsure
        todo = f"Put the {name} on the table." if seen.missing else "Say yourself where it lies, or clear the view."
        return [Finding(Check.object_present, level, seen.reason, todo)]
    present = Finding(Check.object_present, Level.ok, f"The {name} is on the table.")
    if seen.offset_cm is None or seen.turn_deg is None:
        return [present]
    numbers = {"offset_cm": round(seen.offset_cm, 2), "turn_deg": round(seen.turn_deg, 1)}
    if seen.offset_cm <= tolerance_cm and abs(seen.turn_deg) <= tolerance_deg:
        return [present, Finding(Check.object_in_place, Level.ok, f"The {name} is in place.", "", numbers)]
    text = f"The {name} lies {seen.offset_cm:.1f} cm and {abs(seen.turn_deg):.0f} degrees from its mark."
    return [present, Finding(Check.object_in_place, Level.warn, text, "Move it onto the mark.", numbers)]


def intruder_finding(
    now: View,
    reference: View,
    light: Illumination | None,
    limits: Thresholds,
    *,
    px_per_cm: float,
    object_px: np.ndarray | None = None,
    in_start_pose: bool = True,
) -> Finding:
    """Anything in the top picture that is not arm, object, mug or empty table.

    The arm counts as itself only in its start pose, as in the reference; away
    from it this cannot be judged. `object_px` (N, 2) is the object's outline as
    vision found it; `px_per_cm` the picture's scale on the table.
    """
    if not in_start_pose or light is None:
        return Finding(Check.intruder, Level.unsure, "Strangers are looked for once the arm is in its start pose.")
    mask = cv2.morphologyEx(new_things(now.half, reference.half, light.gain), cv2.MORPH_OPEN, _OPEN)
    if object_px is not None:
        hull = cv2.convexHull((object_px / 2).astype(np.int32))
        known = cv2.dilate(cv2.fillConvexPoly(np.zeros_like(mask), hull, 255), np.ones((9, 9), np.uint8))
        mask = cv2.bitwise_and(mask, cv2.bitwise_not(known))
    areas = cv2.connectedComponentsWithStats(np.asarray(mask, np.uint8))[2][1:, cv2.CC_STAT_AREA]
    largest_cm2 = float(areas.max()) * 4 / px_per_cm**2 if len(areas) else 0.0
    numbers = {"largest_cm2": round(largest_cm2, 1)}
    if largest_cm2 < limits.intruder_cm2:
        return Finding(Check.intruder, Level.ok, "Nothing lies about that does not belong.", "", numbers)
    text = f"Something of {largest_cm2:.0f} cm2 is in the top picture that does not belong there."
    return Finding(Check.intruder, Level.fail, text, "Take it away: hands, cups, cables.", numbers)


def contrast_finding(now: View, object_px: np.ndarray | None, limits: Thresholds) -> Finding:
    """How far the object's colour is from the table around it (CIE Lab distance)."""
    if object_px is None:
        return Finding(Check.contrast, Level.unsure, "The contrast is judged once the object is seen.")
    left, top = np.maximum(object_px.min(axis=0) - 14, 0).astype(int)
    right, bottom = (object_px.max(axis=0) + 15).astype(int)
    cut = now.bgr[top:bottom, left:right]
    inside = np.zeros(cut.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, cv2.convexHull((object_px - (left, top)).astype(np.int32)), 255)
    around = cv2.dilate(inside, np.ones((25, 25), np.uint8)) - cv2.dilate(inside, np.ones((7, 7), np.uint8))
    lab = cv2.cvtColor(cut, cv2.COLOR_BGR2LAB).astype(np.float32)
    steps = np.median(lab[inside > 0], axis=0) - np.median(lab[around > 0], axis=0)
    distance = float(np.linalg.norm(steps * np.array([_LAB_PER_STEP, 1.0, 1.0])))
    numbers = {"lab_distance": round(distance, 1)}
    if distance >= limits.warn_contrast:
        return Finding(Check.contrast, Level.ok, "The object stands out from the table.", "", numbers)
    text = "The object hardly stands out from the table."
    return Finding(Check.contrast, Level.warn, text, "Use another mat, unless deployment looks like this.", numbers)


def start_pose_finding(
    position: Mapping[str, float], start: Mapping[str, float], limits: Thresholds, *, expected: bool = True
) -> Finding:
    """`position` and `start` by joint, in joint units. A recovery begins elsewhere: then `expected` is False."""
    if not expected:
        return Finding(Check.start_pose, Level.ok, "This take begins in a recovery state.")
    shared = [name for name in start if name in position]
    if not shared:
        return Finding(Check.start_pose, Level.unsure, "The start pose is not known yet.", "Capture the reference.")
    farthest = max(shared, key=lambda name: abs(position[name] - start[name]))
    off = abs(position[farthest] - start[farthest])
    numbers = {"off": round(off, 2)}
    if off <= limits.start_pose_deg:
        return Finding(Check.start_pose, Level.ok, "The arm is in its start pose.", "", numbers)
    text = f"The arm is not in its start pose: {farthest} is {off:.0f} off."
    return Finding(Check.start_pose, Level.fail, text, "Drive it home.", numbers, farthest)
