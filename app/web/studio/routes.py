"""The studio's own HTTP routes: state, commands, the emergency stop."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Request

from app.accounts import Event, TooOften
from app.control.models import ControlPhase
from app.core.errors import Conflict, NotFound
from app.web import protocol as p
from app.web.access.identity import STRANGER, address_of, identity_of, person_of
from app.web.studio.asked import studio_of
from app.web.studio.commands import Commands

router = APIRouter()


@router.get("/api/studio", tags=["studio"])
async def state(request: Request) -> p.StudioState:
    """The whole state, as the WebSocket's `hello` carries it."""
    return studio_of(request).pages.studio(identity_of(request))


@router.post("/api/command", tags=["studio"])
async def command(request: Request, command: Annotated[p.ClientMessage, Body()]) -> p.ReplyMessage:
    """Any command of the WebSocket protocol, for programs; `X-Client` names the client."""
    if isinstance(command, p.Ping | p.SceneWatch):
        raise Conflict(f"{command.type} is about one WebSocket.", todo="Send it on /ws/studio.")
    text = await Commands(studio_of(request)).carry_out(command, identity_of(request))
    return p.ReplyMessage(id=command.id, ok=True, text=text)


@router.post("/api/stop", tags=["studio"])
async def stop(request: Request) -> dict[str, bool]:
    """The emergency stop: latched, no lease and no session needed. It is not a safety-rated stop.

    Whoever is not signed in may press it ten times at once and then every three seconds; a stop that is latched
    already is answered as done.
    """
    studio, person, address = studio_of(request), person_of(request), address_of(request)
    if person is STRANGER and not studio.access.stops.take(address):
        if studio.status is not None and studio.status.phase is ControlPhase.stopped:
            return {"stopped": True}
        raise TooOften("This address stops the arm too often.", todo="Use the arm's power switch, or sign in.")
    by = f"somebody at {address}" if person is STRANGER else studio.name_of(identity_of(request))
    studio.access.audit.tell(
        Event(person.user, person.role.value, "stop", about="no session" * (person is STRANGER), address=address)
    )
    studio.stop(by)
    return {"stopped": True}


@router.get("/api/scene", tags=["studio"])
async def scene(request: Request) -> list[dict[str, object]]:
    """The simulated scene's parts as primitives, for the free view; it is never recorded."""
    cameras = studio_of(request).cameras
    if cameras is None or not cameras.scene:
        raise NotFound("This rig has no scene to look at freely.", todo="Use the cameras.")
    return cameras.scene
