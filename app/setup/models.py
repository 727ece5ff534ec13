"""The words of a set-up: which arms can be calibrated here, and what a good sweep of each joint is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STEPS_PER_TURN = 4096


class Role(StrEnum):
    follower = "follower"
    leader = "leader"


@dataclass(frozen=True)
class JointSweep:
    """A joint, its servo's id, and how far a whole sweep from stop to stop is at least (deg).

    `turns` is a joint without stops: LeRobot gives it the whole turn, and it is not swept.
    """

    name: str
    servo: int
    good_deg: float
    turns: bool = False


@dataclass(frozen=True)
class ArmKind:
    """An arm that the set-up knows: LeRobot's type and class name, which is also the folder of its calibrations."""

    role: Role
    type: str
    folder: str
    joints: tuple[JointSweep, ...]


def _joints(gripper_deg: float) -> tuple[JointSweep, ...]:
    return (
        JointSweep("shoulder_pan", 1, 180.0),
        JointSweep("shoulder_lift", 2, 160.0),
        JointSweep("elbow_flex", 3, 150.0),
        JointSweep("wrist_flex", 4, 160.0),
        JointSweep("wrist_roll", 5, 0.0, turns=True),
        JointSweep("gripper", 6, gripper_deg),
    )


KINDS = {
    Role.follower: ArmKind(Role.follower, "so101_follower", "robots/so_follower", _joints(80.0)),
    Role.leader: ArmKind(Role.leader, "so101_leader", "teleoperators/so_leader", _joints(35.0)),
}
