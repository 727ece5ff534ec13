"""The studio's session with the cameras' process: attached, followed, attached again."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.core.channel import ChannelClosed
from app.core.companions import Companion, keep
from app.observation import CamerasClient, FrameRing
from app.web.studio.parting import part

if TYPE_CHECKING:
    from app.web.studio.studio import Studio


class CamerasSession:
    """`client` is None while there are no cameras, and `down` says why."""

    def __init__(self, studio: Studio, process: Companion) -> None:
        self._studio = studio
        self._process = process
        self.client: CamerasClient | None = None
        self.down = ""

    async def run(self) -> None:
        """Hold the session for ever; cancelled at shutdown."""
        await keep(self._process, self._attach, self._follow, self._went_down)

    async def end(self) -> None:
        await self._process.end()

    def rings(self) -> Mapping[str, FrameRing]:
        return {name: feed.ring for name, feed in self.client.feeds.items()} if self.client else {}

    def want_scene(self) -> None:
        """Ask the simulator for poses exactly while somebody watches the free view."""
        if self.client is not None:
            with contextlib.suppress(ChannelClosed):
                self.client.want_scene(self._studio.audience.watches_scene)

    @property
    def not_ready_reason(self) -> str:
        """Why there are no pictures, "" once the first of every camera is out."""
        if self.client is None:
            return self.down or "The cameras process is starting."
        if missing := [name for name, feed in self.client.feeds.items() if feed.latest is None]:
            return f"No picture yet from: {', '.join(missing)}."
        return ""

    async def _attach(self) -> CamerasClient:
        return await CamerasClient.attach(self._studio.folder.run_folder / "cameras.sock")

    async def _follow(self, client: CamerasClient) -> None:
        studio = self._studio
        self.client, self.down = client, ""
        studio.notes.clear("cameras")
        studio.guided.eyes_changed()
        studio.live.on_attached()
        studio.deployment.policy.cameras_attached()
        self.want_scene()
        studio.changed("cameras")
        try:
            await client.run(self._frame_came, lambda: studio.changed("cameras"), studio.audience.scene_moved)
        finally:
            self.client = None
            studio.guided.eyes_changed()
            with studio.guided.watcher.reading:  # the rings are closed: nobody may be looking into them
                await part(client, for_good=studio.closing)

    def _frame_came(self, camera: str) -> None:
        self._studio.live.on_frame(camera)
        self._studio.recorder.on_frame()

    def _went_down(self, reason: str) -> None:
        self.down = f"{reason} It is being started again."
        self._studio.notes.add("error", "cameras_down", self.down, cause="cameras")
        self._studio.changed("cameras")
