"""The studio's state, section by section, as a page gets it."""

from __future__ import annotations

from typing import Literal

from app.control.models import ControlPhase, Rank
from app.devices.models import Outcome
from app.recording.models import Phase
from app.web.protocol.base import Model
from app.web.protocol.checks import ChecksState
from app.web.protocol.guidance import GuidanceState
from app.web.protocol.jobs import JobSummary
from app.web.protocol.policy import PolicyState


class JointState(Model):
    name: str
    unit: Literal["deg", "percent"]
    lower: float
    upper: float
    max_speed: float
    home: float


class LeaderState(Model):
    """The teleoperator's arm: whether the follower follows it now, and why it cannot ("" when it can).

    `driven`: it goes to the arm before it is followed, instead of the arm to it.
    """

    name: str
    driven: bool
    following: bool
    problem: str


class RigState(Model):
    """What the arm is and does. `simulated` drives the SIM or REAL sign.

    `renderer` is how pictures come to be: camera, gl, painter, prerendered, or "" while unknown. `leader` is null on
    a rig without one.
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
    leader: LeaderState | None
    sides: list[str]
    blind: bool


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


class DeniedState(Model):
    """A right that the role does not reach, and the sentence that a dead button says."""

    right: str
    why: str


class IdentityState(Model):
    """Who this client is. `denied` is empty for an admin, and on loopback, where nobody signs in."""

    user: str
    role: str
    client: str
    denied: list[DeniedState]


class StudioState(Model):
    """Everything a page needs, section by section; `changed` replaces one section."""

    version: str
    identity: IdentityState
    rig: RigState
    lease: LeaseState
    cameras: list[CameraState]
    ready: list[ReadyItem]
    recorder: RecorderState
    guidance: GuidanceState
    checks: ChecksState
    notes: list[NoteState]
    jobs: list[JobSummary]
    policy: PolicyState
