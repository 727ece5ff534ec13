"""The state machine that turns observations and actions into episodes."""

from app.recording.errors import CannotStart, IllegalMove
from app.recording.machine import TakeMachine
from app.recording.models import TRANSITIONS, Move, Phase
from app.recording.recorder import Recorder, RunningTake
from app.recording.session import RecordingSetup, SetupStore

__all__ = [
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
]
