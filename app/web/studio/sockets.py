"""The two WebSockets: `/ws/studio` (state and commands) and `/ws/live` (pictures)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import TypeAdapter, ValidationError

from app.core.errors import StudioError
from app.web import protocol as p
from app.web.access.identity import identity_of
from app.web.studio.clients import ClientSession
from app.web.studio.commands import Commands
from app.web.studio.live import Viewer
from app.web.studio.studio import Studio

log = logging.getLogger(__name__)
router = APIRouter()

MOST_AT_ONCE = 32  # slow commands of one page

_CLIENT: TypeAdapter[p.ClientMessage] = TypeAdapter(p.ClientMessage)
_LIVE: TypeAdapter[p.LiveMessage] = TypeAdapter(p.LiveMessage)
_SLOW = (
    p.RecordStart,
    p.RecordCancel,
    p.RecordStop,
    p.RecordSave,
    p.RecordDiscard,
    p.RecordUndo,
    p.RecordSetup,
    p.LeaseAcquire,
    p.LeaseAnswer,
    p.LeaseRelease,
    p.ResetStop,
    p.PlaceObject,
    p.Demonstrate,
    p.PlanDefault,
    p.TargetSkip,
    p.TargetBack,
    p.TargetPin,
    p.TargetPrioritise,
    p.TargetWord,
    p.PlaceForMe,
    p.ReferenceCapture,
    p.Disturb,
)


@router.websocket("/ws/studio")
async def studio_socket(socket: WebSocket) -> None:
    """Full state on connect, then changes; one JSON command a text frame."""
    studio: Studio = socket.app.state.studio
    await socket.accept()
    session = studio.audience.join(identity_of(socket))
    await socket.send_text(studio.audience.hello(session))
    sender = asyncio.create_task(_send(socket, session), name="studio-send")
    commands = _Inbox(Commands(studio), session, studio)
    try:
        while True:
            await commands.take(await socket.receive())
    except WebSocketDisconnect:
        pass
    finally:
        studio.audience.leave(session)
        await _end(sender)
        await studio.rig_session.withdraw(session.identity)
        await commands.close()


async def _send(socket: WebSocket, session: ClientSession) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            for text in await session.outgoing():
                await socket.send_text(text)


class _Inbox:
    """Parses and carries out what one page sends. Slow commands run in order beside the fast ones."""

    def __init__(self, commands: Commands, session: ClientSession, studio: Studio) -> None:
        self._commands = commands
        self._session = session
        self._studio = studio
        self._running: set[asyncio.Task[None]] = set()

    async def take(self, message: Mapping[str, object]) -> None:
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        text = message.get("text")
        if not isinstance(text, str):
            self._refuse(0, "not_text", "Commands are JSON text, and this was binary.", "Send a text frame.")
            return
        try:
            command = _CLIENT.validate_json(text)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"]) or "message"
            self._refuse(0, "invalid", f"{where}: {fault['msg']}.", "See docs/protocol.md.")
            return
        if isinstance(command, p.Ping):
            pong = p.Pong(client_ms=command.client_ms, server_ns=self._studio.clock.monotonic_ns())
            self._session.reply(pong.model_dump_json())
        elif isinstance(command, p.SceneWatch):
            self._session.watches_scene = command.on
            self._studio.cameras_session.want_scene()
        elif isinstance(command, _SLOW) and len(self._running) >= MOST_AT_ONCE:
            self._refuse(command.id, "too_many", "Too many commands of this page are under way.", "Wait for replies.")
        elif isinstance(command, _SLOW):
            task = asyncio.create_task(self._carry_out(command), name=f"command-{command.type}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        else:
            await self._carry_out(command)

    async def close(self) -> None:
        """Let what was asked for finish: a closed tab takes nothing back."""
        if self._running:
            await asyncio.wait(self._running, timeout=10)

    async def _carry_out(self, command: p.ClientMessage) -> None:
        try:
            text = await self._commands.carry_out(command, self._session.identity)
        except StudioError as error:
            self._refuse(command.id, error.code, error.message, error.todo)
            return
        except Exception:  # a defect in one command must not end the page's socket in silence
            log.exception("The command %s failed.", command.type)
            self._refuse(command.id, "failed", f"The studio could not do {command.type}.", "See its log.")
            return
        if command.id:
            self._session.reply(p.ReplyMessage(id=command.id, ok=True, text=text).model_dump_json())

    def _refuse(self, id_: int, code: str, text: str, todo: str) -> None:
        self._session.reply(p.ReplyMessage(id=id_, ok=False, code=code, text=text, todo=todo).model_dump_json())


@router.websocket("/ws/live")
async def live_socket(socket: WebSocket) -> None:
    """Pictures one way, acknowledgements the other; nothing is sent before `watch`."""
    studio: Studio = socket.app.state.studio
    await socket.accept()
    viewer = studio.live.add()
    sender = asyncio.create_task(_send_frames(socket, studio, viewer), name="live-send")
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if not _follow(studio, viewer, message.get("text")):
                await socket.close(1003, "Send watch and ack messages as JSON text; see docs/protocol.md.")
                break
    finally:
        studio.live.remove(viewer)
        await _end(sender)


def _follow(studio: Studio, viewer: Viewer, text: object) -> bool:
    if not isinstance(text, str):
        return False
    try:
        message = _LIVE.validate_json(text)
    except ValidationError:
        return False
    names = studio.live.camera_names()
    match message:
        case p.LiveWatch():
            viewer.watch(name for name in message.cameras if name in names)
            studio.live.update_tiers()
        case p.LiveAck():
            if message.camera < len(names):
                tier = viewer.tier
                viewer.acknowledge(names[message.camera], message.index, message.age_ms)
                if viewer.tier != tier:
                    studio.live.update_tiers()
    return True


async def _send_frames(socket: WebSocket, studio: Studio, viewer: Viewer) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await viewer.wake.wait()
            viewer.wake.clear()
            while (data := studio.live.next_frame(viewer)) is not None:
                await socket.send_bytes(data)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
