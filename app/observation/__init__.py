"""Joins cameras and arm at one clock and publishes the latest observation."""

from app.observation.capture import CamerasProcess
from app.observation.client import CameraFeed, CamerasClient
from app.observation.frames import SLOTS, TIERS, FrameRing, FrameStamp
from app.observation.messages import FrameNotice

__all__ = [
    "SLOTS",
    "TIERS",
    "CameraFeed",
    "CamerasClient",
    "CamerasProcess",
    "FrameNotice",
    "FrameRing",
    "FrameStamp",
]
