"""Every message of the studio's WebSockets, in one place.

`/ws/studio` speaks JSON text, one message a frame: the server sends `hello`
with the full state, then `changed` with one section at a time and `arm` at the
recording rate; the client sends commands, each with an `id` that the `reply`
carries back (0: no reply wanted). `/ws/live` speaks binary: pictures one way,
acknowledgements (JSON text) the other. docs/protocol.md and the browser's JSDoc
types are made from this file. null means unknown.

Positions are in joint units (deg; percent for a gripper), in the joint order of
`hello.state.rig.joints`; times in ns on the server's monotonic clock.
"""

from __future__ import annotations

import struct
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.control.models import ControlPhase, Rank
from app.devices.models import Outcome, Start
from app.jobs.models import JobState
from app.recording.models import Phase

Finite = Annotated[float, Field(allow_inf_nan=False)]
Id = Annotated[int, Field(ge=0)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# ---- state, server to client --------------------------------------------------------------------


class JointState(Model):
    name: str
    unit: Literal["deg", "percent"]
    lower: float
    upper: float
    max_speed: float
    home: float


class RigState(Model):
    """What the arm is and does. `simulated` drives the SIM or REAL sign.

    `renderer` is how pictures come to be: camera, gl, painter, prerendered, or "" while unknown.
    """

    name: str
    connected: bool
    simulated: bool
    renderer: str
    robot_type: str
    joints: list[JointState]
    phase: ControlPhase
    reason: str
    control_hz: float
    fps: int
    realtime: bool
    lateness_p99_ms: float | None
    missed: int
    stopped_by: str
    demonstrator: bool
    demonstrating: bool
    outcome: Outcome | None


class LeaseState(Model):
    """Who may move the arm. `mine` is true for the client this state is sent to."""

    epoch: int
    held: bool
    mine: bool
    rank: Rank | None
    label: str
    asked_label: str
    asked_by_me: bool


class CameraState(Model):
    name: str
    width: int
    height: int
    fps: int
    index: int
    measured_fps: float | None
    lost: bool
    reason: str


class ReadyItem(Model):
    """One line of the readiness panel. `level` block disables Start; `todo` says what mends it."""

    key: str
    label: str
    level: Literal["ok", "warn", "block"]
    text: str
    todo: str


class TakeState(Model):
    uuid: str
    rows: int
    elapsed_s: float
    repeated: int
    missed: int
    recovery_open: bool
    recovery_rows: int


class SavedState(Model):
    """The receipt of the last save: said only after the files were reopened."""

    dataset: str
    episode_index: int
    uuid: str
    rows: int
    duration_s: float
    repeated: int
    bytes: int
    outcome: Outcome | None
    undoable: bool


class RecorderState(Model):
    """The recorder. `start_blocked` is the one reason why Start is disabled ("" when it is not)."""

    phase: Phase
    dataset: str
    task: str
    operator: str
    practice: bool
    saved_episodes: int
    planned_episodes: int | None
    countdown_s: float | None
    take: TakeState | None
    last_saved: SavedState | None
    start_blocked: str
    max_take_s: float
    disk_minutes: float | None
    fault: str
    unfinished: int


class NoteState(Model):
    """One entry of the event list. `id` is stable, `cleared` when its cause has gone."""

    id: int
    level: Literal["info", "warn", "error"]
    code: str
    text: str
    at: str
    cleared: bool


class JobLink(Model):
    """Where a job's result is looked at."""

    label: str
    url: str


class JobSummary(Model):
    """One job: long work in a child process. `fraction` is 0..1, `rate` in `unit` per second; null is unknown.

    `text` is how far it is, or how it ended; `todo` what to do about a failure;
    `waits` why it has not started. `about` names the datasets, models or runs it belongs to.
    """

    id: str
    kind: str
    title: str
    state: JobState
    about: list[str]
    by: str
    created_at: str
    started_at: str
    ended_at: str
    text: str
    todo: str
    code: str
    waits: str
    cancelling: bool
    fraction: float | None
    step: int | None
    steps: int | None
    unit: str
    rate: float | None
    left_s: float | None
    links: list[JobLink]


class IdentityState(Model):
    user: str
    role: str
    client: str


class StudioState(Model):
    """Everything a page needs, section by section; `changed` replaces one section."""

    version: str
    identity: IdentityState
    rig: RigState
    lease: LeaseState
    cameras: list[CameraState]
    ready: list[ReadyItem]
    recorder: RecorderState
    notes: list[NoteState]
    jobs: list[JobSummary]


class Hello(Model):
    type: Literal["hello"] = "hello"
    server_ns: int
    state: StudioState


class Changed(Model):
    """One section of the state, whole."""

    type: Literal["changed"] = "changed"
    section: Literal["rig", "lease", "cameras", "ready", "recorder", "notes", "jobs"]
    value: (
        RigState | LeaseState | list[CameraState] | list[ReadyItem] | RecorderState | list[NoteState] | list[JobSummary]
    )


class ArmSample(Model):
    """The arm at one recording tick. `clamped` names the limits that cut the command."""

    type: Literal["arm"] = "arm"
    monotonic_ns: int
    position: list[float]
    target: list[float]
    clamped: list[str]
    tool_mm: list[float]


class ReceiptSample(Model):
    """When the rig received a motion command of the holder, and when it was applied; at most 50 a second."""

    type: Literal["receipt"] = "receipt"
    sequence: int
    received_ns: int
    applied_ns: int


class BodyPose(Model):
    """One body of the simulated scene: metres and quaternion (w, x, y, z) in the workspace frame."""

    body: int
    position: list[float]
    quaternion: list[float]


class SceneSample(Model):
    """Where the simulated scene's bodies are, to whoever watches the free view."""

    type: Literal["scene"] = "scene"
    bodies: list[BodyPose]


class ReplyMessage(Model):
    """The answer to a command. On `ok` false, `code`, `text` and `todo` say why and what to do."""

    type: Literal["reply"] = "reply"
    id: int
    ok: bool
    code: str = ""
    text: str = ""
    todo: str = ""


class Pong(Model):
    type: Literal["pong"] = "pong"
    client_ms: float
    server_ns: int


ServerMessage = Annotated[
    Hello | Changed | ArmSample | ReceiptSample | SceneSample | ReplyMessage | Pong, Field(discriminator="type")
]


# ---- commands, client to server -----------------------------------------------------------------


class Command(Model):
    id: Id = 0


class Ping(Command):
    """Measures the clock offset: `pong` returns `client_ms` and the server's clock."""

    type: Literal["ping"]
    client_ms: Finite


class LeaseAcquire(Command):
    """Take the lease, or ask its holder for it when that is a person.

    `label` is shown to everybody; `input` (keyboard, gamepad, touch, program) becomes the episode's column.
    """

    type: Literal["lease.acquire"]
    label: Name
    input: Annotated[str, Field(max_length=40)] = ""


class LeaseAnswer(Command):
    type: Literal["lease.answer"]
    grant: bool


class LeaseRelease(Command):
    type: Literal["lease.release"]


class Beat(Command):
    """The heartbeat, every 100 ms while this client holds the lease."""

    type: Literal["beat"]


class Jog(Command):
    """Cartesian velocity of the tool: m/s in the base frame (x ahead, y left, z up), deg/s, percent/s."""

    type: Literal["jog"]
    sequence: Id
    linear_m_s: tuple[Finite, Finite, Finite] = (0.0, 0.0, 0.0)
    pitch_deg_s: Finite = 0.0
    roll_deg_s: Finite = 0.0
    gripper_per_s: Finite = 0.0


class JogJoints(Command):
    """Velocity of each joint, in joint units per second."""

    type: Literal["jog.joints"]
    sequence: Id
    speed: Annotated[list[Finite], Field(max_length=32)]


class Target(Command):
    """Absolute joint targets."""

    type: Literal["target"]
    sequence: Id
    position: Annotated[list[Finite], Field(max_length=32)]


class GoHome(Command):
    type: Literal["home"]


class EmergencyStop(Command):
    """Latched; needs no lease."""

    type: Literal["stop"]


class ResetStop(Command):
    type: Literal["stop.reset"]


class RecordStart(Command):
    """Begin the countdown. `skip_countdown` is for the headless path."""

    type: Literal["record.start"]
    skip_countdown: bool = False


class RecordCancel(Command):
    """The least destructive way out: cancels a countdown, stops a take into deciding."""

    type: Literal["record.cancel"]


class RecordPause(Command):
    type: Literal["record.pause"]


class RecordResume(Command):
    type: Literal["record.resume"]


class RecordStop(Command):
    """End the take and decide."""

    type: Literal["record.stop"]


class RecordSave(Command):
    """End the take where it still runs, label it, and save it."""

    type: Literal["record.save"]
    outcome: Outcome | None = None
    recovery_cause: Annotated[str, Field(max_length=80)] = ""


class RecordDiscard(Command):
    """Drop the take; with `again`, start the countdown of its repetition at once."""

    type: Literal["record.discard"]
    again: bool = False


class RecordUndo(Command):
    """Take back the last save: the episode leaves the dataset and is kept in the trash of takes."""

    type: Literal["record.undo"]


class RecoveryMark(Command):
    """Mark the beginning (`open`) or the end of a recovery in the running take."""

    type: Literal["record.recovery"]
    open: bool


class RecordSetup(Command):
    """What is recorded into, and by whom; null leaves a setting as it is."""

    type: Literal["record.setup"]
    dataset: Annotated[str, Field(max_length=80)] | None = None
    task: Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)] | None = None
    operator: Annotated[str, Field(max_length=80)] | None = None
    practice: bool | None = None
    max_take_s: Annotated[float, Field(gt=1, le=3600, allow_inf_nan=False)] | None = None


class PlaceObject(Command):
    """Simulator: put the object there; with `start`, put the whole scene into that state."""

    type: Literal["place"]
    x_cm: Finite
    y_cm: Finite
    yaw_deg: Finite
    start: Start | None = None


class Demonstrate(Command):
    """Watch the scripted demonstrator perform the task once."""

    type: Literal["demonstrate"]
    seed: Id | None = None


class SceneWatch(Command):
    """Simulator: start or stop the free view's poses for this client."""

    type: Literal["scene.watch"]
    on: bool


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
    | SceneWatch,
    Field(discriminator="type"),
]

MAX_TEXT_BYTES = 64 * 1024


# ---- live pictures, binary ----------------------------------------------------------------------

# version, camera index, tier, flags, frame index (u32), exposure_ns, sent_ns, then the JPEG
LIVE_HEADER = struct.Struct("<BBBBIQQ")
LIVE_VERSION = 1


class LiveWatch(Model):
    """First message on `/ws/live`, and again when it changes: the cameras this page shows ([] pauses)."""

    type: Literal["watch"]
    cameras: list[Name]


class LiveAck(Model):
    """The picture is on the canvas; the next of this camera may come. `age_ms` is exposure to canvas."""

    type: Literal["ack"]
    camera: Annotated[int, Field(ge=0, le=31)]
    index: Id
    age_ms: Finite | None = None


LiveMessage = Annotated[LiveWatch | LiveAck, Field(discriminator="type")]
