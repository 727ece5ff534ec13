"""Between a picture's pixels and the table's centimetres, on the table and above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.devices.models import CameraMount, Placement
from app.guidance.plan import Cluster, PlacedObject

Points = npt.NDArray[Any]


@dataclass(frozen=True)
class CameraPose:
    """Where the camera stands: x_camera = rotation @ x_workspace + translation (cm), focal length in px.

    The camera's axes are right, down and ahead; the principal point is the
    picture's middle.
    """

    rotation: Points
    translation_cm: Points
    focal_px: float

    @property
    def position_cm(self) -> Points:
        """(3,) the camera's own place in the workspace frame."""
        return -self.rotation.T @ self.translation_cm


@dataclass(frozen=True)
class TableView:
    """A calibrated picture of `width` x `height` pixels.

    `to_cm` is the (3, 3) homography from pixels to the table plane. With a `pose`
    heights above the table are known too; without one everything is taken to lie
    on the table, which puts a high point too far from the picture's middle.
    """

    to_cm: Points
    width: int
    height: int
    pose: CameraPose | None = None

    @staticmethod
    def of_mount(mount: CameraMount, width: int, height: int) -> TableView:
        """The table as a camera sees it whose place the rig knows."""
        rotation = np.array(mount.rotation, np.float64).reshape(3, 3)
        pose = CameraPose(rotation, np.array(mount.translation_cm, np.float64), mount.focal_px)
        lens = np.array(
            [[mount.focal_px, 0, (width - 1) / 2], [0, mount.focal_px, (height - 1) / 2], [0, 0, 1]], np.float64
        )
        to_px = lens @ np.column_stack([rotation[:, 0], rotation[:, 1], pose.translation_cm])
        return TableView(np.linalg.inv(to_px), width, height, pose)

    def px_to_cm(self, pixels: npt.ArrayLike, z_cm: float = 0.0) -> Points:
        """(N, 2) cm of (N, 2) pixels, for points that lie `z_cm` above the table."""
        points = _apply(self.to_cm, pixels)
        if self.pose is None or z_cm == 0.0:
            return points
        camera = self.pose.position_cm
        return camera[:2] + (points - camera[:2]) * (camera[2] - z_cm) / camera[2]

    def cm_to_px(self, points_cm: npt.ArrayLike, z_cm: float = 0.0) -> Points:
        """(N, 2) pixels of (N, 2) cm at height `z_cm`."""
        points = np.asarray(points_cm, np.float64).reshape(-1, 2)
        if self.pose is not None and z_cm != 0.0:
            camera = self.pose.position_cm
            points = camera[:2] + (points - camera[:2]) * camera[2] / (camera[2] - z_cm)
        return _apply(np.linalg.inv(self.to_cm), points)

    def px_per_cm(self, x_cm: float, y_cm: float) -> float:
        """The picture's scale at a place of the table."""
        centre, ahead, left = self.cm_to_px([(x_cm, y_cm), (x_cm + 1, y_cm), (x_cm, y_cm + 1)])
        return float(np.sqrt(abs(turning(ahead - centre, left - centre))))

    def object_outline(self, placed: PlacedObject, at: Placement) -> Points:
        """(4, 2) pixels: the object's rectangle at a placement, drawn at its top."""
        return self.cm_to_px(rectangle(placed.length_cm, placed.width_cm, at), placed.height_cm)

    def cluster_outline(self, cluster: Cluster) -> Points:
        """(4, 2) pixels: a cluster's border on the table."""
        return self.cm_to_px(cluster.corners)

    def shows(self, points_cm: Sequence[tuple[float, float]]) -> bool:
        """Whether all these places of the table are in the picture."""
        pixels = self.cm_to_px(points_cm)
        inside = (pixels >= 0).all() and (pixels[:, 0] < self.width).all() and (pixels[:, 1] < self.height).all()
        return bool(inside)


def rectangle(length_cm: float, width_cm: float, at: Placement) -> Points:
    """(4, 2) cm: corners counter-clockwise, `length_cm` along the yaw."""
    yaw = np.deg2rad(at.yaw_deg)
    along = np.array([np.cos(yaw), np.sin(yaw)]) * length_cm / 2
    across = np.array([-np.sin(yaw), np.cos(yaw)]) * width_cm / 2
    middle = np.array([at.x_cm, at.y_cm])
    return np.stack(
        [middle - along - across, middle + along - across, middle + along + across, middle - along + across]
    )


def turning(first: Points, second: Points) -> float:
    """The area spanned by two vectors of the plane, positive when the second lies counter-clockwise."""
    return float(first[0] * second[1] - first[1] * second[0])


def _apply(homography: Points, points: npt.ArrayLike) -> Points:
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    mapped = np.column_stack([flat, np.ones(len(flat))]) @ homography.T
    return mapped[:, :2] / mapped[:, 2:]
