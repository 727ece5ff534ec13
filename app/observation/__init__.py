"""Joins cameras and arm at one clock and publishes the latest observation."""

from app.observation.frames import SLOTS, TIERS, FrameRing, FrameStamp

__all__ = ["SLOTS", "TIERS", "FrameRing", "FrameStamp"]
