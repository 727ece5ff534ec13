"""Decides who may move the arm now, and clamps every command.

This front door is what the studio's process needs; the rig's own side (`rig.assemble`,
`process.RigProcess`) is imported by its module, because it brings the kinematic model along.
"""

from app.control.client import RigClient
from app.control.models import ControlPhase, Rank
from app.control.settings import JOG_LIFE_S, ControlSettings

__all__ = ["JOG_LIFE_S", "ControlPhase", "ControlSettings", "Rank", "RigClient"]
