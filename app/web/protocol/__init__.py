"""Every message of the studio's WebSockets, in one place: one typed protocol, a file for each side of it.

`/ws/studio` speaks JSON text, one message a frame: the server sends `hello`
with the full state, then `changed` with one section at a time and `arm` at the
recording rate; the client sends commands, each with an `id` that the `reply`
carries back (0: no reply wanted). `/ws/live` speaks binary: pictures one way,
acknowledgements (JSON text) the other. docs/protocol.md and the browser's JSDoc
types are made from this package. null means unknown.

Positions are in joint units (deg; percent for a gripper), in the joint order of
`hello.state.rig.joints`; times in ns on the server's monotonic clock.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.web.protocol.base import Command, Model
from app.web.protocol.checks import (
    ChecksOverride,
    ChecksSnooze,
    ChecksState,
    Disturb,
    DisturbanceState,
    FindingState,
    LightState,
    NumberState,
    OverrideState,
    ReferenceCapture,
    ReferenceState,
    VerdictState,
)
from app.web.protocol.commands import (
    Beat,
    Demonstrate,
    EmergencyStop,
    FollowLeader,
    GoHome,
    Jog,
    JogJoints,
    LeaseAcquire,
    LeaseAnswer,
    LeaseRelease,
    Ping,
    PlaceObject,
    RecordCancel,
    RecordDiscard,
    RecordPause,
    RecordResume,
    RecordSave,
    RecordSetup,
    RecordStart,
    RecordStop,
    RecordUndo,
    RecoveryMark,
    ResetStop,
    SceneWatch,
    Target,
)
from app.web.protocol.guidance import (
    CauseState,
    ChecklistAnswer,
    ChecklistState,
    ClusterState,
    GuidanceState,
    HandsFree,
    HomeAfterStop,
    PlaceForMe,
    PlaceState,
    PlanDefault,
    PlanState,
    ProgressState,
    QueueState,
    SeenState,
    ShareState,
    TargetBack,
    TargetPin,
    TargetPrioritise,
    TargetSkip,
    TargetState,
    TargetWord,
)
from app.web.protocol.jobs import JobLink, JobSummary
from app.web.protocol.live import LIVE_HEADER, LIVE_VERSION, LiveAck, LiveMessage, LiveWatch
from app.web.protocol.messages import (
    ArmSample,
    BodyPose,
    Changed,
    Hello,
    Pong,
    ReceiptSample,
    ReplyMessage,
    SceneSample,
    ServerMessage,
)
from app.web.protocol.policy import (
    ChoiceState,
    DelayPreset,
    FeasibilityState,
    LiveRunState,
    ModeState,
    OpenedPolicyState,
    PolicyChoose,
    PolicyClose,
    PolicyFinish,
    PolicyHandBack,
    PolicyMark,
    PolicyMeasure,
    PolicyOpen,
    PolicyPause,
    PolicyPush,
    PolicyResume,
    PolicyStart,
    PolicyState,
    PolicyStop,
    PolicyTakeOver,
    RunFigures,
    SmoothnessState,
    StageLatency,
)
from app.web.protocol.state import (
    CameraState,
    DeniedState,
    IdentityState,
    JointState,
    LeaderState,
    LeaseState,
    NoteState,
    ReadyItem,
    RecorderState,
    RigState,
    SavedState,
    StudioState,
    TakeState,
)

ClientMessage = Annotated[
    Ping
    | LeaseAcquire
    | LeaseAnswer
    | LeaseRelease
    | Beat
    | Jog
    | JogJoints
    | Target
    | GoHome
    | FollowLeader
    | EmergencyStop
    | ResetStop
    | RecordStart
    | RecordCancel
    | RecordPause
    | RecordResume
    | RecordStop
    | RecordSave
    | RecordDiscard
    | RecordUndo
    | RecoveryMark
    | RecordSetup
    | PlaceObject
    | Demonstrate
    | SceneWatch
    | PlanDefault
    | TargetSkip
    | TargetBack
    | TargetPin
    | TargetPrioritise
    | TargetWord
    | PlaceForMe
    | HandsFree
    | HomeAfterStop
    | ChecklistAnswer
    | ChecksSnooze
    | ChecksOverride
    | ReferenceCapture
    | Disturb
    | PolicyChoose
    | PolicyClose
    | PolicyFinish
    | PolicyHandBack
    | PolicyMark
    | PolicyMeasure
    | PolicyOpen
    | PolicyPause
    | PolicyPush
    | PolicyResume
    | PolicyStart
    | PolicyStop
    | PolicyTakeOver,
    Field(discriminator="type"),
]

MAX_TEXT_BYTES = 64 * 1024

__all__ = [
    "LIVE_HEADER",
    "LIVE_VERSION",
    "MAX_TEXT_BYTES",
    "ArmSample",
    "Beat",
    "BodyPose",
    "CameraState",
    "CauseState",
    "Changed",
    "ChecklistAnswer",
    "ChecklistState",
    "ChecksOverride",
    "ChecksSnooze",
    "ChecksState",
    "ChoiceState",
    "ClientMessage",
    "ClusterState",
    "Command",
    "DelayPreset",
    "Demonstrate",
    "DeniedState",
    "Disturb",
    "DisturbanceState",
    "EmergencyStop",
    "FeasibilityState",
    "FindingState",
    "FollowLeader",
    "GoHome",
    "GuidanceState",
    "HandsFree",
    "Hello",
    "HomeAfterStop",
    "IdentityState",
    "JobLink",
    "JobSummary",
    "Jog",
    "JogJoints",
    "JointState",
    "LeaderState",
    "LeaseAcquire",
    "LeaseAnswer",
    "LeaseRelease",
    "LeaseState",
    "LightState",
    "LiveAck",
    "LiveMessage",
    "LiveRunState",
    "LiveWatch",
    "ModeState",
    "Model",
    "NoteState",
    "NumberState",
    "OpenedPolicyState",
    "OverrideState",
    "Ping",
    "PlaceForMe",
    "PlaceObject",
    "PlaceState",
    "PlanDefault",
    "PlanState",
    "PolicyChoose",
    "PolicyClose",
    "PolicyFinish",
    "PolicyHandBack",
    "PolicyMark",
    "PolicyMeasure",
    "PolicyOpen",
    "PolicyPause",
    "PolicyPush",
    "PolicyResume",
    "PolicyStart",
    "PolicyState",
    "PolicyStop",
    "PolicyTakeOver",
    "Pong",
    "ProgressState",
    "QueueState",
    "ReadyItem",
    "ReceiptSample",
    "RecordCancel",
    "RecordDiscard",
    "RecordPause",
    "RecordResume",
    "RecordSave",
    "RecordSetup",
    "RecordStart",
    "RecordStop",
    "RecordUndo",
    "RecorderState",
    "RecoveryMark",
    "ReferenceCapture",
    "ReferenceState",
    "ReplyMessage",
    "ResetStop",
    "RigState",
    "RunFigures",
    "SavedState",
    "SceneSample",
    "SceneWatch",
    "SeenState",
    "ServerMessage",
    "ShareState",
    "SmoothnessState",
    "StageLatency",
    "StudioState",
    "TakeState",
    "Target",
    "TargetBack",
    "TargetPin",
    "TargetPrioritise",
    "TargetSkip",
    "TargetState",
    "TargetWord",
    "VerdictState",
]
