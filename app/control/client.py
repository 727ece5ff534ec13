"""The studio's end of the wire to the rig."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from app.control import messages
from app.control.errors import RigAway, RigRefused
from app.control.messages import Attached, FromRig, Reply
from app.control.models import Rank
from app.core.channel import AsyncChannel, ChannelClosed, Codec

_QUEUE = 8192
_REPLY_S = 5.0


class RigClient:
    """An attachment to a running rig.

    `attached` says what the rig is; `events` yields everything else but replies,
    in order, and ends when the rig is gone. Commands return at once and raise
    `RigAway` on a dead wire; requests await the rig's `Reply`. Commands carry
    `sequence`, rising within an epoch; those of `home` count apart.
    """

    def __init__(self, channel: AsyncChannel[FromRig], attached: Attached) -> None:
        self.attached = attached
        self._channel = channel
        self._events: asyncio.Queue[FromRig | None] = asyncio.Queue(_QUEUE)
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._requests = itertools.count(1)
        self._orders = itertools.count(1)
        self._reader: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()

    @classmethod
    async def attach(cls, path: Path, *, timeout_s: float = 5.0) -> RigClient:
        """Attach to the rig at `path`; `RigAway` when nothing answers there."""
        try:
            async with asyncio.timeout(timeout_s):
                channel: AsyncChannel[FromRig] = await AsyncChannel.connect(path, Codec(FromRig))
                hello = await channel.receive()
        except (OSError, TimeoutError) as error:
            raise RigAway("The rig does not answer.", todo="It is started again; wait a moment.") from error
        if not isinstance(hello, Attached):
            await channel.close()
            raise RigAway("Something else than a rig answers on its socket.", todo="Restart the studio.")
        client = cls(channel, hello)
        client._reader = asyncio.create_task(client._read(), name="rig-client")
        return client

    async def close(self) -> None:
        """Detach; open requests fail, `events` ends."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        self._end()
        await self._channel.close()

    async def events(self) -> AsyncIterator[FromRig]:
        """Ticks, statuses, receipts and notes as they come. For one consumer."""
        while (event := await self._events.get()) is not None:
            yield event

    # ---- commands ----

    def beat(self, epoch: int, sent_ns: int | None = None) -> None:
        self._send(messages.Beat(epoch, _stamp(sent_ns)))

    def jog(
        self,
        epoch: int,
        sequence: int,
        linear_m_s: tuple[float, float, float],
        *,
        pitch_deg_s: float = 0.0,
        roll_deg_s: float = 0.0,
        gripper_per_s: float = 0.0,
        side: str = "",
        sent_ns: int | None = None,
    ) -> None:
        stamp = _stamp(sent_ns)
        self._send(messages.Jog(epoch, sequence, stamp, linear_m_s, pitch_deg_s, roll_deg_s, gripper_per_s, side))

    def jog_joints(self, epoch: int, sequence: int, speed: tuple[float, ...], sent_ns: int | None = None) -> None:
        self._send(messages.JogJoints(epoch, sequence, _stamp(sent_ns), speed))

    def target(self, epoch: int, sequence: int, position: tuple[float, ...], sent_ns: int | None = None) -> None:
        self._send(messages.Target(epoch, sequence, _stamp(sent_ns), position))

    def push(self, source: str, label: str, share: float) -> None:
        """A person who does not have the arm pushes an input, while a policy moves it."""
        self._send(messages.Push(source, label, share, _stamp(None)))

    def home(self, epoch: int) -> None:
        self._send(messages.Home(epoch, next(self._orders), _stamp(None)))

    def lead(self, epoch: int, on: bool = True) -> None:
        """Let the arm follow the rig's leader arm, or hold it."""
        self._send(messages.Lead(epoch, next(self._orders), _stamp(None), on))

    def stop(self, by: str) -> None:
        """The emergency stop."""
        self._send(messages.Stop(by))

    def shut_down(self) -> None:
        """Let the rig rest and end."""
        self._send(messages.Shutdown())

    # ---- requests ----

    async def acquire(self, source: str, rank: Rank, label: str) -> Reply:
        """`code` granted or asked; `values["epoch"]` is the lease's epoch."""
        return await self._ask(messages.Acquire(self._next(), source, rank, label))

    async def answer_handover(self, epoch: int, grant: bool) -> Reply:
        return await self._ask(messages.AnswerHandover(self._next(), epoch, grant))

    async def release(self, epoch: int) -> Reply:
        return await self._ask(messages.Release(self._next(), epoch))

    async def withdraw(self, source: str) -> Reply:
        return await self._ask(messages.Withdraw(self._next(), source))

    async def reset_stop(self, by: str) -> Reply:
        return await self._ask(messages.ResetStop(self._next(), by))

    async def place(self, x_cm: float, y_cm: float, yaw_deg: float, start: str | None = None) -> Reply:
        return await self._ask(messages.Place(self._next(), x_cm, y_cm, yaw_deg, start))

    async def put_aside(self) -> Reply:
        return await self._ask(messages.PutAside(self._next()))

    async def ask_truth(self) -> Reply:
        """`values` has x_cm, y_cm, yaw_deg; empty where the cell does not know."""
        return await self._ask(messages.AskTruth(self._next()))

    async def disturb(self, name: str, amount: float) -> Reply:
        return await self._ask(messages.Disturb(self._next(), name, amount))

    async def demonstrate(self, seed: int) -> Reply:
        return await self._ask(messages.Demonstrate(self._next(), seed))

    async def execute(self, build: Callable[[int], messages.Execute]) -> Reply:
        """Let the policy of the attached process move the arm; `build` gets the request's number."""
        return await self._ask(build(self._next()))

    async def pause_run(self, run: int) -> Reply:
        return await self._ask(messages.PauseRun(self._next(), run))

    async def resume_run(self, run: int, epoch: int = 0) -> Reply:
        return await self._ask(messages.ResumeRun(self._next(), run, epoch))

    async def end_run(self, run: int, reason: str) -> Reply:
        return await self._ask(messages.EndRun(self._next(), run, reason))

    # ---- inside ----

    def _next(self) -> int:
        return next(self._requests)

    def _send(self, message: object) -> None:
        if self.closed.is_set():
            raise RigAway("The rig is gone.", todo="It is started again; wait a moment.")
        try:
            self._channel.send(message)
        except ChannelClosed as error:
            raise RigAway("The rig is gone.", todo="It is started again; wait a moment.") from error

    async def _ask(self, message: messages.Request) -> Reply:
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._replies[message.request] = future
        try:
            self._send(message)
            async with asyncio.timeout(_REPLY_S):
                return await future
        except TimeoutError as error:
            raise RigAway("The rig did not answer in time.", todo="Look at the rig's state and try again.") from error
        finally:
            self._replies.pop(message.request, None)

    async def _read(self) -> None:
        try:
            while True:
                self._sort(await self._channel.receive())
        except (ChannelClosed, msgspec.DecodeError, asyncio.QueueFull):
            pass
        finally:
            self._end()

    def _sort(self, message: FromRig) -> None:
        if isinstance(message, Reply):
            future = self._replies.get(message.request)
            if future is not None and not future.done():
                future.set_result(message)
        else:
            self._events.put_nowait(message)

    def _end(self) -> None:
        """Once, whoever comes first: the reader at the wire's end, or `close`, whose reader may never have run."""
        if self.closed.is_set():
            return
        self.closed.set()
        for future in self._replies.values():
            if not future.done():
                future.set_exception(RigAway("The rig is gone.", todo="It is started again; wait a moment."))
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(None)


def _stamp(sent_ns: int | None) -> int:
    return time.monotonic_ns() if sent_ns is None else sent_ns


def require_ok(reply: Reply) -> None:
    """Raises `RigRefused`, in the rig's own words, where it answered no."""
    if not reply.ok:
        raise RigRefused(reply.text or "The rig refused.", todo=reply.todo, code=reply.code)
