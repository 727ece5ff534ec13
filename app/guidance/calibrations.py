"""Where table calibrations live: one a rig, kept across datasets, and copied into each dataset that is recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.datasets import DatasetStore, Disk
from app.guidance.calibration import TableCalibration, from_json, to_json
from app.guidance.errors import CalibrationRefused

TABLE = "table.json"
RIG = Path("meta/studio/rig.json")
RIG_FORMAT = 1


class TableCalibrations:
    """The calibration of one rig's top camera. The file is read again only when it changed."""

    def __init__(self, rig_folder: Path, disk: Disk | None = None) -> None:
        self._path = rig_folder / TABLE
        self._disk = disk or Disk()
        self._stamp: tuple[int, int] | None = None
        self._known: TableCalibration | None = None

    def current(self) -> TableCalibration | None:
        """None while the table was not calibrated. Raises `CalibrationRefused` for a file that cannot be read."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._stamp = self._known = None
            return None
        stamp = (stat.st_ino, stat.st_mtime_ns)
        if stamp != self._stamp:
            self._known = from_json(_object(self._path.read_bytes()))
            self._stamp = stamp
        return self._known

    def save(self, calibration: TableCalibration) -> None:
        """Replace the calibration; durable on return."""
        self._disk.make_folder(self._path.parent)
        _replace(self._disk, self._path, to_json(calibration))

    def forget(self) -> None:
        """Back to a table that nobody calibrated."""
        if self._path.exists():
            self._disk.remove(self._path)
            self._disk.sync_folder(self._path.parent)


class RigStore:
    """What a dataset was recorded with (`meta/studio/rig.json`): the rig's name, its cameras and its table."""

    def __init__(self, store: DatasetStore, disk: Disk | None = None) -> None:
        self._store = store
        self._disk = disk or Disk()

    def keep(
        self,
        dataset: str,
        rig: str,
        simulated: bool,
        table: TableCalibration | None,
        locked: Mapping[str, Mapping[str, float]] | None = None,
    ) -> bool:
        """Write what the rig is now, if the dataset says otherwise; whether it was written. Raises DatasetNotFound.

        `locked` are each camera's controls as its driver read them back.
        """
        path = self._store.open(dataset).folder / RIG
        facts = {
            "format": RIG_FORMAT,
            "rig": rig,
            "simulated": simulated,
            "table": None if table is None else to_json(table),
            "cameras_locked": {name: dict(controls) for name, controls in sorted((locked or {}).items()) if controls},
        }
        if path.exists() and path.read_bytes() == _encoded(facts):
            return False
        self._disk.make_folder(path.parent)
        _replace(self._disk, path, facts)
        return True

    def table(self, dataset: str) -> TableCalibration | None:
        """The table as it was calibrated when this dataset was last recorded; None where nobody knows."""
        path = self._store.open(dataset).folder / RIG
        if not path.exists():
            return None
        table = _object(path.read_bytes()).get("table")
        return None if table is None else from_json(table)


def _object(data: bytes) -> dict[str, Any]:
    try:
        values = json.loads(data)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise CalibrationRefused(
            "The stored table calibration cannot be read: it is not a JSON object.", todo="Calibrate the table again."
        )
    return values


def _encoded(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode()


def _replace(disk: Disk, path: Path, values: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.making")
    disk.remove(beside)
    disk.write(beside, _encoded(values))
    disk.rename(beside, path)
    disk.sync_folder(path.parent)
