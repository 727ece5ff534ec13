"""Where the tool is for a joint position, and which joint position puts it somewhere."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from app.devices.models import ArmModel, Vector

_AXIS_WEIGHTS_M = (0.03, 0.004, 0.0)  # what a radian of pitch or roll costs in metres, pass by pass
_DAMPING = 1e-4
_GIVE_UP = 1e3
_CLOSE_M = 1e-5
_MAX_STEP_RAD = 0.4


@dataclass(frozen=True)
class ToolPose:
    """The tool point in the arm's base frame, metres.

    `pitch_deg` is how far the claws point below the horizon (90: straight down);
    `roll_deg` is the turn of the hand about its own axis.
    """

    x_m: float
    y_m: float
    z_m: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True)
class Solution:
    """A joint position (A,) in joint units and what is left of the error.

    The solver never raises: a caller that needs the tool to be there asserts
    `error_m`, the distance between the tool and where it was wanted.
    """

    position: Vector
    error_m: float
    pitch_error_deg: float


class JointUnits:
    """Joint units (deg, or percent of a gripper's range) to the model's radians and back."""

    def __init__(self, arm: ArmModel, model: mujoco.MjModel) -> None:
        joints = [model.joint(name) for name in arm.joint_names]
        self.qpos = np.array([joint.qposadr[0] for joint in joints])
        self.dofs = np.array([joint.dofadr[0] for joint in joints])
        percent = np.array([joint.unit == "percent" for joint in arm.joints])
        ranges = np.array([joint.range for joint in joints])
        self._offset = np.where(percent, ranges[:, 0], 0.0)
        self._scale = np.where(percent, (ranges[:, 1] - ranges[:, 0]) / 100.0, np.pi / 180.0)

    def radians(self, position: Vector) -> Vector:
        return self._offset + np.asarray(position, dtype=np.float64) * self._scale

    def units(self, radians: Vector) -> Vector:
        return (np.asarray(radians, dtype=np.float64) - self._offset) / self._scale

    @property
    def radians_per_unit(self) -> Vector:
        return self._scale


class Kinematics:
    """Forward and inverse kinematics of one arm, on its own MuJoCo data. Not thread-safe.

    Damped least squares in three passes that trust pitch and roll less and less:
    pitch yields where the point is out of reach at the wanted one. Joints behind the
    tool site (the gripper) are left as they are.
    """

    def __init__(self, arm: ArmModel) -> None:
        self._arm = arm
        self._model = mujoco.MjModel.from_xml_string(arm.mjcf)
        self._data = mujoco.MjData(self._model)
        self._units = JointUnits(arm, self._model)
        self._site = self._model.site(arm.tool_site).id
        self._lower = self._units.radians(np.array([joint.lower for joint in arm.joints]))
        self._upper = self._units.radians(np.array([joint.upper for joint in arm.joints]))
        self._linear = np.zeros((3, self._model.nv))
        self._angular = np.zeros((3, self._model.nv))

    def tool(self, position: Vector) -> ToolPose:
        """The tool's pose at `position` (A,), in joint units."""
        self._forward(self._units.radians(position))
        x, y, z = self._data.site_xpos[self._site]
        return ToolPose(float(x), float(y), float(z), *map(float, np.rad2deg(self._pitch_roll())))

    def jacobian(self, position: Vector) -> Vector:
        """(5, A): d(x, y, z in m, pitch, roll in deg) / d(joint units), at `position`."""
        self._forward(self._units.radians(position))
        rows = self._rows() * self._units.radians_per_unit
        rows[3:] = np.rad2deg(rows[3:])
        return rows

    def solve(self, pose: ToolPose, near: Vector, *, iterations: int = 60) -> Solution:
        """The joint position nearest to `near` that brings the tool to `pose`, inside the joint limits."""
        angles = np.clip(self._units.radians(near), self._lower, self._upper)
        for axis_weight in _AXIS_WEIGHTS_M:
            angles = self._descend(angles, pose, axis_weight, iterations // len(_AXIS_WEIGHTS_M))
        error = self._error(angles, pose)
        return Solution(self._units.units(angles), float(np.linalg.norm(error[:3])), float(np.rad2deg(error[3])))

    def _descend(self, angles: Vector, pose: ToolPose, axis_weight: float, iterations: int) -> Vector:
        """Levenberg-Marquardt on the weighted error; damping grows while a step does not help."""
        weights = np.array([1.0, 1.0, 1.0, axis_weight, axis_weight])
        error = weights * self._error(angles, pose)
        damping = _DAMPING
        for _ in range(iterations):
            if np.linalg.norm(error) < _CLOSE_M or damping > _GIVE_UP:
                break
            self._forward(angles)
            step = self._step(angles, weights[:, None] * self._rows(), error, damping)
            tried = np.clip(angles + step, self._lower, self._upper)
            tried_error = weights * self._error(tried, pose)
            if np.linalg.norm(tried_error) < np.linalg.norm(error):
                angles, error, damping = tried, tried_error, damping / 4
            else:
                damping *= 8
        return angles

    def _step(self, angles: Vector, rows: Vector, error: Vector, damping: float) -> Vector:
        """One damped step; a joint it would push past its limit is taken out, and the others do its share."""
        free = np.ones(len(angles))
        while True:
            usable = rows * free
            normal = usable @ usable.T + damping * np.eye(len(rows))
            step = np.clip(usable.T @ np.linalg.solve(normal, error), -_MAX_STEP_RAD, _MAX_STEP_RAD)
            stuck = ((angles <= self._lower) & (step < 0)) | ((angles >= self._upper) & (step > 0))
            if not stuck.any():
                return step
            free[stuck] = 0.0

    def _forward(self, angles: Vector) -> None:
        self._data.qpos[self._units.qpos] = angles
        mujoco.mj_kinematics(self._model, self._data)
        mujoco.mj_comPos(self._model, self._data)

    def _error(self, angles: Vector, pose: ToolPose) -> Vector:
        self._forward(angles)
        point = np.array([pose.x_m, pose.y_m, pose.z_m]) - self._data.site_xpos[self._site]
        turn = np.deg2rad([pose.pitch_deg, pose.roll_deg]) - self._pitch_roll()
        return np.concatenate([point, (turn + np.pi) % (2 * np.pi) - np.pi])

    def _axes(self) -> tuple[Vector, Vector]:
        """The hand's own axis (where the claws point) and its side, in the base frame."""
        rotation = self._data.site_xmat[self._site].reshape(3, 3)
        return rotation[:, 0], rotation[:, 1]

    def _pitch_roll(self) -> Vector:
        """Pitch of the approach axis in the arm's own plane (may pass 90), and the turn about it."""
        axis, side = self._axes()
        pan = self._data.qpos[self._units.qpos[0]]
        ahead = np.array([np.cos(pan), np.sin(pan), 0.0])
        across = np.array([-np.sin(pan), np.cos(pan), 0.0])
        up = np.cross(axis, across)
        return np.array([np.arctan2(-axis[2], axis @ ahead), np.arctan2(side @ up, side @ across)])

    def _rows(self) -> Vector:
        mujoco.mj_jacSite(self._model, self._data, self._linear, self._angular, self._site)
        axis, _ = self._axes()
        pan = self._data.qpos[self._units.qpos[0]]
        across = np.array([-np.sin(pan), np.cos(pan), 0.0])
        rows = np.vstack([self._linear, across @ self._angular, axis @ self._angular])[:, self._units.dofs]
        rows[3:, 0] = 0.0  # pitch and roll are measured in the plane that pan turns
        return rows
