"""Where the arm can grasp: facts for laying out clusters, and the poses the demonstrator uses."""

from __future__ import annotations

from functools import cache

import numpy as np

from app.core.errors import Invalid
from app.devices.kinematics import Kinematics, ToolPose
from app.devices.models import GraspRing, Vector
from app.devices.so101 import SO101
from app.simulation.scene import MUG_RADIUS_M, MUG_XY_M

LIFT_M = 0.10
RING = SO101.reach or GraspRing(0.0, 0.0, 0.0)
_MAX_ERROR_M = 0.001
_MUG_CLEARANCE_M = 0.050  # a bag's half diagonal and an open claw beside it
_CLAW_HALF_WIDE_M, _CLAW_BEYOND_TOOL_M, _OPEN_CLAW_ASIDE_M = 0.012, 0.005, 0.046
_TABLE_CLEARANCE_M = 0.002  # the gate keeps half a millimetre and its braking way
_GRASP_M = 0.009
_ELBOW, _ELBOW_UP_DEG = 2, -84.0  # past a straight arm (-90) the elbow would hang; solutions start above it
_EASE_DEG = 4.0  # a stretched elbow would have to turn without end to move the tool a little


class Reach:
    """Poses over the table by the arm's own kinematics. Not thread-safe."""

    def __init__(self, kinematics: Kinematics) -> None:
        self._kinematics = kinematics
        self._near = np.array([joint.home for joint in SO101.joints])

    def pose_at(
        self, x_m: float, y_m: float, z_m: float, roll_deg: float, near: Vector | None = None, pitch_deg: float = 90.0
    ) -> Vector:
        """(A,) the joint position with the tool there, pointing as far down as wanted and as reach allows.

        Invalid when the solver cannot bring the tool within 1 mm: it fails silently otherwise.
        """
        start = (self._near if near is None else near).copy()
        start[_ELBOW] = max(start[_ELBOW], _ELBOW_UP_DEG)
        solution = self._kinematics.solve(ToolPose(x_m, y_m, z_m, pitch_deg, roll_deg), start)
        if solution.error_m > _MAX_ERROR_M:
            raise Invalid(
                f"The tool cannot reach x {100 * x_m:.1f}, y {100 * y_m:.1f}, z {100 * z_m:.1f} cm:"
                f" {1000 * solution.error_m:.0f} mm are missing.",
                todo="Choose a point in the arm's ring of 10 to 40 cm.",
            )
        return solution.position

    def tool(self, position: Vector) -> ToolPose:
        return self._kinematics.tool(position)

    def pitch_deg(self, x_m: float, y_m: float, z_m: float) -> float:
        """How far the hand should point down there: straight, or short of where the arm is stretched out."""
        steepest = self.tool(self.pose_at(x_m, y_m, z_m, 0.0)).pitch_deg
        return 90.0 if steepest > 89.5 else steepest - _EASE_DEG

    def easy_pose(self, x_m: float, y_m: float, z_m: float) -> Vector:
        """(A,) the pose the demonstrator would take there, hand unrolled."""
        return self.pose_at(x_m, y_m, z_m, 0.0, pitch_deg=self.pitch_deg(x_m, y_m, z_m))

    def grasp_height_m(self, x_m: float, y_m: float, roll_deg: float = 0.0) -> float:
        """The tool's height over the table at which the lower edge of a leaning claw clears it by 2 mm."""
        pitch = np.deg2rad(self.pitch_deg(x_m, y_m, _GRASP_M))
        lean = abs(np.cos(pitch))
        turned = 0.5 * _OPEN_CLAW_ASIDE_M * lean * abs(np.sin(np.deg2rad(roll_deg)))
        edge = _CLAW_HALF_WIDE_M * lean + _CLAW_BEYOND_TOOL_M * np.sin(pitch)
        return float(edge + turned + _TABLE_CLEARANCE_M)


def reachable(x_cm: float, y_cm: float) -> bool:
    """Whether a bag lying there can be grasped and lifted: inside the ring, clear of the mug, solved."""
    x_m, y_m = x_cm / 100, y_cm / 100
    if not RING.holds(x_cm, y_cm):
        return False
    if np.hypot(x_m - MUG_XY_M[0], y_m - MUG_XY_M[1]) < MUG_RADIUS_M + _MUG_CLEARANCE_M:
        return False
    return graspable(round(1000 * float(np.hypot(x_m, y_m))))


@cache
def _reach() -> Reach:
    return Reach(Kinematics(SO101))


@cache
def graspable(radius_mm: int) -> bool:
    """The arm turns about its base, so what it can reach is a matter of the distance alone."""
    reach, radius = _reach(), radius_mm / 1000
    try:
        reach.pose_at(radius, 0.0, reach.grasp_height_m(radius, 0.0), 0.0)
        reach.pose_at(radius, 0.0, LIFT_M, 0.0)
    except Invalid:
        return False
    return True
