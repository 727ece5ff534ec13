"""The `Camera`, `Arm`, `Leader` and `Workcell` protocols, and the real drivers, one file each."""

from app.devices.errors import DeviceFault, StillConnecting
from app.devices.models import (
    ArmModel,
    ArmReading,
    CameraSpec,
    Frame,
    GraspRing,
    Joint,
    Outcome,
    Placement,
    Start,
    Success,
    Vector,
)
from app.devices.protocols import Arm, FrameSource, Leader, Workcell

__all__ = [
    "Arm",
    "ArmModel",
    "ArmReading",
    "CameraSpec",
    "DeviceFault",
    "Frame",
    "FrameSource",
    "GraspRing",
    "Joint",
    "Leader",
    "Outcome",
    "Placement",
    "Start",
    "StillConnecting",
    "Success",
    "Vector",
    "Workcell",
]
