"""A simulated workcell for the vision benches: put things, disturb it, and take pictures of all cameras."""

from __future__ import annotations

import numpy as np

from app.checks.view import View
from app.devices.models import Placement
from app.devices.so101 import SO101
from app.guidance.table_view import CameraPose, TableView
from app.simulation.disturbances import disturb
from app.simulation.gl import GlRenderer, gl_missing
from app.simulation.painter import Painter
from app.simulation.scene import CAMERAS
from app.simulation.sensor import Sensor
from app.simulation.stage import HEIGHT, WIDTH, Picture, Stage
from app.simulation.world import Snapshot, World

AWAY = Placement(-400.0, 0.0, 0.0)


class StillWorkcell:
    """Physics never steps: what is put stays put. Every picture has noise of its own.

    The scene is drawn once and exposed as often as asked, which is what makes
    hundreds of runs affordable; only what stands still may be photographed so.
    """

    def __init__(self, seed: int = 0, *, painter: bool = False) -> None:
        self.world = World(seed)
        self._renderer = Painter() if painter or gl_missing() else GlRenderer()
        self.renderer = self._renderer.name
        self._sensor = Sensor(seed)
        self._sequence = 0
        self._drawn: dict[str, Picture] = {}
        self._frozen: dict[str, Picture] = {}

    def restart(self, seed: int) -> None:
        """Another run: everything in order, other noise."""
        self.disturb("clear", 0.0)
        self._sensor = Sensor(seed)
        self._frozen.clear()

    def put(self, placement: Placement) -> None:
        self.world.put_bag(placement)
        self._drawn.clear()

    def take_away(self) -> None:
        self.put(AWAY)

    def pose_arm(self, offset: np.ndarray | float = 0.0) -> None:
        """The home pose, off by so many joint units."""
        self.world.put_arm(home() + offset)
        self._drawn.clear()

    def disturb(self, name: str, amount: float) -> None:
        disturb(self.world, name, amount)
        self._drawn.clear()

    def relight(self, percent: float) -> None:
        """Another light level on the same scene: nothing is drawn anew."""
        disturb(self.world, "light", percent)

    def views(self, cameras: tuple[str, ...] = CAMERAS) -> dict[str, View]:
        """The next picture of each of these cameras."""
        return self.photograph(self.world.snapshot(), cameras)

    def photograph(self, snapshot: Snapshot, cameras: tuple[str, ...], *, moved: bool = False) -> dict[str, View]:
        """Pictures of any snapshot; `moved`: the scene is another than the last one drawn."""
        if moved:
            self._drawn.clear()
        self._sequence += 1
        views = {}
        for camera in cameras:
            if camera not in self._drawn:
                self._renderer.show(snapshot)
                self._drawn[camera] = self._renderer.draw(camera)
            look = snapshot.appearance
            if not look.lens(camera).frozen or camera not in self._frozen:
                self._frozen[camera] = self._sensor.expose(self._drawn[camera], camera, self._sequence, look)
            views[camera] = View(self._frozen[camera])
        return views

    def close(self) -> None:
        self._renderer.close()


def home() -> np.ndarray:
    return np.array([joint.home for joint in SO101.joints])


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
