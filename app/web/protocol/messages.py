"""What the server sends on `/ws/studio`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.web.protocol.base import Model
from app.web.protocol.checks import ChecksState
from app.web.protocol.guidance import GuidanceState
from app.web.protocol.jobs import JobSummary
from app.web.protocol.policy import PolicyState
from app.web.protocol.state import (
    CameraState,
    LeaseState,
    NoteState,
    ReadyItem,
    RecorderState,
    RigState,
    StudioState,
)


class Hello(Model):
    type: Literal["hello"] = "hello"
    server_ns: int
    state: StudioState


class Changed(Model):
    """One section of the state, whole."""

    type: Literal["changed"] = "changed"
    section: Literal["rig", "lease", "cameras", "ready", "recorder", "guidance", "checks", "notes", "jobs", "policy"]
    value: (
        RigState
        | LeaseState
        | list[CameraState]
        | list[ReadyItem]
        | RecorderState
        | GuidanceState
        | ChecksState
        | list[NoteState]
        | list[JobSummary]
        | PolicyState
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
