"""The scripted demonstrator behind LeRobot's `Teleoperator`, for unattended recording."""

from __future__ import annotations

from typing import Any

import numpy as np
from lerobot.teleoperators.teleoperator import Teleoperator
from lerobot.utils.errors import DeviceNotConnectedError

from app.devices.models import Start, Vector
from app.devices.so101 import SO101
from app.simulation.demonstrator import Demonstrator
from app.simulation.lerobot_robot.config import UnderstudyDemonstratorConfig
from app.simulation.lerobot_robot.robot import UnderstudySim, now_s
from app.simulation.lockstep import random_placement

_KEYS = tuple(f"{name}.pos" for name in SO101.joint_names)


class UnderstudyDemonstrator(Teleoperator):
    """Performs again and again on the simulated robot of the same process."""

    config_class = UnderstudyDemonstratorConfig
    name = "understudy_demonstrator"

    def __init__(self, config: UnderstudyDemonstratorConfig) -> None:
        super().__init__(config)
        self.config = config
        self._random = np.random.default_rng(config.seed)
        self._robot: UnderstudySim | None = None
        self._demonstrator: Demonstrator | None = None
        self._began_s = 0.0
        self._ended_s: float | None = None
        self._target: Vector | None = None

    @property
    def action_features(self) -> dict[str, Any]:
        return dict.fromkeys(_KEYS, float)

    @property
    def feedback_features(self) -> dict[str, Any]:
        return {}

    @property
    def is_connected(self) -> bool:
        return self._demonstrator is not None

    @property
    def is_calibrated(self) -> bool:
        return True

    def calibrate(self) -> None:
        """Nothing to measure."""

    def configure(self) -> None:
        """Nothing to set."""

    def connect(self, calibrate: bool = True) -> None:
        """Find the simulated robot: the one that was made last in this process."""
        robot = UnderstudySim.latest()
        if robot is None:
            raise DeviceNotConnectedError("The demonstrator found no simulated arm: use --robot.type=understudy_sim.")
        self._robot = robot
        self._demonstrator = Demonstrator(robot.world)
        self._begin()

    def get_action(self) -> dict[str, float]:
        """The target now; between performances the last one, and then a new scene."""
        if self._demonstrator is None:
            raise DeviceNotConnectedError("The demonstrator is not connected: call connect() first.")
        if self._ended_s is not None and now_s() - self._ended_s > self.config.pause_s:
            self._begin()
        target = None if self._ended_s is not None else self._demonstrator.target(now_s() - self._began_s)
        if target is None:
            self._ended_s = self._ended_s or now_s()
        else:
            self._target = target
        return dict(zip(_KEYS, map(float, self._target), strict=True)) if self._target is not None else {}

    def send_feedback(self, feedback: dict[str, Any]) -> None:
        """A script feels nothing."""

    def disconnect(self) -> None:
        self._demonstrator = None

    def _begin(self) -> None:
        """A new scene and a new performance."""
        if self._robot is None or self._demonstrator is None:
            return
        self._robot.workcell.reset(random_placement(self._random), Start.nominal)
        self._demonstrator.begin(int(self._random.integers(2**31)))
        self._target = self._robot.world.position()
        self._began_s, self._ended_s = now_s(), None
