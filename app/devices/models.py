"""What a device is and what it delivers; units are in the names."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Joint:
    """One position-controlled joint.

    `unit` is "deg" for the body and "percent" (0 closed, 100 open) for a
    gripper; limits, speed and acceleration are in that unit (and per s, s^2).
    `home` is where a take starts, `rest` where the arm may go limp.
    """

    name: str
    unit: str
    lower: float
    upper: float
    max_speed: float
    max_acceleration: float
    home: float
    rest: float


@dataclass(frozen=True)
class GraspRing:
    """Where on the table an arm that turns about its base can grasp and lift: a ring about it, cm and degrees."""

    inner_cm: float
    outer_cm: float
    pan_deg: float

    def holds(self, x_cm: float, y_cm: float) -> bool:
        """Whether (x_cm ahead, y_cm to the left) lies in the ring."""
        return (
            self.inner_cm <= math.hypot(x_cm, y_cm) <= self.outer_cm
            and abs(math.degrees(math.atan2(y_cm, x_cm))) <= self.pan_deg
        )


@dataclass(frozen=True)
class ArmModel:
    """An arm's joints in command order, and the kinematic model control solves on.

    `mjcf` is a MuJoCo XML of the arm alone whose joints carry the same names;
    `tool_site` names the site between the claws. `robot_type` is LeRobot's.
    `reach` is where it grasps, None where nobody worked it out. `sides` are the
    prefixes of two arms that are driven as one, and `single` the arm that each of
    them is; one arm has none. `blind` is an arm that nobody modelled: it is driven joint
    by joint, and nothing is known of where its hand is.
    """

    name: str
    robot_type: str
    joints: tuple[Joint, ...]
    mjcf: str = field(repr=False)
    tool_site: str = "tool"
    table_z_m: float = 0.0
    reach: GraspRing | None = None
    sides: tuple[str, ...] = ("",)
    single: ArmModel | None = field(default=None, repr=False)
    blind: bool = False

    @property
    def joint_names(self) -> tuple[str, ...]:
        return tuple(joint.name for joint in self.joints)


@dataclass(frozen=True)
class ArmReading:
    """Joint positions at one instant: `position` (A,) in joint units, time on the monotonic clock."""

    monotonic_ns: int
    position: Vector


@dataclass(frozen=True)
class CameraMount:
    """Where a camera stands, for a rig that knows it: x_camera = rotation @ x_workspace + translation (cm).

    `rotation` are the nine numbers row by row; the axes are right, down and
    ahead, the principal point the picture's middle, `focal_px` the focal length.
    """

    rotation: tuple[float, ...]
    translation_cm: tuple[float, float, float]
    focal_px: float


@dataclass(frozen=True)
class CameraSpec:
    """A camera as the studio uses it. `mount` is None where nobody knows it: then the table is calibrated."""

    name: str
    width: int = 640
    height: int = 480
    fps: int = 30
    mount: CameraMount | None = None


@dataclass(frozen=True)
class Frame:
    """One picture. At least one of `i420` (H*3/2, W) uint8 and `jpeg` is there.

    `exposure_ns` is the monotonic time of exposure (the kernel's stamp where
    the driver gives one); `sequence` is the driver's count, so a gap is a drop.
    """

    camera: str
    sequence: int
    exposure_ns: int
    i420: npt.NDArray[np.uint8] | None = None
    jpeg: bytes | None = None


class Start(StrEnum):
    """How a take begins: nominal, or one of the partly failed states a recovery starts from."""

    nominal = "nominal"
    dropped_beside = "dropped_beside"
    slipped_grasp = "slipped_grasp"
    knocked_over = "knocked_over"
    missed_grasp = "missed_grasp"
    near_goal = "near_goal"


class Success(StrEnum):
    """What counts as a success, to a workcell that can tell; a real one asks the operator."""

    in_goal = "in_goal"
    lifted = "lifted"
    held_over = "held_over"
    touched = "touched"


class Outcome(StrEnum):
    success = "success"
    partial = "partial"
    failure = "failure"


@dataclass(frozen=True)
class Placement:
    """Where the object lies on the table, in the workspace frame: cm, and yaw in degrees.

    The workspace frame has its origin at the arm's base on the table, x ahead of
    the arm, y to its left (right-handed, z up), yaw counter-clockwise from x.
    """

    x_cm: float
    y_cm: float
    yaw_deg: float
