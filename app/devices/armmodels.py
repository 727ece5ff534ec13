"""The arms that the studio has a model of, and how a rig file describes one that it has none of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from app.core.errors import Refused
from app.devices.bimanual import TWO_SO101
from app.devices.models import ArmModel, Joint
from app.devices.so101 import SO101

MODELS = {"so101_follower": SO101, "so100_follower": SO101, "bi_so_follower": TWO_SO101}
_NEEDED = ("lower", "upper", "max_speed", "rest")
_RAMP_S = 0.25  # to a joint's top speed, where nobody says how fast it may accelerate


class Limits(Protocol):
    """What a rig file says of one joint, None where it says nothing."""

    @property
    def unit(self) -> str: ...

    lower: float | None
    upper: float | None
    max_speed: float | None
    max_acceleration: float | None
    home: float | None
    rest: float | None


class BadArm(Refused):
    """The arm cannot be driven as described; `place` is where in the rig file, [arm] being its beginning."""

    code = "bad_arm"

    def __init__(self, message: str, *, todo: str, place: tuple[str, ...]) -> None:
        super().__init__(message, todo=todo)
        self.place = place


def described_arm(type_name: str, limits: Mapping[str, Limits]) -> ArmModel:
    """The model of LeRobot's `type_name` within the rig file's limits; BadArm in words."""
    model = MODELS.get(type_name)
    if model is None:
        return _blind(type_name, limits)
    for name in limits:
        if name not in model.joint_names:
            raise BadArm(
                f"{name!r} is no joint of this arm.",
                todo=f"Its joints: {', '.join(model.joint_names)}.",
                place=("arm", "limits", name),
            )
    return replace(model, joints=tuple(_limited(joint, limits.get(joint.name)) for joint in model.joints))


def _limited(joint: Joint, limits: Limits | None) -> Joint:
    """`joint` within both its own limits and the file's; home and rest come along."""
    if limits is None:
        return joint
    lower = joint.lower if limits.lower is None else max(joint.lower, limits.lower)
    upper = joint.upper if limits.upper is None else min(joint.upper, limits.upper)
    _require_range(joint.name, lower, upper, f"Within {joint.lower} to {joint.upper}.")
    home = joint.home if limits.home is None else limits.home
    rest = joint.rest if limits.rest is None else limits.rest
    return replace(
        joint,
        lower=lower,
        upper=upper,
        max_speed=min(joint.max_speed, limits.max_speed or joint.max_speed),
        max_acceleration=min(joint.max_acceleration, limits.max_acceleration or joint.max_acceleration),
        home=min(max(home, lower), upper),
        rest=min(max(rest, lower), upper),
    )


def _blind(type_name: str, limits: Mapping[str, Limits]) -> ArmModel:
    """An arm without a model: joint by joint within what the file says, and nothing keeps it off the table."""
    if not limits:
        raise BadArm(
            f"The studio has no model of the arm {type_name!r}, so the rig file has to say what its joints may do.",
            todo="Write [arm.limits.JOINT] with lower, upper, max_speed and rest for every joint in LeRobot's order,"
            f" or take an arm with a model: {', '.join(MODELS)}.",
            place=("arm", "type"),
        )
    joints = tuple(_joint(name, one) for name, one in limits.items())
    return ArmModel(
        name=type_name.replace("_", " "),
        robot_type=type_name,
        joints=joints,
        mjcf=_skeleton(joints),
        sides=("",),
        blind=True,
    )


def _joint(name: str, limits: Limits) -> Joint:
    missing = [field for field in _NEEDED if getattr(limits, field) is None]
    if missing:
        raise BadArm(
            f"The joint {name!r} of an arm without a model also needs {', '.join(missing)}.",
            todo="Add it, in the joint's own unit.",
            place=("arm", "limits", name),
        )
    lower, upper, speed, rest = (float(getattr(limits, field)) for field in _NEEDED)
    _require_range(name, lower, upper, "lower has to be below upper.")
    home = rest if limits.home is None else limits.home
    acceleration = limits.max_acceleration or speed / _RAMP_S
    kept = (min(max(value, lower), upper) for value in (home, rest))
    return Joint(name, limits.unit, lower, upper, speed, acceleration, *kept)


def _require_range(name: str, lower: float, upper: float, todo: str) -> None:
    if lower >= upper:
        raise BadArm(f"The limits of {name!r} leave no range.", todo=todo, place=("arm", "limits", name))


def _skeleton(joints: tuple[Joint, ...]) -> str:
    """Joints that carry nothing, far above any table: control's kinematics have something to turn."""
    hinges = "".join(
        f'<body name="{joint.name}" pos="0 0 10"><joint name="{joint.name}" axis="0 0 1" range="-180 180"/>'
        '<geom size="0.01" contype="0" conaffinity="0" mass="0.01"/></body>'
        for joint in joints
    )
    site = '<site name="tool" pos="0 0 10"/>'
    return f'<mujoco><compiler angle="degree"/><worldbody>{hinges}{site}</worldbody></mujoco>'
