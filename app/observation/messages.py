"""What web and the cameras process say to each other."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The base of every message: frozen, tagged by its class name."""


class WantTiers(Message, frozen=True):
    """Which JPEG tiers somebody watches, as a bit mask: 1 full, 2 lower quality, 4 half size."""

    camera: str
    mask: int


class Shutdown(Message, frozen=True):
    """The studio closes on purpose."""


type ToCameras = WantTiers | Shutdown


class CameraFacts(Message, frozen=True):
    name: str
    width: int
    height: int
    fps: int
    ring: str


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


type FromCameras = Attached | FrameNotice | CameraLost | CameraBack
