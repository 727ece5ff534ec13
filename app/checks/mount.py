"""Whether a camera still looks where it did: features of the reference, found again."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from app.checks.models import Check, Finding, Level
from app.checks.reference import CameraReference
from app.checks.thresholds import Thresholds
from app.checks.view import View

_STILL_PX = 1.0
_STILL_SHARE = 0.35
_STILL_SHARE_ON_HAND = 0.08
_LEAST_POINTS = 12
_CLOSE_PX = 1.5
_TRACK_ERROR = 14.0


@dataclass(frozen=True)
class Movement:
    """How far the picture moved: `shift_px` (mean over its corners), `roll_deg`, and how many points say so."""

    shift_px: float
    roll_deg: float
    points: int
    agreeing: int


def movement(now: View, reference: CameraReference, gain: float = 1.0, *, on_hand: bool = False) -> Movement | None:
    """The camera's movement since the reference; None when too little of the picture was recognised.

    Arm and object may move: as long as a third of the points, in three of the
    picture's quarters, stand still, so does the camera. Else the movement that
    most points agree on is the camera's. `gain` is how much brighter it is now.
    A camera `on_hand` sees the table shift whenever the arm stands half a degree
    aside; what tells its mount is the claws, so a few points that stand still will do.
    Where they do not, claws and table move apart and no one movement fits both: the middle one is told.
    """
    before = reference.corners
    if len(before) < _LEAST_POINTS:
        return None
    luma = now.luma if abs(gain - 1) < 0.02 else cv2.convertScaleAbs(now.luma, alpha=1 / gain)
    after, found, error = cv2.calcOpticalFlowPyrLK(
        reference.view.luma, luma, before, np.empty(0), winSize=(19, 19), maxLevel=3
    )
    good = (found.ravel() == 1) & (error.ravel() < _TRACK_ERROR)
    if good.sum() < _LEAST_POINTS:
        return None
    old, new = before[good].reshape(-1, 2), after[good].reshape(-1, 2)
    still = np.linalg.norm(new - old, axis=1) < _STILL_PX
    share, quarters = (_STILL_SHARE_ON_HAND, 1) if on_hand else (_STILL_SHARE, 3)
    if still.mean() >= share and _quarters(old[still], now) >= quarters:
        return Movement(0.0, 0.0, len(old), int(still.sum()))
    agreed = _agreed(old, new, now)
    return _middle(old, new) if agreed is None and on_hand else agreed


def mount_finding(
    camera: str, moved: Movement | None, limits: Thresholds, *, focal_px: float | None = None, in_take: bool = False
) -> Finding:
    """In pixels and degrees; `focal_px` makes the degrees exact, else a usual lens is assumed."""
    check = Check.moved_in_take if in_take else Check.camera_moved
    if moved is None:
        text = f"Too little of the reference is seen by the {camera} camera to tell whether it moved."
        return Finding(check, Level.unsure, text, "Clear the camera's view.", subject=camera)
    degrees = float(np.rad2deg(np.arctan(moved.shift_px / (focal_px or 560.0))))
    numbers = {
        "shift_px": round(moved.shift_px, 2),
        "shift_deg": round(degrees, 2),
        "roll_deg": round(moved.roll_deg, 2),
        "agreeing": moved.agreeing,
        "points": moved.points,
    }
    level = Level.ok
    if moved.shift_px >= limits.warn_moved_px:
        level = Level.fail if moved.shift_px >= limits.fail_moved_px else Level.warn
    if level is Level.ok:
        return Finding(check, level, f"The {camera} camera looks where it did.", "", numbers, camera)
    text = f"The {camera} camera has moved by about {degrees:.1f} degrees ({moved.shift_px:.0f} px)."
    todo = "Turn it back until the picture lies on the reference, and tighten its mount; or capture a new reference."
    return Finding(check, level, text, todo, numbers, camera)


def _quarters(points: np.ndarray, view: View) -> int:
    right, low = points[:, 0] > view.width / 2, points[:, 1] > view.height / 2
    return len(set(zip(right.tolist(), low.tolist(), strict=True)))


def _agreed(old: np.ndarray, new: np.ndarray, view: View) -> Movement | None:
    """The similarity most points follow; None when they follow none."""
    transform, inliers = cv2.estimateAffinePartial2D(old, new, ransacReprojThreshold=_CLOSE_PX, maxIters=500)
    if transform is None or inliers is None:
        return None
    agreeing = inliers.ravel() == 1
    if agreeing.sum() < _LEAST_POINTS or agreeing.mean() < 0.3 or _quarters(old[agreeing], view) < 3:
        return None
    corners = np.array([[0, 0], [view.width, 0], [view.width, view.height], [0, view.height]], np.float64)
    shifts = corners @ transform[:, :2].T + transform[:, 2] - corners
    roll = float(np.rad2deg(np.arctan2(transform[1, 0], transform[0, 0])))
    return Movement(float(np.linalg.norm(shifts, axis=1).mean()), roll, len(old), int(agreeing.sum()))


def _middle(old: np.ndarray, new: np.ndarray) -> Movement:
    """The median shift of all points, and how many come near it."""
    shifts = new - old
    middle = np.median(shifts, axis=0)
    near = np.linalg.norm(shifts - middle, axis=1) < 2 * _CLOSE_PX
    return Movement(float(np.linalg.norm(middle)), 0.0, len(old), int(near.sum()))
