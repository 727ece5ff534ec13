"""The SO-101 as the studio knows it: joints, limits, speeds and the kinematic model."""

from __future__ import annotations

from pathlib import Path

from app.devices.models import ArmModel, GraspRing, Joint

_BODY_SPEED_DEG_S = 150.0
_BODY_ACCELERATION_DEG_S2 = 900.0


def _body(name: str, reach_deg: float, home: float, rest: float) -> Joint:
    """A body joint; half a degree inside the mechanical stop, so that no command leans on it."""
    bound = reach_deg - 0.5
    return Joint(name, "deg", -bound, bound, _BODY_SPEED_DEG_S, _BODY_ACCELERATION_DEG_S2, home, rest)


SO101 = ArmModel(
    name="SO-101",
    robot_type="so_follower",
    joints=(
        _body("shoulder_pan", 110, home=0.0, rest=0.0),
        _body("shoulder_lift", 100, home=-5.0, rest=-98.0),
        _body("elbow_flex", 97, home=-20.0, rest=95.0),
        _body("wrist_flex", 105, home=85.0, rest=35.0),
        _body("wrist_roll", 160, home=0.0, rest=0.0),
        Joint("gripper", "percent", 0.0, 100.0, 250.0, 2500.0, home=2.0, rest=2.0),
    ),
    mjcf=(Path(__file__).parent / "so101.xml").read_text(encoding="utf-8"),
    # Within what its kinematics allow (9.1 to 42.4 cm, tests/devices/test_reach.py), with room to correct a grasp.
    reach=GraspRing(inner_cm=10.0, outer_cm=40.0, pan_deg=100.0),
)
