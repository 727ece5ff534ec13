"""How far the hand is above the table: tool point, claw tips and wrist, by forward kinematics."""

from __future__ import annotations

import mujoco
import numpy as np

from app.devices import ArmModel, Vector
from app.devices.kinematics import JointUnits

TOOL_MARGIN_M = 0.004  # a bag of 15 mm is grasped with the tool point at 6 mm
TIP_MARGIN_M = 0.0005
WRIST_MARGIN_M = 0.020  # the wrist's servo is as thick
_NUDGE = 0.5
_LEVER_M = 0.45  # no point of the hand is further than this from the joint that lifts it


class Clearance:
    """Signed distances in metres of the hand's points to their lowest allowed heights.

    Claw tips are the far ends of the model's colliding geoms; wrist points are
    the bodies that carry the joints from the elbow outwards. Not thread-safe.
    """

    def __init__(self, arm: ArmModel) -> None:
        self._model = mujoco.MjModel.from_xml_string(arm.mjcf)
        self._data = mujoco.MjData(self._model)
        self._units = JointUnits(arm, self._model)
        tool = arm.tool_site.removeprefix(arm.sides[0])
        self._sites = [self._model.site(side + tool).id for side in arm.sides]
        self._claws = np.flatnonzero(self._model.geom_contype)
        self._reach = self._model.geom_size[self._claws, 0]
        outer = [name for side in arm.sides for name in [one for one in arm.joint_names if one.startswith(side)][2:-1]]
        self._wrist = np.unique(np.array([self._model.joint(name).bodyid[0] for name in outer], np.int64))
        margins = (
            [TOOL_MARGIN_M] * len(self._sites) + [TIP_MARGIN_M] * len(self._claws) + [WRIST_MARGIN_M] * len(self._wrist)
        )
        self._floor = arm.table_z_m + np.array(margins)
        self._percent = np.array([joint.unit == "percent" for joint in arm.joints])

    def lowest(self, position: Vector) -> float:
        """The clearance of the lowest point at `position` (A,), joint units; negative is too low."""
        return float(np.min(self._clearances(position)))

    def slopes(self, position: Vector) -> Vector:
        """(P, A) d(height, m) / d(joint unit) of every point, the lowest first; zero for a gripper."""
        base = self._clearances(position)
        slopes = np.zeros((len(base), len(position)))
        for index in np.flatnonzero(~self._percent):
            nudged = position.copy()
            nudged[index] += _NUDGE
            slopes[:, index] = (self._clearances(nudged) - base) / _NUDGE
        return slopes[np.argsort(base)]

    def drop_bound_m(self, moved: Vector) -> float:
        """An upper bound of how far any point sinks when the joints move by `moved` (A,), joint units."""
        return float(_LEVER_M * np.sum(np.abs(moved) * np.abs(self._units.radians_per_unit)))

    def _clearances(self, position: Vector) -> Vector:
        data = self._data
        data.qpos[self._units.qpos] = self._units.radians(position)
        mujoco.mj_kinematics(self._model, data)
        ends = data.geom_xpos[self._claws, 2] + data.geom_xmat[self._claws, 6] * self._reach
        heights = np.concatenate([data.site_xpos[self._sites, 2], ends, data.xpos[self._wrist, 2]])
        return heights - self._floor
