"""Everybody who watches: the pages connected now, and what each of them is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.control.messages import Receipt, Tick
from app.core.identity import Identity
from app.web.protocol import ArmSample, BodyPose, Changed, Hello, ReceiptSample, SceneSample
from app.web.studio.clients import ClientSession

if TYPE_CHECKING:
    from app.web.studio.studio import Studio


class Audience:
    """The whole state on joining, then what changed; what nobody would see is not written."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._sessions: set[ClientSession] = set()

    def join(self, identity: Identity) -> ClientSession:
        session = ClientSession(identity)
        self._sessions.add(session)
        return session

    def leave(self, session: ClientSession) -> None:
        self._sessions.discard(session)
        self._studio.cameras_session.want_scene()

    @property
    def watches_scene(self) -> bool:
        """Whether anybody looks at the free view."""
        return any(session.watches_scene for session in self._sessions)

    def hello(self, session: ClientSession) -> str:
        studio = self._studio
        state = studio.pages.studio(session.identity)
        return Hello(server_ns=studio.clock.monotonic_ns(), state=state).model_dump_json()

    def changed(self, section: str) -> None:
        """Tell every page the section's new value."""
        if not self._sessions:
            return
        pages = self._studio.pages
        if section == "lease":
            for session in self._sessions:
                value = pages.lease(session.identity)
                session.change(section, Changed(section="lease", value=value).model_dump_json())
            return
        text = Changed(section=section, value=getattr(pages, section)()).model_dump_json()  # type: ignore[arg-type]
        for session in self._sessions:
            session.change(section, text)

    def arm_moved(self, tick: Tick) -> None:
        if not self._sessions:
            return
        text = ArmSample(
            monotonic_ns=tick.monotonic_ns,
            position=list(tick.position),
            target=list(tick.action),
            clamped=list(tick.clamped),
            tool_mm=list(tick.tool_mm),
        ).model_dump_json()
        for session in self._sessions:
            session.arm(text)

    def receipt_came(self, receipt: Receipt) -> None:
        """For whoever drives: when the command was received, and applied."""
        lease = self._studio.lease()
        text = ReceiptSample(
            sequence=receipt.sequence, received_ns=receipt.received_ns, applied_ns=receipt.applied_ns
        ).model_dump_json()
        for session in self._sessions:
            if lease is not None and session.identity.client == lease.source:
                session.reply(text)

    def scene_moved(self, bodies: list[dict[str, Any]]) -> None:
        text = SceneSample(bodies=[BodyPose(**body) for body in bodies]).model_dump_json()
        for session in self._sessions:
            if session.watches_scene:
                session.scene(text)
