"""The state machine that turns observations and actions into episodes."""

from app.recording.errors import CannotStart, IllegalMove
from app.recording.machine import TakeMachine
from app.recording.models import TRANSITIONS, Move, Phase
from app.recording.placement import placement_facts
from app.recording.recorder import Recorder
from app.recording.session import DEFAULT_TASK, RecordingSetup, SetupStore
from app.recording.take import RunningTake

__all__ = [
    "DEFAULT_TASK",
    "TRANSITIONS",
    "CannotStart",
    "IllegalMove",
    "Move",
    "Phase",
    "Recorder",
    "RecordingSetup",
    "RunningTake",
    "SetupStore",
    "TakeMachine",
    "placement_facts",
]
