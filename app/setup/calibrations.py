"""Calibration files as LeRobot writes them: where they lie, their fingerprint, and copies to go back to."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.core.errors import Invalid, NotFound
from app.devices.fingerprint import FIELDS, fingerprint
from app.setup.models import KINDS, Role

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,60}")


@dataclass(frozen=True)
class Calibration:
    """One arm's file. `fingerprint` is what its servos must hold too."""

    role: Role
    id: str
    path: Path
    made_at: float
    fingerprint: str
    backups: tuple[str, ...] = ()


def read_calibration(path: Path) -> dict[str, dict[str, int]]:
    """The joints of a calibration file; Invalid for one that LeRobot would not read either."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {name: {field: int(joint[field]) for field in FIELDS} for name, joint in told.items()}
    except FileNotFoundError as error:
        raise NotFound(f"There is no calibration {path.name}.", todo="Calibrate that arm.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Invalid(
            f"{path.name} is not a calibration.", todo="Calibrate the arm anew, or restore a copy."
        ) from error


def lerobot_folder() -> Path:
    """Where LeRobot looks: by its own variables, else in the cache of the home folder."""
    if given := os.environ.get("HF_LEROBOT_CALIBRATION"):
        return Path(given).expanduser()
    if given := os.environ.get("HF_LEROBOT_HOME"):
        return Path(given).expanduser() / "calibration"
    cache = os.environ.get("HF_HOME") or "~/.cache/huggingface"
    return Path(cache).expanduser() / "lerobot" / "calibration"


class CalibrationStore:
    """LeRobot's folder, and our copies beside the rigs: a copy is made before anything is overwritten."""

    def __init__(self, folder: Path, copies: Path) -> None:
        self._folder = folder
        self._copies = copies

    def path(self, role: Role, id_: str) -> Path:
        return self.home(role) / f"{_checked(id_)}.json"

    def home(self, role: Role) -> Path:
        """The folder of that kind of arm, as LeRobot's `calibration_dir`."""
        return self._folder / KINDS[role].folder

    def all(self) -> list[Calibration]:
        found = []
        for role in Role:
            for path in sorted(self.home(role).glob("*.json")):
                try:
                    found.append(self._described(role, path))
                except Invalid:
                    continue
        return found

    def back_up(self, role: Role, id_: str, now: datetime) -> str:
        """Copy what is there now; returns the copy's name, "" where there is nothing."""
        path = self.path(role, id_)
        if not path.is_file():
            return ""
        folder = self._copies_of(role, id_)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{now:%Y-%m-%d-%H%M%S}-{fingerprint(read_calibration(path))}"
        shutil.copyfile(path, folder / f"{name}.json")
        return name

    def backup(self, role: Role, id_: str, name: str) -> dict[str, dict[str, int]]:
        return read_calibration(self._copies_of(role, id_) / f"{_checked(name)}.json")

    def restore(self, role: Role, id_: str, name: str, now: datetime) -> Path:
        """Put a copy in the file's place; the file that was there becomes a copy itself."""
        self.backup(role, id_, name)
        self.back_up(role, id_, now)
        path = self.path(role, id_)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        shutil.copyfile(self._copies_of(role, id_) / f"{name}.json", beside)
        beside.replace(path)
        return path

    def _copies_of(self, role: Role, id_: str) -> Path:
        return self._copies / KINDS[role].folder / _checked(id_)

    def _described(self, role: Role, path: Path) -> Calibration:
        copies = sorted((copy.stem for copy in self._copies_of(role, path.stem).glob("*.json")), reverse=True)
        told = fingerprint(read_calibration(path))
        return Calibration(role, path.stem, path, path.stat().st_mtime, told, tuple(copies))


def _checked(name: str) -> str:
    """A name that cannot leave its folder."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise Invalid(f"{name!r} cannot be an arm's id.", todo="Use letters, digits, . _ and -.", value=name)
    return name
