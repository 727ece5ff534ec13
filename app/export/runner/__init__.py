"""Runs an exported policy with numpy and the lanes' runtimes only; an artifact carries a copy of this folder.

So nothing here imports torch, LeRobot or any other part of the studio, and imports inside are relative. The studio
measures exports with these same files, so what the report says is what the device does.
"""

from .artifact import Artifact, ArtifactRefused, open_artifact
from .models import Camera, Language, Port, StageFile
from .policy import ExportedPolicy, Span
from .sessions import LaneMissing, Session, open_session

__all__ = [
    "Artifact",
    "ArtifactRefused",
    "Camera",
    "ExportedPolicy",
    "LaneMissing",
    "Language",
    "Port",
    "Session",
    "Span",
    "StageFile",
    "open_artifact",
    "open_session",
]
