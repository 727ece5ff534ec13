"""The studio's session with the rig's process: attached, followed, attached again, and what the rig said last."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from app.control.client import RigClient
from app.control.errors import RigAway
from app.control.messages import Attached, LeaseFacts, Look, Note, Receipt, Reply, RunStatus, Status, Tick
from app.control.models import ARM_BACK, RETRYING, ControlPhase
from app.core.channel import ChannelClosed
from app.core.companions import Companion, keep
from app.core.errors import NotReady, StudioError
from app.core.identity import Identity
from app.devices import DeviceFault
from app.web.studio.parting import part

if TYPE_CHECKING:
    from app.web.studio.studio import Studio

LEASE_KNOWN_S = 1.0


class RigSession:
    """`client` and `status` are None while there is no rig, and `down` says why; `facts` outlive it."""

    def __init__(self, studio: Studio, process: Companion) -> None:
        self._studio = studio
        self._process = process
        self._status_came = asyncio.Event()
        self.client: RigClient | None = None
        self.facts: Attached | None = None
        self.status: Status | None = None
        self.position: tuple[float, ...] | None = None
        self.down = ""

    async def run(self) -> None:
        """Hold the session for ever; cancelled at shutdown."""
        await keep(self._process, self._attach, self._follow, self._went_down)

    async def end(self) -> None:
        """Let the process end; the arm goes to rest first."""
        await self._process.end()

    # ---- what is asked of it ----

    def require(self) -> RigClient:
        if self.client is None:
            raise NotReady(f"The rig is not attached. {self.down}".strip(), todo="Wait a moment.")
        return self.client

    @property
    def lease(self) -> LeaseFacts | None:
        return self.status.lease if self.status else None

    async def lease_known(self, epoch: int) -> None:
        """Wait until the status that carries lease `epoch` has arrived, so that commands after a grant pass."""
        try:
            async with asyncio.timeout(LEASE_KNOWN_S):
                while self.status is None or self.status.lease.epoch < epoch:
                    self._status_came.clear()
                    await self._status_came.wait()
        except TimeoutError as error:
            raise NotReady("The rig granted control but does not report it.", todo="Try again.") from error

    async def withdraw(self, who: Identity) -> None:
        """A page that asked for the arm and closed asks no longer."""
        lease = self.lease
        if self.client is not None and lease is not None and lease.asked_by == who.client:
            with contextlib.suppress(StudioError):
                await self.client.withdraw(who.client)

    # ---- the session ----

    async def _attach(self) -> RigClient:
        try:
            return await RigClient.attach(self._studio.folder.run_folder / "rig.sock")
        except RigAway as error:
            raise ChannelClosed(str(error)) from error

    async def _follow(self, client: RigClient) -> None:
        studio = self._studio
        self.client, self.facts, self.down = client, client.attached, ""
        studio.notes.clear("rig")
        if studio.setup.stopped_by:  # a rig that was started again knows nothing of it
            client.stop(studio.setup.stopped_by)
        attached = asyncio.create_task(studio.guided.rig_attached(), name="rig-attached")
        try:
            async for message in client.events():
                self._heard(message)
        finally:
            self.client, self.status = None, None
            studio.deployment.rig_gone()
            attached.cancel()
            await part(client, for_good=studio.closing)

    def _heard(self, message: Tick | Status | Receipt | Note | Reply | Attached | Look | RunStatus) -> None:
        studio = self._studio
        match message:
            case Tick():
                self.position = message.position
                studio.guided.rig_told()
                studio.recorder.on_tick(message)
                studio.audience.arm_moved(message)
            case Status():
                self._stands(message)
            case RunStatus():
                studio.deployment.told(message)
            case Receipt():
                studio.audience.receipt_came(message)
            case Note():
                self._noted(message)
            case _:
                pass

    def _noted(self, note: Note) -> None:
        """A fault of the arm is over when the arm is back: its sentence stays readable and no longer counts."""
        cause = "arm" if note.code == DeviceFault.code else ""
        self._studio.notes.add(note.level, note.code, note.text, cause=cause)  # type: ignore[arg-type]
        if note.code == ARM_BACK:
            self._studio.notes.clear("arm")

    def _stands(self, status: Status) -> None:
        studio = self._studio
        before, self.status = self.status, status
        if before is None and status.stopped_by:  # pressed before this studio was there
            studio.setup.stop(status.stopped_by)
        self._status_came.set()
        studio.guided.rig_told()
        if status.phase is ControlPhase.faulted:
            studio.recorder.on_arm_lost(status.reason.removesuffix(RETRYING))
        if before is None or before.lease != status.lease:
            studio.changed("lease")
        studio.changed("rig")

    def _went_down(self, reason: str) -> None:
        studio = self._studio
        self.down = f"{reason} It is being started again; the arm holds."
        studio.notes.clear("arm")  # the next process says what it finds
        studio.notes.add("error", "rig_down", self.down, cause="rig")
        studio.recorder.on_arm_lost(reason)
        studio.changed("rig")
        studio.changed("lease")
