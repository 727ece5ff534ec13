"""HTTP for setting a station up: ports, servos, calibrations, cameras, and the rig file that comes of it."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from app.core.errors import NotFound
from app.devices.rigfile import CameraDriver, CameraTable, PictureLock, RigFile
from app.devices.usb import bandwidth_problems
from app.setup.calibrations import CalibrationStore, lerobot_folder
from app.setup.cameras import Look, Plugged, list_cameras, look, virtual_cameras
from app.setup.client import SetupClient
from app.setup.draft import rig_text, save_rig
from app.setup.errors import NotNow
from app.setup.models import KINDS, STEPS_PER_TURN, Role
from app.setup.ports import list_ports
from app.web.protocol import Model
from app.web.studio import studio_of

router = APIRouter(prefix="/api/setup", tags=["setup"])

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")]
PortPath = Annotated[str, Field(min_length=1, max_length=300)]


class PortAnswer(Model):
    """`path` stays the same over a restart; vendor, product and serial are what USB says, "" where it says nothing."""

    path: str
    device: str
    adapter: str
    vendor: str
    product: str
    serial: str


class CameraAnswer(Model):
    """`driver` is what a rig file says: "virtual" is a camera of made pictures."""

    path: str
    device: str
    name: str
    driver: CameraDriver


class CalibrationAnswer(Model):
    """One arm's file of LeRobot; `backups` newest first."""

    role: Role
    id: str
    path: str
    made_at: float
    fingerprint: str
    backups: list[str]


class JointAnswer(Model):
    name: str
    servo: int
    good_deg: float
    turns: bool


class SetupAnswer(Model):
    """What there is. `usb` names buses that cameras ask too much of (camera_1 is the first). `busy` says why servos
    cannot be talked to now, "" when they can.
    """

    busy: str
    ports: list[PortAnswer]
    cameras: list[CameraAnswer]
    usb: list[str]
    calibrations: list[CalibrationAnswer]
    rigs: list[str]
    joints: dict[Role, list[JointAnswer]]
    steps_per_turn: int


class OnPort(Model):
    port: PortPath


class OneServo(OnPort):
    role: Role
    joint: Annotated[str, Field(max_length=40)]


class OneArm(OnPort):
    role: Role
    id: Name


class OneJoint(OneArm):
    joint: Annotated[str, Field(max_length=40)]


class Restore(Model):
    """Back to a copy; with a port it is written into the servos too."""

    role: Role
    id: Name
    backup: Name
    port: Annotated[str, Field(max_length=300)] = ""


class Which(Model):
    role: Role
    id: Name


class Locking(Model):
    path: Annotated[str, Field(max_length=300)]
    lock: PictureLock


class RigAnswer(Model):
    path: str
    text: str
    command: str


@router.get("")
async def overview(request: Request) -> SetupAnswer:
    """Everything the set-up's page shows at first."""
    studio = studio_of(request)
    ports, cameras, calibrations = await asyncio.gather(
        asyncio.to_thread(list_ports), asyncio.to_thread(list_cameras), asyncio.to_thread(_store(request).all)
    )
    return SetupAnswer(
        busy=_busy(request),
        ports=[PortAnswer(**dataclasses.asdict(port)) for port in ports],
        cameras=[CameraAnswer(**dataclasses.asdict(camera)) for camera in (*cameras, *virtual_cameras())],
        usb=await asyncio.to_thread(_usb, cameras),
        calibrations=[
            CalibrationAnswer(
                role=one.role,
                id=one.id,
                path=str(one.path),
                made_at=one.made_at,
                fingerprint=one.fingerprint,
                backups=list(one.backups),
            )
            for one in calibrations
        ],
        rigs=sorted(path.stem for path in studio.folder.rigs.glob("*.toml")),
        joints={
            role: [JointAnswer(**dataclasses.asdict(joint)) for joint in kind.joints] for role, kind in KINDS.items()
        },
        steps_per_turn=STEPS_PER_TURN,
    )


@router.get("/ports")
async def ports() -> list[PortAnswer]:
    """Asked again and again while somebody unplugs an adapter to see which one it is."""
    return [PortAnswer(**dataclasses.asdict(port)) for port in await asyncio.to_thread(list_ports)]


@router.post("/servos/scan")
async def scan(request: Request, on: OnPort) -> dict[str, Any]:
    """The ids that answer."""
    return await _servos(request, on.port).ask("scan", port=on.port)


@router.post("/servos/assign")
async def assign(request: Request, one: OneServo) -> dict[str, Any]:
    """Give the only servo on the port its id."""
    return await _servos(request, one.port).ask("assign", port=one.port, role=one.role, joint=one.joint)


@router.post("/calibration/begin")
async def begin(request: Request, arm: OneArm) -> dict[str, Any]:
    """From here on the arm is limp, and its positions are read; the calibration that was there is copied first."""
    await asyncio.to_thread(_store(request).back_up, arm.role, arm.id, studio_of(request).clock.wall())
    return await _servos(request, arm.port).ask("begin", **_arm(request, arm))


@router.post("/calibration/centre")
async def centre(request: Request) -> dict[str, Any]:
    """The present pose is every joint's middle."""
    return await _client(request).ask("centre")


@router.get("/calibration")
async def ranges(request: Request) -> dict[str, Any]:
    """Each joint now and the furthest it was turned, in encoder steps."""
    return await _client(request).ask("ranges")


@router.post("/calibration/finish")
async def finish(request: Request) -> dict[str, Any]:
    """Write it into the servos and LeRobot's file; refused while a joint was not swept."""
    return await _client(request).ask("finish")


@router.post("/calibration/cancel")
async def cancel(request: Request) -> dict[str, Any]:
    return await _client(request).ask("cancel")


@router.post("/calibration/back-up")
async def back_up(request: Request, which: Which) -> dict[str, str]:
    """A copy to go back to."""
    name = await asyncio.to_thread(_store(request).back_up, which.role, which.id, studio_of(request).clock.wall())
    if not name:
        raise NotFound(f"There is no calibration of {which.id}.", todo="Calibrate that arm first.")
    return {"name": name}


@router.post("/calibration/restore")
async def restore(request: Request, wanted: Restore) -> dict[str, Any]:
    """Back to a copy; what was there becomes one."""
    now = studio_of(request).clock.wall()
    servos = _servos(request, wanted.port) if wanted.port else None
    if servos is not None:
        servos.require_going()
    path = await asyncio.to_thread(_store(request).restore, wanted.role, wanted.id, wanted.backup, now)
    if servos is not None:
        arm = OneArm(port=wanted.port, role=wanted.role, id=wanted.id)
        await servos.ask("restore", **_arm(request, arm))
    return {"path": str(path)}


@router.post("/compare")
async def compare(request: Request, arm: OneArm) -> dict[str, Any]:
    """Whether the arm on the port is the one whose calibration it is."""
    return await _servos(request, arm.port).ask("compare", **_arm(request, arm))


@router.post("/motion")
async def motion(request: Request, joint: OneJoint) -> dict[str, Any]:
    """Move one joint a little and back."""
    return await _servos(request, joint.port).ask("nudge", **_arm(request, joint), joint=joint.joint)


@router.get("/cameras/picture")
async def picture(path: Annotated[str, Query(max_length=300)]) -> Response:
    """One picture of a camera as its automatics make it, and the controls they found in the header `X-Controls`."""
    return _shown(await asyncio.to_thread(look, path))


@router.post("/cameras/lock")
async def lock(wanted: Locking) -> Response:
    """Set the controls, read them back into `X-Controls`, and the picture they make; a value it does not keep is
    refused.
    """
    return _shown(await asyncio.to_thread(look, wanted.path, wanted.lock))


@router.post("/rig/text")
async def text(rig: RigFile) -> RigAnswer:
    """What the file would say, nothing written."""
    return RigAnswer(path="", text=rig_text(rig), command="")


@router.post("/rig")
async def save(request: Request, rig: RigFile) -> RigAnswer:
    """Write the rig file; the studio opens it with the command."""
    path = await asyncio.to_thread(save_rig, studio_of(request).folder.rigs, rig)
    return RigAnswer(path=str(path), text=rig_text(rig), command=f"./understudy --rig {path}")


@router.get("/rigs/{name}.toml")
async def rig_file(request: Request, name: Name) -> PlainTextResponse:
    """The file, to copy to the next station."""
    path = studio_of(request).folder.rigs / f"{Path(name).name}.toml"
    if not path.is_file():
        raise NotFound(f"There is no rig {name}.", todo="Save one first.")
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return PlainTextResponse(path.read_text(encoding="utf-8"), media_type="application/toml", headers=headers)


# ---- what the routes stand on ----


def _shown(seen: Look) -> Response:
    controls = ",".join(f"{name}={value}" for name, value in seen.controls.items())
    return Response(seen.jpeg, media_type="image/jpeg", headers={"X-Controls": controls, "Cache-Control": "no-store"})


def _usb(cameras: list[Plugged]) -> list[str]:
    """What the plugged cameras would ask of their buses together, where that is too much."""
    tables = [CameraTable(name=f"camera_{number}", path=one.path) for number, one in enumerate(cameras, 1)]
    return bandwidth_problems(tables)


def _client(request: Request) -> SetupClient:
    return studio_of(request).setup


def _store(request: Request) -> CalibrationStore:
    return CalibrationStore(lerobot_folder(), studio_of(request).folder.rigs / "calibrations")


def _busy(request: Request) -> str:
    facts = studio_of(request).rig_facts
    if facts is not None and not facts.simulated:
        return "This studio drives the arm. Start it with --rig simulator to set servos up."
    return ""


def _servos(request: Request, port: str) -> SetupClient:
    """The child, where the port is one that there is and nobody drives the arm."""
    if busy := _busy(request):
        raise NotNow(busy)
    if port not in {one.path for one in list_ports()}:
        raise NotFound(f"There is no port {port}.", todo="Plug the adapter in.")
    return _client(request)


def _arm(request: Request, arm: OneArm) -> dict[str, str]:
    return {"port": arm.port, "role": arm.role, "id": arm.id, "folder": str(_store(request).home(arm.role))}
