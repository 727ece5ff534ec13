"""What web and the cameras process say to each other."""

from __future__ import annotations

from typing import Any

import msgspec

from app.devices.models import CameraMount


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The base of every message: frozen, tagged by its class name."""


class WantTiers(Message, frozen=True):
    """Which JPEG tiers somebody watches, as a bit mask: 1 full, 2 lower quality, 4 half size."""

    camera: str
    mask: int


class WantScene(Message, frozen=True):
    """Whether somebody watches the free view of a simulated scene."""

    wanted: bool


class Shutdown(Message, frozen=True):
    """The studio closes on purpose."""


type ToCameras = WantTiers | WantScene | Shutdown


class CameraFacts(Message, frozen=True):
    """`locked` is what the driver read back of exposure, white balance, focus and gain; empty while automatic."""

    name: str
    width: int
    height: int
    fps: int
    ring: str
    mount: CameraMount | None = None
    locked: dict[str, float] = {}


class Attached(Message, frozen=True):
    """First message on every attachment. `renderer` says how pictures come to be (camera, gl, painter)."""

    pid: int
    cameras: tuple[CameraFacts, ...]
    simulated: bool
    renderer: str


class FrameNotice(Message, frozen=True):
    """Frame `index` of a camera is in its ring."""

    camera: str
    index: int
    sequence: int
    exposure_ns: int
    published_ns: int


class CameraLost(Message, frozen=True):
    camera: str
    reason: str


class CameraBack(Message, frozen=True):
    camera: str


class SceneGeometry(Message, frozen=True):
    """The parts of a simulated scene as primitives, sent once to whoever attaches; JSON-ready."""

    parts: list[dict[str, Any]]


class ScenePoses(Message, frozen=True):
    """Where the scene's bodies are: each with its number, metres and quaternion (w, x, y, z)."""

    bodies: list[dict[str, Any]]


type FromCameras = Attached | FrameNotice | CameraLost | CameraBack | SceneGeometry | ScenePoses
