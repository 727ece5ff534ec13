"""A simulated workcell that stands still: put things, disturb it, and take pictures of all cameras."""

from __future__ import annotations

import numpy as np

from app.checks.view import View
from app.devices.models import Placement
from app.devices.so101 import SO101
from app.guidance.table_view import CameraPose, TableView
from app.simulation.cameras import Photographer
from app.simulation.disturbances import disturb
from app.simulation.gl import GlRenderer, gl_missing
from app.simulation.painter import Painter
from app.simulation.stage import HEIGHT, WIDTH, Stage
from app.simulation.world import World

AWAY = Placement(-400.0, 0.0, 0.0)


class StillWorkcell:
    """Physics never steps: what is put stays put. One sequence number a picture, so noise never repeats."""

    def __init__(self, seed: int = 0, *, painter: bool = False) -> None:
        self.world = World(seed)
        self._renderer = Painter() if painter or gl_missing() else GlRenderer()
        self.renderer = self._renderer.name
        self._photographer = Photographer(self._renderer, seed)
        self._sequence = 0

    def restart_sensor(self, seed: int) -> None:
        """Another camera run: other noise, and nothing frozen from before."""
        self._photographer = Photographer(self._renderer, seed)

    def put(self, placement: Placement) -> None:
        self.world.put_bag(placement)

    def take_away(self) -> None:
        self.world.put_bag(AWAY)

    def pose_arm(self, offset_deg: np.ndarray | float = 0.0) -> None:
        """The home pose, off by so many joint units."""
        self.world.put_arm(np.array([joint.home for joint in SO101.joints]) + offset_deg)

    def disturb(self, name: str, amount: float) -> None:
        disturb(self.world, name, amount)

    def views(self) -> dict[str, View]:
        """The next picture of every camera that delivers one."""
        self._sequence += 1
        pictures = self._photographer.pictures(self.world.snapshot(), self._sequence)
        return {camera: View(i420) for camera, i420 in pictures.items()}

    def close(self) -> None:
        self._renderer.close()


def true_view(camera: str = "top") -> TableView:
    """The simulator's own calibration of a camera, from its model."""
    stage = Stage()
    stage.show(World().snapshot())
    place_m, axes, focal_px = stage.camera_pose(camera)
    rotation = np.stack([axes[:, 0], -axes[:, 1], -axes[:, 2]])
    pose = CameraPose(rotation, -rotation @ (100 * place_m), focal_px)
    return view_of(pose, WIDTH, HEIGHT)


def view_of(pose: CameraPose, width: int, height: int) -> TableView:
    """The table's homography that follows from a known camera."""
    matrix = np.array([[pose.focal_px, 0, (width - 1) / 2], [0, pose.focal_px, (height - 1) / 2], [0, 0, 1]])
    to_px = matrix @ np.column_stack([pose.rotation[:, 0], pose.rotation[:, 1], pose.translation_cm])
    return TableView(np.linalg.inv(to_px), width, height, pose)
