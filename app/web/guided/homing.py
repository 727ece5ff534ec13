"""Drives the arm home after a take, by the rules of the lease."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from app.control.client import RigClient
from app.control.messages import Reply
from app.control.models import ControlPhase, Rank
from app.core.errors import StudioError

if TYPE_CHECKING:
    from app.web.studio import Studio

SOURCE = "studio-homing"
LABEL = "The drive home"
BEAT_S = 0.1
GIVE_UP_S = 20.0
TOLD_S = 5.0
HOLDERS_S = 8.0
TRIES = 3  # a lease may be given back in the very moment in which its holder is asked to drive
PROGRAM_S = 30.0
AT_HOME = 1.0
_UNABLE = (ControlPhase.stopped, ControlPhase.faulted, ControlPhase.starting)


class Homing:
    """One drive at a time. Whoever holds the arm keeps it: a person's own lease carries the order, and any
    movement of theirs ends the drive; where nobody does, the studio takes the lease as a program and returns it.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def notice(self) -> None:
        """The rig has told something."""
        self._news.set()

    @property
    def driving(self) -> bool:
        return self._task is not None and not self._task.done()

    def begin(self) -> None:
        """Drive home beside everything else; a drive under way goes on."""
        if not self.driving:
            self._task = asyncio.create_task(self._drive(), name="homing")
            self._task.add_done_callback(lambda task: self._studio.changed("guidance"))
            self._studio.changed("guidance")

    async def cancel(self) -> None:
        """Let go of the arm; returns when the lease is back and the studio knows it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def over(self) -> None:
        """Wait until no drive is under way."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _drive(self) -> None:
        with contextlib.suppress(StudioError):
            await self._until(lambda: not self._demonstrating, PROGRAM_S)
            for _ in range(TRIES):
                client, status = self._studio.rig, self._studio.status
                if client is None or status is None or status.phase in _UNABLE or self._arrived:
                    return
                if not status.lease.source:
                    await self._drive_ourselves(client)
                    return
                if status.lease.rank is not Rank.person:
                    return
                epoch = status.lease.epoch
                client.home(epoch)
                await self._until(lambda epoch=epoch: self._arrived or self._lost(epoch), HOLDERS_S)
                if not self._lost(epoch):
                    return  # arrived, or the holder drives elsewhere: asked once, never again

    async def _drive_ourselves(self, client: RigClient) -> None:
        asking = asyncio.ensure_future(client.acquire(SOURCE, Rank.program, LABEL))
        try:
            epoch = _granted(await asyncio.shield(asking))
        except asyncio.CancelledError:  # cancelled while asking: what is granted by then goes back at once
            with contextlib.suppress(StudioError):
                await self._give_back(client, _granted(await asking))
            raise
        if epoch is None:
            return
        beating = asyncio.create_task(_beat(client, epoch), name="homing-beat")
        try:
            await self._studio.lease_known(epoch)
            client.home(epoch)
            await self._until(lambda: self._arrived or self._lost(epoch), GIVE_UP_S)
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
            with contextlib.suppress(StudioError):
                await self._give_back(client, epoch)

    async def _give_back(self, client: RigClient, epoch: int | None) -> None:
        """Returns when the studio's own picture of the lease has followed: whoever waits for it may act on that."""
        if epoch is not None:
            await client.release(epoch)
            await self._until(lambda: self._lost(epoch), TOLD_S)

    @property
    def _demonstrating(self) -> bool:
        status = self._studio.status
        return status is not None and status.demonstrating

    @property
    def _arrived(self) -> bool:
        facts, position = self._studio.rig_facts, self._studio.position
        if facts is None or position is None:
            return False
        return all(abs(at - joint.home) <= AT_HOME for at, joint in zip(position, facts.joints, strict=True))

    def _lost(self, epoch: int) -> bool:
        """Somebody else has the arm, or the stop is latched."""
        status = self._studio.status
        return status is None or status.phase in _UNABLE or status.lease.epoch != epoch or not status.lease.source

    async def _until(self, done: Callable[[], bool], limit_s: float) -> None:
        """Look again at every tick and status; ends without a word when the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while not done():
                    self._news.clear()
                    await self._news.wait()


def _granted(reply: Reply) -> int | None:
    """The epoch of the lease; None where somebody else has it."""
    return int(reply.values["epoch"]) if reply.ok and reply.code == "granted" else None


async def _beat(client: RigClient, epoch: int) -> None:
    with contextlib.suppress(StudioError):
        while True:
            client.beat(epoch)
            await asyncio.sleep(BEAT_S)
