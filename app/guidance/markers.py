"""Printed markers (AprilTag or ArUco) that tell the camera where the table is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.guidance.calibration import TableCalibration, calibrate
from app.guidance.errors import CalibrationRefused

Picture = npt.NDArray[Any]


class MarkerFamily(StrEnum):
    april_36h11 = "april_36h11"
    aruco_4x4 = "aruco_4x4"


_DICTIONARIES = {
    MarkerFamily.april_36h11: cv2.aruco.DICT_APRILTAG_36h11,
    MarkerFamily.aruco_4x4: cv2.aruco.DICT_4X4_50,
}


@dataclass(frozen=True)
class Marker:
    """Where one printed marker lies: its centre in cm, its black square's side, its turn (top edge ahead at 0)."""

    x_cm: float
    y_cm: float
    side_cm: float = 4.0
    yaw_deg: float = 0.0

    @property
    def corners_cm(self) -> npt.NDArray[np.float64]:
        """(4, 2) cm in OpenCV's order: upper left, upper right, lower right, lower left of the printed marker."""
        half = self.side_cm / 2
        local = np.array([[half, half], [half, -half], [-half, -half], [-half, half]])
        yaw = np.deg2rad(self.yaw_deg)
        turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
        return local @ turn.T + np.array([self.x_cm, self.y_cm])


def calibrate_by_markers(
    picture: Picture,
    layout: Mapping[int, Marker],
    *,
    family: MarkerFamily = MarkerFamily.april_36h11,
    fov_y_deg: float | None = None,
    made_at: str = "",
) -> TableCalibration:
    """Find the markers of `layout` in a BGR or grey picture and fit the table to their corners.

    Raises `CalibrationRefused`: fewer than two of them seen, or a bad fit (one moved, or of another size).
    """
    found = find_markers(picture, family)
    used = sorted(set(found) & set(layout))
    if len(used) < 2:
        raise CalibrationRefused(
            f"{len(used)} of {len(layout)} markers were found; it takes two, better four.",
            todo="Lay the markers flat in the top camera's view, lit evenly, nothing over them.",
            found=used,
        )
    height, width = picture.shape[:2]
    return calibrate(
        np.concatenate([found[number] for number in used]),
        np.concatenate([layout[number].corners_cm for number in used]),
        width=width,
        height=height,
        fov_y_deg=fov_y_deg,
        source=f"markers {', '.join(map(str, used))}",
        made_at=made_at,
    )


def find_markers(picture: Picture, family: MarkerFamily) -> dict[int, npt.NDArray[np.float64]]:
    """Corners (4, 2) px by marker number, to a fraction of a pixel."""
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(_DICTIONARIES[family]), parameters)
    corners, numbers, _ = detector.detectMarkers(picture)
    if numbers is None:
        return {}
    return {int(n): c.reshape(4, 2).astype(np.float64) for n, c in zip(numbers.ravel(), corners, strict=True)}


def marker_picture(number: int, side_px: int, family: MarkerFamily = MarkerFamily.april_36h11) -> Picture:
    """(side_px, side_px) grey: one marker to print, without its white border."""
    dictionary = cv2.aruco.getPredefinedDictionary(_DICTIONARIES[family])
    return np.asarray(cv2.aruco.generateImageMarker(dictionary, number, side_px), np.uint8)
