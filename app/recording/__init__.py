"""The state machine that turns observations and actions into episodes."""

from app.recording.errors import CannotStart, IllegalMove
from app.recording.machine import TakeMachine
from app.recording.models import TRANSITIONS, Move, Phase
from app.recording.placement import placement_facts
from app.recording.recorder import Recorder
from app.recording.session import DEFAULT_TASK, RecordingSetup, SetupStore
from app.recording.take import RunningTake
from app.recording.witness import NoWitness, Witness

__all__ = [
    "DEFAULT_TASK",
    "TRANSITIONS",
    "CannotStart",
    "IllegalMove",
    "Move",
    "NoWitness",
    "Phase",
    "Recorder",
    "RecordingSetup",
    "RunningTake",
    "SetupStore",
    "TakeMachine",
    "Witness",
    "placement_facts",
]
