"""Table calibration: from points of the table found in the picture to a `TableView`, or a refusal with the reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.guidance.errors import CalibrationRefused
from app.guidance.polygon import area, crosses_itself
from app.guidance.table_view import CameraPose, Points, TableView, turning

MOST_RESIDUAL_MM = 5.0
_LEAST_SHARE = 0.01
_FOV_Y_DEG = np.array([25, 28, 31, 34, 37, 40, 43, 46, 50, 54, 58, 63, 68, 74, 80, 88, 96])


@dataclass(frozen=True)
class TableCalibration:
    """A table seen by a camera. `residual_mm` is the RMS, `worst_mm` the largest miss of a point on the table.

    With four points a free homography would fit anything exactly; so the fit is
    that of a real camera (square pixels, its axis through the picture's middle),
    and what it leaves is the residual. Four points overdetermine such a camera
    by one number, by two where its field of view is known: more points (markers
    have four each) tell far more.
    """

    view: TableView
    residual_mm: float
    worst_mm: float
    points: int
    source: str
    made_at: str = ""

    def age_days(self, now: datetime) -> float | None:
        """Days since it was made; None when that is not known."""
        try:
            made = datetime.fromisoformat(self.made_at)
        except ValueError:
            return None
        return (now - made).total_seconds() / 86400


def calibrate(
    pixels: npt.ArrayLike,
    points_cm: npt.ArrayLike,
    *,
    width: int,
    height: int,
    fov_y_deg: float | None = None,
    source: str = "corners",
    made_at: str = "",
    most_residual_mm: float = MOST_RESIDUAL_MM,
) -> TableCalibration:
    """Fit a camera to (N, 2) pixels of known (N, 2) table points in cm, N >= 4.

    `fov_y_deg` is the lens's vertical field of view where it is known; else it is
    estimated. Raises `CalibrationRefused` with the reason and what to do.
    """
    seen = np.asarray(pixels, np.float64).reshape(-1, 2)
    known = np.asarray(points_cm, np.float64).reshape(-1, 2)
    _require_sound_points(seen, known, width, height)
    pose = _best_pose(seen, known, width, height, fov_y_deg)
    view = TableView(_plane_homography(pose, width, height), width, height, pose)
    misses_mm = 10 * np.linalg.norm(view.px_to_cm(seen) - known, axis=1)
    residual = float(np.sqrt((misses_mm**2).mean()))
    if not residual <= most_residual_mm:
        raise CalibrationRefused(
            f"The points miss a flat table by {residual:.1f} mm (worst {misses_mm.max():.1f} mm, "
            f"point {int(misses_mm.argmax()) + 1}); at most {most_residual_mm:g} mm will do.",
            todo="Click the corners again, exactly and in the order asked, and check the lengths you measured.",
            residual_mm=residual,
            worst_point=int(misses_mm.argmax()),
        )
    return TableCalibration(view, residual, float(misses_mm.max()), len(seen), source, made_at)


def to_json(calibration: TableCalibration) -> dict[str, Any]:
    """Plain JSON values, for rig.json."""
    pose = calibration.view.pose
    return {
        "format": 1,
        "to_cm": calibration.view.to_cm.tolist(),
        "width": calibration.view.width,
        "height": calibration.view.height,
        "pose": pose
        and {
            "rotation": pose.rotation.tolist(),
            "translation_cm": pose.translation_cm.tolist(),
            "focal_px": pose.focal_px,
        },
        "residual_mm": calibration.residual_mm,
        "worst_mm": calibration.worst_mm,
        "points": calibration.points,
        "source": calibration.source,
        "made_at": calibration.made_at,
    }


def from_json(values: dict[str, Any]) -> TableCalibration:
    """Raises `CalibrationRefused` when the values are not a calibration of this format."""
    try:
        pose = values["pose"]
        view = TableView(
            np.array(values["to_cm"], np.float64).reshape(3, 3),
            int(values["width"]),
            int(values["height"]),
            pose
            and CameraPose(
                np.array(pose["rotation"], np.float64).reshape(3, 3),
                np.array(pose["translation_cm"], np.float64).reshape(3),
                float(pose["focal_px"]),
            ),
        )
        if values["format"] != 1 or not np.isfinite(view.to_cm).all():
            raise ValueError(json.dumps(values["format"]))
        return TableCalibration(
            view,
            float(values["residual_mm"]),
            float(values["worst_mm"]),
            int(values["points"]),
            str(values["source"]),
            str(values["made_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CalibrationRefused(
            f"The stored table calibration cannot be read ({error}).", todo="Calibrate the table again."
        ) from error


def _require_sound_points(seen: Points, known: Points, width: int, height: int) -> None:
    """What no fit can mend: too few points, points outside, on a line, crossed or mirrored."""
    again = "Click the corners again, in the order asked."
    if len(seen) != len(known) or len(seen) < 4:
        raise CalibrationRefused(f"{len(seen)} points in the picture for {len(known)} on the table.", todo=again)
    if not (np.isfinite(seen).all() and np.isfinite(known).all()):
        raise CalibrationRefused("A point is not a number.", todo=again)
    if (seen < -0.5).any() or (seen[:, 0] > width).any() or (seen[:, 1] > height).any():
        raise CalibrationRefused("A point lies outside the picture.", todo=again)
    hull = cv2.convexHull(seen.astype(np.float32)).reshape(-1, 2)
    share = area([(float(x), float(y)) for x, y in hull]) / (width * height)
    if share < _LEAST_SHARE:
        raise CalibrationRefused(
            f"The points span {share:.1%} of the picture, too little to fit a table to.",
            todo="Use points that lie far apart, around the whole workspace.",
        )
    corners = [(float(x), float(y)) for x, y in seen[:4]]
    if len(seen) == 4 and crosses_itself(corners) != crosses_itself([(float(x), float(y)) for x, y in known]):
        raise CalibrationRefused("The corners were clicked crosswise.", todo=again)
    homography, _ = cv2.findHomography(known, seen)
    if homography is None or _mirrored(homography, known.mean(axis=0)):
        raise CalibrationRefused(
            "Seen from above, the points go round the wrong way: left and right are swapped.", todo=again
        )


def _mirrored(homography: Points, at: Points) -> bool:
    """A camera above the table sees x ahead, y left as a left-handed pair, because pixels count downwards."""
    points = np.column_stack([at + np.array([[0, 0], [1, 0], [0, 1]]), np.ones(3)]) @ homography.T
    origin, ahead, left = points[:, :2] / points[:, 2:]
    return turning(ahead - origin, left - origin) > 0


def _best_pose(seen: Points, known: Points, width: int, height: int, fov_y_deg: float | None) -> CameraPose:
    """The camera that misses least; the field of view is searched, coarse to fine, where it is not given."""
    if fov_y_deg is not None:
        return _solved(_pose(seen, known, width, height, fov_y_deg))
    angles = _FOV_Y_DEG.astype(np.float64)
    best = min((_pose(seen, known, width, height, angle) for angle in angles), key=lambda item: item[0])
    angle = 2 * np.rad2deg(np.arctan(height / 2 / best[1].focal_px))
    for step in (1.0, 0.25):
        near = angle + step * np.arange(-3, 4)
        tries = [_pose(seen, known, width, height, float(a)) for a in near]
        best = min([best, *tries], key=lambda item: item[0])
        angle = 2 * np.rad2deg(np.arctan(height / 2 / best[1].focal_px))
    return _solved(best)


def _solved(best: tuple[float, CameraPose]) -> CameraPose:
    if not np.isfinite(best[0]):
        raise CalibrationRefused("No camera sees a flat table so.", todo="Click the corners again.")
    return best[1]


def _pose(seen: Points, known: Points, width: int, height: int, fov_y_deg: float) -> tuple[float, CameraPose]:
    """RMS miss in pixels and the pose, for one field of view: the better of two solvers.

    Either may fail on a picture that is exactly straight, so both are asked.
    """
    focal = float(height / 2 / np.tan(np.deg2rad(fov_y_deg) / 2))
    matrix = _camera_matrix(focal, width, height)
    points = np.column_stack([known, np.zeros(len(known))])
    tries = []
    for method in (cv2.SOLVEPNP_IPPE, cv2.SOLVEPNP_ITERATIVE):
        found, turn, shift = cv2.solvePnP(points, seen, matrix, None, flags=method)
        if found and np.isfinite(turn).all() and np.isfinite(shift).all():
            tries += [(turn, shift), cv2.solvePnPRefineLM(points, seen, matrix, None, turn.copy(), shift.copy())]
    best = (np.inf, CameraPose(np.eye(3), np.zeros(3), focal))
    for turn, shift in tries:
        back, _ = cv2.projectPoints(points, turn, shift, matrix, None)
        miss = float(np.sqrt(((back.reshape(-1, 2) - seen) ** 2).sum(axis=1).mean()))
        if miss < best[0]:
            best = (miss, CameraPose(np.asarray(cv2.Rodrigues(turn)[0], np.float64), shift.reshape(3), focal))
    return best


def _camera_matrix(focal_px: float, width: int, height: int) -> Points:
    return np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1]])


def _plane_homography(pose: CameraPose, width: int, height: int) -> Points:
    """(3, 3) from pixels to the table plane, cm."""
    matrix = _camera_matrix(pose.focal_px, width, height)
    to_px = matrix @ np.column_stack([pose.rotation[:, 0], pose.rotation[:, 1], pose.translation_cm])
    inverse = np.linalg.inv(to_px)
    return inverse / inverse[2, 2]
