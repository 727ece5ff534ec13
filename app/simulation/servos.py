"""Between the command and the actuators: hand-like noise, slow servos, a lossy bus."""

from __future__ import annotations

import numpy as np

from app.devices.models import Vector
from app.simulation.scene import TIMESTEP_S

REFRESH_STEPS = 5
_NOISE_TIME_S = 0.35
_REFRESH_S = REFRESH_STEPS * TIMESTEP_S
_SHAKE_REFRESHES = round(0.5 / _REFRESH_S)


class Servos:
    """Turns commands into actuator targets, (A,) radians.

    Noise (Ornstein-Uhlenbeck, all joints but the last, the gripper) is added
    here, below the command, so that what was sent stays what is recorded.
    `slow` is the time constant of sluggish servos in s; `loss` the share of
    commands that never arrive.
    """

    def __init__(self, joints: int, seed: int) -> None:
        self._joints = joints
        self._command = np.zeros(joints)
        self._target = np.zeros(joints)
        self._noise = np.zeros(joints)
        self._phase = 0
        self._noise_rad = 0.0
        self._shaking = 0
        self.slow_s = 0.0
        self.loss = 0.0
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the noise anew: the same seed, the same tremor."""
        self._random = np.random.default_rng((seed, 0x5E))
        self._noise = np.zeros(self._joints)

    def command(self, radians: Vector) -> None:
        if self.loss > 0.0 and self._random.random() < self.loss:
            return
        self._command = np.array(radians, dtype=np.float64)

    def shake(self, noise_rad: float) -> None:
        """Tremble with this standard deviation for the next half second; ask again to go on."""
        self._noise_rad = noise_rad
        self._shaking = _SHAKE_REFRESHES

    def hold(self, radians: Vector) -> None:
        """Forget everything and hold there."""
        self._command = np.array(radians, dtype=np.float64)
        self._target = self._command.copy()
        self._noise = np.zeros(self._joints)
        self._phase = self._shaking = 0

    @property
    def steps_to_refresh(self) -> int:
        return REFRESH_STEPS - self._phase

    def control(self, steps: int) -> Vector:
        """The actuator targets for the next `steps` physics steps (at most `steps_to_refresh`)."""
        if self._phase == 0:
            self._refresh()
        self._phase = (self._phase + steps) % REFRESH_STEPS
        if self.slow_s > 0.0:
            self._target += (self._command - self._target) * (1.0 - np.exp(-steps * TIMESTEP_S / self.slow_s))
        else:
            self._target = self._command
        return self._target + self._noise

    def _refresh(self) -> None:
        decay = np.exp(-_REFRESH_S / _NOISE_TIME_S)
        self._noise = self._noise * decay
        if self._shaking > 0 and self._noise_rad > 0.0:
            self._shaking -= 1
            self._noise += self._noise_rad * np.sqrt(1.0 - decay**2) * self._random.normal(size=self._joints)
            self._noise[-1] = 0.0
