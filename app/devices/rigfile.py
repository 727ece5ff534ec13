"""A station's rig file: TOML, strict; a mistake is told with its line and what is allowed there."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.core.errors import Invalid
from app.devices.armmodels import BadArm, described_arm


class BadRigFile(Invalid):
    """The rig file cannot be used; the message names the line."""

    code = "bad_rig_file"


class OnFault(StrEnum):
    """What the arm does when its bus fails: hold the last target, or let its servos go."""

    hold = "hold"
    limp = "limp"


class Engage(StrEnum):
    """Who goes to whom before the leader is followed; a leader that is driven is powered for it."""

    follower = "follower"
    leader = "leader"


class CameraDriver(StrEnum):
    v4l2 = "v4l2"
    lerobot = "lerobot"
    virtual = "virtual"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Unit(StrEnum):
    deg = "deg"
    percent = "percent"


class JointLimits(_Table):
    """Narrower limits of one joint, in its own unit; what is left out stays as the arm's model has it.

    An arm without a model needs lower, upper, max_speed and rest of every joint; `unit` is how LeRobot gives it.
    """

    unit: Unit = Unit.deg
    lower: float | None = None
    upper: float | None = None
    max_speed: Annotated[float, Field(gt=0)] | None = None
    max_acceleration: Annotated[float, Field(gt=0)] | None = None
    home: float | None = None
    rest: float | None = None


class Ports(_Table):
    """The ports of two arms that are driven as one."""

    left: str
    right: str


class ArmTable(_Table):
    """`type`, `id`, `port` (two arms: `ports`) and `options` are LeRobot's; `calibration_dir` defaults to its own.

    `reply_ms` is what a servo has for its answer; after twice of it without a reading nothing is sent any more. More
    than LeRobot's 50 is for a machine too busy to carry bytes in time, and makes every fault be noticed later.
    `fingerprint` is of the calibration that the servos must hold: another arm at the same port is refused.
    """

    type: str = "so101_follower"
    id: str
    port: str = ""
    ports: Ports | None = None
    calibration_dir: Path | None = None
    on_fault: OnFault = OnFault.hold
    reply_ms: Annotated[int, Field(ge=20, le=1000)] = 50
    fingerprint: str = ""
    limits: dict[str, JointLimits] = {}
    options: dict[str, Any] = {}


class LeaderTable(_Table):
    """As the arm's. `engage` says who moves at first: "follower" to the leader's pose, or "leader" to the arm's."""

    type: str = "so101_leader"
    id: str
    port: str = ""
    ports: Ports | None = None
    calibration_dir: Path | None = None
    reply_ms: Annotated[int, Field(ge=20, le=1000)] = 50
    engage: Engage = Engage.follower
    fingerprint: str = ""
    options: dict[str, Any] = {}


class RatesTable(_Table):
    control_hz: Annotated[int, Field(ge=50, le=200)] = 60
    fps: Annotated[int, Field(ge=1, le=60)] = 30


class PictureLock(_Table):
    """What is set and read back before the first picture; what is left out stays automatic."""

    exposure: int | None = None
    white_balance_k: int | None = None
    focus: int | None = None
    gain: int | None = None


class CameraTable(_Table):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    driver: CameraDriver = CameraDriver.v4l2
    path: str = ""
    type: str = ""
    width: Annotated[int, Field(ge=64, le=3840, multiple_of=2)] = 640
    height: Annotated[int, Field(ge=64, le=2160, multiple_of=2)] = 480
    fps: Annotated[int, Field(ge=1, le=120)] = 30
    lock: PictureLock = PictureLock()
    options: dict[str, Any] = {}


class RigFile(_Table):
    """Everything that a station has and another station can copy."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,40}$")]
    arm: ArmTable
    leader: LeaderTable | None = None
    rates: RatesTable = RatesTable()
    cameras: Annotated[tuple[CameraTable, ...], Field(min_length=1, max_length=8)]


def load_rig_file(path: Path) -> RigFile:
    """The rig that `path` describes; BadRigFile says which line to change."""
    text = ""
    try:
        text = path.read_text(encoding="utf-8")
        rig = RigFile.model_validate(tomllib.loads(text))
    except OSError as error:
        raise BadRigFile(f"The rig file {path} cannot be read: {error.strerror}.", todo="Check its path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRigFile(f"{path.name} is not TOML: {error}.", todo="Mend that line.") from error
    except ValidationError as error:
        raise _told(path, text, error) from error
    _check_names(path, text, rig)
    _check_ports(path, text, rig)
    _check_arm(path, text, rig)
    return rig


def _check_arm(path: Path, text: str, rig: RigFile) -> None:
    try:
        described_arm(rig.arm.type, rig.arm.limits)
    except BadArm as error:
        line = _line(text, error.place)
        raise BadRigFile(f"{path.name}, line {line}: {error.message}", todo=error.todo) from error


def _check_ports(path: Path, text: str, rig: RigFile) -> None:
    for name, table in (("arm", rig.arm), ("leader", rig.leader)):
        if table is None:
            continue
        line = _line(text, (name, "type"))
        pair = table.type.startswith("bi_")
        if pair and table.ports is None:
            raise BadRigFile(
                f"{path.name}, line {line}: {table.type} is two arms and needs two ports.",
                todo='Write ports = { left = "...", right = "..." }.',
            )
        if not pair and not table.port:
            raise BadRigFile(f"{path.name}, line {line}: '{name}.port' is missing.", todo="Add it.")


def _check_names(path: Path, text: str, rig: RigFile) -> None:
    names = [camera.name for camera in rig.cameras]
    for index, name in enumerate(names):
        if name in names[:index]:
            line = _line(text, ("cameras", index, "name"))
            raise BadRigFile(f"{path.name}, line {line}: two cameras are called {name!r}.", todo="Rename one.")
    if rig.rates.control_hz % rig.rates.fps:
        line = _line(text, ("rates", "control_hz"))
        raise BadRigFile(
            f"{path.name}, line {line}: control_hz = {rig.rates.control_hz} is no multiple of fps = {rig.rates.fps}.",
            todo="Use 60 with 30, or 50 with 25.",
        )


def _told(path: Path, text: str, error: ValidationError) -> BadRigFile:
    first = error.errors()[0]
    place = first["loc"]
    where = ".".join(str(part) for part in place)
    line = _line(text, place)
    match first["type"]:
        case "extra_forbidden":
            known = ", ".join(_known(place[:-1]))
            return BadRigFile(f"{path.name}, line {line}: there is no {where!r}.", todo=f"Known here: {known}.")
        case "missing":
            return BadRigFile(f"{path.name}, line {line}: {where!r} is missing.", todo="Add it.")
        case _:
            said = f"{first['msg'][0].lower()}{first['msg'][1:]}"
            return BadRigFile(f"{path.name}, line {line}: {where} = {first['input']!r}: {said}.", todo="Change it.")


def _known(place: tuple[int | str, ...]) -> list[str]:
    """The keys that the table at `place` may have."""
    tables: dict[str, type[BaseModel]] = {
        "arm": ArmTable,
        "leader": LeaderTable,
        "rates": RatesTable,
        "cameras": CameraTable,
        "limits": JointLimits,
        "lock": PictureLock,
    }
    named = [part for part in place if isinstance(part, str) and part in tables]
    return list((tables[named[-1]] if named else RigFile).model_fields)


def _line(text: str, place: tuple[int | str, ...]) -> int:
    """The line of the key at `place`; of its table's head where the key is missing; 1 where neither is there."""
    count, best, table = -1, 1, ""
    full = "".join(f"{part}." for part in place if isinstance(part, str))
    parent = ".".join(str(part) for part in place[:-2] if isinstance(part, str))
    wanted = ".".join(str(part) for part in place[:-1] if isinstance(part, str))
    index = next((part for part in place if isinstance(part, int)), None)
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", line):
            table = head.group(1)
            count += table == "cameras"
        inside = index is None or count == index
        if inside and place and re.search(rf"[{{,]\s*{re.escape(str(place[-1]))}\s*=", line) and table == parent:
            return number
        if table == wanted and inside:
            best = number if head else best
            if place and re.match(rf"\s*\"?{re.escape(str(place[-1]))}\"?\s*=", line):
                return number
        elif head and inside and f"{table}.".startswith(full):
            return number
    return best
