"""The places that this studio has trained at, by name: `places.json` in the data folder."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.datasets import Disk
from app.training.errors import PlaceNotFound, RunInvalid
from app.training.runners.places import LOCAL, place_of, text_of

FILE = "places.json"
VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
_MOST = 50


@dataclass(frozen=True)
class KeptPlace:
    """`text` is as `places.py` writes it; `about` is what it had when it was last looked at, empty before."""

    name: str
    text: str
    about: Mapping[str, Any]
    looked_at: str = ""

    @property
    def cards(self) -> int | None:
        """Its graphics cards; None while nobody looked."""
        return len(self.about["cards"]) if "cards" in self.about else None


class PlaceBook:
    """Reads and writes the file whole; a damaged one reads as empty."""

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self._path = root / FILE
        self._disk = disk or Disk()

    def all(self) -> list[KeptPlace]:
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            return [KeptPlace(**one) for one in raw["places"]] if raw["version"] == VERSION else []
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def text(self, name: str) -> str:
        """A kept name's line, or the line itself where it is one. Raises RunInvalid."""
        kept = next((one.text for one in self.all() if one.name == name), name)
        return text_of(place_of(kept or LOCAL))

    def require_kept(self, name: str) -> KeptPlace:
        """By name or line. Raises RunInvalid: what a page may use, whoever sets this station up has kept."""
        text = self.text(name)
        found = [one for one in (KeptPlace(LOCAL, LOCAL, {}), *self.all()) if one.text == text]
        if not found:
            raise RunInvalid(
                f"{name[:60]!r} is not among the places of this studio.", todo="Add it on the Train page first."
            )
        return found[0]

    def named(self, name: str) -> KeptPlace:
        """Raises PlaceNotFound."""
        found = next((one for one in self.all() if one.name == name), None)
        if found is None:
            raise PlaceNotFound(f"No place is called {name[:40]!r}.", todo="Choose one of the list.")
        return found

    def keep(self, place: KeptPlace) -> None:
        """Add it, or replace the one of its name. Raises RunInvalid."""
        if not _NAME.fullmatch(place.name) or place.name == LOCAL:
            raise RunInvalid(
                f"{place.name[:60]!r} is no name for a place.", todo="Use letters, digits, spaces, dots and dashes."
            )
        place_of(place.text)
        others = [one for one in self.all() if one.name != place.name]
        if len(others) >= _MOST:
            raise RunInvalid(f"{_MOST} places are kept already.", todo="Remove one.")
        self._write(sorted([*others, place], key=lambda one: one.name))

    def remove(self, name: str) -> None:
        """Raises PlaceNotFound."""
        gone = self.named(name)
        self._write([one for one in self.all() if one.name != gone.name])

    def _write(self, places: list[KeptPlace]) -> None:
        beside = self._path.with_name(f".{FILE}.making")
        self._disk.remove(beside)
        self._disk.write(beside, json.dumps({"version": VERSION, "places": [asdict(one) for one in places]}).encode())
        self._disk.rename(beside, self._path)
        self._disk.sync_folder(self._path.parent)


def said(about: Mapping[str, Any]) -> str:
    """What a place has, in one sentence."""
    parts = []
    if "lerobot" in about:
        parts.append(f"LeRobot {about['lerobot']}" if about["lerobot"] else "no LeRobot")
    if "ray" in about:
        parts.append(f"Ray {about['ray']}")
    if "user" in about:
        parts.append(f"signed in as {about['user']}")
    if "cards" in about:
        names = [name for name in about["cards"] if name]
        parts.append(", ".join(names) or f"{len(about['cards']) or 'no'} graphics cards")
    if "cores" in about:
        parts.append(f"{about['cores']} processors, {about['memory_bytes'] / 1e9:.0f} GB of memory")
    if "free_bytes" in about:
        parts.append(f"{about['free_bytes'] / 1e9:.0f} GB free on its disk")
    return f"It answers: {'; '.join(parts)}."
