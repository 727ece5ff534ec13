"""The web side of the cameras process: rings, frame notices, losses, measured rates."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core.channel import AsyncChannel, ChannelClosed, Codec
from app.core.clock import NS_PER_S
from app.observation.frames import FrameRing
from app.observation.messages import (
    Attached,
    CameraBack,
    CameraFacts,
    CameraLost,
    FrameNotice,
    FromCameras,
    SceneGeometry,
    ScenePoses,
    Shutdown,
    WantScene,
    WantTiers,
)

_RATE_FRAMES = 31


@dataclass
class CameraFeed:
    """One camera as web sees it. `lost` is the reason in words, "" while pictures come."""

    facts: CameraFacts
    ring: FrameRing
    lost: str = ""
    latest: FrameNotice | None = None
    gaps: int = 0
    exposures_ns: deque[int] = field(default_factory=lambda: deque(maxlen=_RATE_FRAMES))

    def rate_hz(self, now_ns: int) -> float | None:
        """Pictures per second over the last second or so; None before two came, 0 after 1.5 s of silence."""
        if len(self.exposures_ns) < 2:
            return None
        if now_ns - self.exposures_ns[-1] > 1.5 * NS_PER_S:
            return 0.0
        span_ns = self.exposures_ns[-1] - self.exposures_ns[0]
        return (len(self.exposures_ns) - 1) * NS_PER_S / span_ns if span_ns > 0 else None


class CamerasClient:
    """Attached to one cameras process; `on_frame(camera)` runs on the event loop at every notice."""

    def __init__(self, channel: AsyncChannel[FromCameras], attached: Attached) -> None:
        self._channel = channel
        self.attached = attached
        self.feeds = {facts.name: CameraFeed(facts, FrameRing.attach(Path(facts.ring))) for facts in attached.cameras}
        self._wanted: dict[str, int] = {}
        self._scene_wanted = False
        self.scene: list[dict[str, Any]] = []

    @classmethod
    async def attach(cls, path: Path) -> CamerasClient:
        """Connect and read the facts; OSError or ChannelClosed while the process is not there."""
        codec: Codec[FromCameras] = Codec(FromCameras)
        channel = await AsyncChannel.connect(path, codec)
        first = await asyncio.wait_for(channel.receive(), 5.0)
        if not isinstance(first, Attached):
            raise ChannelClosed("The cameras process did not introduce itself.")
        return cls(channel, first)

    async def run(
        self,
        on_frame: Callable[[str], None],
        on_change: Callable[[], None],
        on_poses: Callable[[list[dict[str, Any]]], None],
    ) -> None:
        """Follow notices until the process goes away (ChannelClosed)."""
        while True:
            message = await self._channel.receive()
            match message:
                case FrameNotice(camera=camera):
                    self._note(self.feeds[camera], message)
                    on_frame(camera)
                case CameraLost(camera=camera, reason=reason):
                    self.feeds[camera].lost = reason
                    on_change()
                case CameraBack(camera=camera):
                    self.feeds[camera].lost = ""
                    on_change()
                case SceneGeometry(parts=parts):
                    self.scene = parts
                case ScenePoses(bodies=bodies):
                    on_poses(bodies)
                case Attached():
                    pass

    def want_tiers(self, camera: str, mask: int) -> None:
        """Say which JPEG tiers somebody watches; sent only when it changed."""
        if self._wanted.get(camera, 0) != mask:
            self._wanted[camera] = mask
            self._channel.send(WantTiers(camera, mask))

    def want_scene(self, wanted: bool) -> None:
        """Say whether somebody watches the free view; sent only when it changed."""
        if self._scene_wanted != wanted:
            self._scene_wanted = wanted
            self._channel.send(WantScene(wanted))

    def shut_down(self) -> None:
        self._channel.send(Shutdown())

    async def close(self) -> None:
        await self._channel.close()
        for feed in self.feeds.values():
            feed.ring.close()

    @staticmethod
    def _note(feed: CameraFeed, notice: FrameNotice) -> None:
        if feed.latest is not None:
            feed.gaps += max(0, notice.sequence - feed.latest.sequence - 1)
        feed.latest = notice
        feed.exposures_ns.append(notice.exposure_ns)
