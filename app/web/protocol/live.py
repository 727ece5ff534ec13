"""Live pictures on `/ws/live`: binary one way, acknowledgements the other."""

from __future__ import annotations

import struct
from typing import Annotated, Literal

from pydantic import Field

from app.web.protocol.base import Finite, Id, Model, Name

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
