"""The simulated arm and its three cameras behind LeRobot's `Robot`, in real time."""

from __future__ import annotations

import threading
import weakref
from typing import Any, ClassVar

import cv2
import numpy as np
from lerobot.robots.robot import Robot
from lerobot.utils.errors import DeviceAlreadyConnectedError, DeviceNotConnectedError

from app.core.clock import NS_PER_S, SystemClock
from app.devices.models import Placement, Start, Vector
from app.devices.so101 import SO101
from app.simulation.arm import SimulatedArm
from app.simulation.cameras import SimulatedCameras
from app.simulation.lerobot_robot.config import UnderstudySimConfig
from app.simulation.scene import CAMERAS
from app.simulation.stage import HEIGHT, WIDTH, Picture
from app.simulation.workcell import SimulatedWorkcell
from app.simulation.world import Snapshot, World

_FIRST_PICTURES_S = 60.0
_KEYS = tuple(f"{name}.pos" for name in SO101.joint_names)
_LOWER = np.array([joint.lower for joint in SO101.joints])
_UPPER = np.array([joint.upper for joint in SO101.joints])


class UnderstudySim(Robot):
    """An SO follower in everything a dataset says of it; cameras draw in a thread of their own."""

    config_class = UnderstudySimConfig
    name = SO101.robot_type
    _made: ClassVar[list[weakref.ref[UnderstudySim]]] = []  # LeRobot never tells a teleoperator which robot it serves

    def __init__(self, config: UnderstudySimConfig) -> None:
        super().__init__(config)
        self.config = config
        self.cameras = dict.fromkeys(CAMERAS)
        self.world = World(config.seed)
        self.workcell = SimulatedWorkcell(self.world)
        self._clock = SystemClock()
        self._arm = SimulatedArm(self.world, self._clock)
        self._snapshot: Snapshot | None = None
        self._pictures: dict[str, Picture] = {}
        self._drawn = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        UnderstudySim._made.append(weakref.ref(self))

    @classmethod
    def latest(cls) -> UnderstudySim | None:
        """The robot made last in this process that is still there."""
        alive = [robot for made in cls._made if (robot := made()) is not None]
        return alive[-1] if alive else None

    @property
    def observation_features(self) -> dict[str, Any]:
        return {**dict.fromkeys(_KEYS, float), **dict.fromkeys(CAMERAS, (HEIGHT, WIDTH, 3))}

    @property
    def action_features(self) -> dict[str, Any]:
        return dict.fromkeys(_KEYS, float)

    @property
    def is_connected(self) -> bool:
        return self._thread is not None

    @property
    def is_calibrated(self) -> bool:
        return True

    def calibrate(self) -> None:
        """Nothing to measure: the model is the calibration."""

    def configure(self) -> None:
        """Nothing to set."""

    def connect(self, calibrate: bool = True) -> None:
        """Set the scene up and wait for the first pictures."""
        if self.is_connected:
            raise DeviceAlreadyConnectedError(f"{self} is connected already.")
        config = self.config
        self.workcell.reset(Placement(config.x_cm, config.y_cm, config.yaw_deg), Start(config.start))
        self._read()
        self._ending.clear()
        self._thread = threading.Thread(target=self._draw, name="understudy-cameras", daemon=True)
        self._thread.start()
        if not self._drawn.wait(_FIRST_PICTURES_S):
            self.disconnect()
            raise DeviceNotConnectedError(f"{self}: no picture came within {_FIRST_PICTURES_S:.0f} s.")

    def get_observation(self) -> dict[str, Any]:
        """Joint positions now, and each camera's newest picture (H, W, 3) uint8 RGB."""
        self._require_connection()
        position = self._read()
        pictures = self._pictures
        observation: dict[str, Any] = dict(zip(_KEYS, map(float, position), strict=True))
        for camera in CAMERAS:
            observation[camera] = cv2.cvtColor(pictures[camera], cv2.COLOR_YUV2RGB_I420)
        return observation

    def send_action(self, action: dict[str, Any]) -> dict[str, Any]:
        """Set the servos' targets, clamped to the joint limits; returns what was set."""
        self._require_connection()
        target = np.clip(np.array([float(action[key]) for key in _KEYS]), _LOWER, _UPPER)
        self._arm.write(target)
        return dict(zip(_KEYS, map(float, target), strict=True))

    def disconnect(self) -> None:
        if self._thread is not None:
            self._ending.set()
            self._thread.join(5.0)
            self._thread = None
            self._drawn.clear()

    def _read(self) -> Vector:
        position = self._arm.read().position
        self._snapshot = self.world.snapshot()
        return position

    def _draw(self) -> None:
        """The cameras' thread: it owns the renderer and only swaps whole sets of pictures in."""
        cameras = SimulatedCameras(
            lambda: self._snapshot, self._clock, fps=self.config.fps, seed=self.config.seed, painter=self.config.painter
        )
        cameras.open()
        try:
            while not self._ending.is_set():
                for frame in cameras.next(0.25):
                    if frame.i420 is not None:
                        self._pictures = {**self._pictures, frame.camera: frame.i420}
                if len(self._pictures) == len(CAMERAS):
                    self._drawn.set()
        finally:
            cameras.close()

    def _require_connection(self) -> None:
        if not self.is_connected:
            raise DeviceNotConnectedError(f"{self} is not connected: call connect() first.")


def now_s() -> float:
    """Monotonic seconds, for the demonstrator's own time."""
    return SystemClock().monotonic_ns() / NS_PER_S
