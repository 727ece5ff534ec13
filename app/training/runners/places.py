"""Where a run may be trained, as one line that a person can type, a page can keep and a run can hold.

    local
    ssh://USER@HOST:PORT/FOLDER?python=PATH
    ray+http://HOST:8265?storage=/mnt/shared&cards=1&python=PATH
    hf://FLAVOUR?user=NAME&timeout=6h

No part of it can become an option of a program or reach a shell: each has a shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from app.training.errors import RunInvalid

LOCAL = "local"
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,95}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]")
_PATH = re.compile(r"[A-Za-z0-9._~+/][A-Za-z0-9._~+@ /-]{0,299}")
_STORAGE = re.compile(r"(?:[a-z0-9+]{1,12}://)?[A-Za-z0-9._~+@:/-]{1,300}")
_TIME = re.compile(r"\d{1,4}[smhd]")


@dataclass(frozen=True)
class Here:
    """This machine."""

    @property
    def words(self) -> str:
        return "this machine"


@dataclass(frozen=True)
class SshPlace:
    """A machine over SSH. `folder` "" is ~/.cache/understudy there; `user` "" and port 0 are left to ~/.ssh/config."""

    host: str
    user: str = ""
    port: int = 0
    folder: str = ""
    python: str = "python3"

    @property
    def words(self) -> str:
        return f"{self.host} over SSH"


@dataclass(frozen=True)
class RayPlace:
    """A Ray cluster. `storage` is a folder or URL that the cluster and this machine both reach."""

    address: str
    storage: str
    cards: int = 0
    python: str = "python3"

    @property
    def words(self) -> str:
        return f"the Ray cluster at {self.address.partition('://')[2]}"


@dataclass(frozen=True)
class HubPlace:
    """Hugging Face Jobs; `user` "" is who is signed in."""

    flavour: str
    user: str = ""
    timeout: str = "2d"

    @property
    def words(self) -> str:
        return f"Hugging Face Jobs, {self.flavour}"


type Place = Here | SshPlace | RayPlace | HubPlace


def place_of(text: str) -> Place:
    """Raises RunInvalid with what is wrong."""
    if text in ("", LOCAL):
        return Here()
    try:
        parts = urlsplit(text)
        port = parts.port or 0
    except ValueError as error:
        raise _wrong(text, str(error)) from error
    given = dict(parse_qsl(parts.query))
    if parts.password or parts.fragment:
        raise _wrong(text, "no password belongs into it")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else _as_written(parts.netloc)
    match parts.scheme:
        case "ssh":
            _only(text, given, "python")
            folder = _checked(text, "folder", unquote(parts.path), _PATH)
            python = _checked(text, "python", given.get("python", "python3"), _PATH)
            user = _checked(text, "user", parts.username or "", _WORD)
            return SshPlace(_checked(text, "host", host, _HOST, needed=True), user, port, folder, python)
        case "ray+http" | "ray+https":
            _only(text, given, "storage", "cards", "python")
            scheme = parts.scheme.removeprefix("ray+")
            address = f"{scheme}://{_checked(text, 'host', host, _HOST, needed=True)}:{port or 8265}"
            storage = _checked(text, "storage", given.get("storage", ""), _STORAGE, needed=True)
            cards, python = given.get("cards", "0"), _checked(text, "python", given.get("python", "python3"), _PATH)
            if not cards.isdecimal() or int(cards) > 64:
                raise _wrong(text, f"{cards[:20]!r} is no number of graphics cards")
            return RayPlace(address, storage.rstrip("/"), int(cards), python)
        case "hf":
            _only(text, given, "user", "timeout")
            return HubPlace(
                _checked(text, "flavour", parts.netloc, _WORD, needed=True),
                _checked(text, "user", given.get("user", ""), _WORD),
                _checked(text, "timeout", given.get("timeout", "2d"), _TIME),
            )
    raise _wrong(text, "it begins with none of ssh://, ray+http://, ray+https://, hf://")


def text_of(place: Place) -> str:
    """The line that `place_of` reads."""
    match place:
        case Here():
            return LOCAL
        case SshPlace():
            at = f"{place.user}@" if place.user else ""
            port = f":{place.port}" if place.port else ""
            python = f"?{urlencode({'python': place.python})}" if place.python != "python3" else ""
            return f"ssh://{at}{place.host}{port}{quote(place.folder)}{python}"
        case RayPlace():
            more = {"storage": place.storage, "cards": place.cards, "python": place.python}
            kept = {name: value for name, value in more.items() if value not in (0, "python3")}
            return f"ray+{place.address}?{urlencode(kept)}"
        case HubPlace():
            more = {"user": place.user, "timeout": place.timeout}
            kept = {name: value for name, value in more.items() if value not in ("", "2d")}
            return f"hf://{place.flavour}{'?' if kept else ''}{urlencode(kept)}"


def name_of(place: Place) -> str:
    """A short name for a list."""
    match place:
        case Here():
            return LOCAL
        case SshPlace():
            return place.host.strip("[]").replace(":", "-")[:40]
        case RayPlace():
            return place.address.partition("://")[2].replace(":", " ").strip("[]")[:40]
        case HubPlace():
            return f"hf {place.flavour}"[:40]


def _as_written(netloc: str) -> str:
    """The host with its capitals, which names in ~/.ssh/config may have."""
    return netloc.rpartition("@")[2].partition(":")[0]


def _checked(text: str, what: str, value: str, shape: re.Pattern[str], *, needed: bool = False) -> str:
    if (value or needed) and not shape.fullmatch(value):
        raise _wrong(text, f"{value[:60]!r} is no {what}" if value else f"it names no {what}")
    return value


def _only(text: str, given: dict[str, str], *known: str) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise _wrong(text, f"{unknown[0][:40]!r} is none of {', '.join(known)}")


def _wrong(text: str, why: str) -> RunInvalid:
    return RunInvalid(
        f"{text[:120]!r} is no place to train: {why}.",
        todo="Write local, ssh://USER@HOST, ray+http://HOST:8265?storage=FOLDER or hf://FLAVOUR.",
    )
