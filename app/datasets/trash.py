"""The trash of datasets: what was deleted, and what stood there before an edit, each a whole dataset.

`datasets/.trash/ID/dataset/` is the dataset, `entry.json` beside it says what
it was. Files are hard links of what lives on, so an entry costs what changed.
Nothing empties it but a purge, which asks for the dataset's name.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.core.errors import Refused
from app.datasets.disk import DISK, Disk
from app.datasets.errors import DatasetExists, DatasetNotFound, DatasetUnreadable
from app.datasets.generation import link_tree, sync_tree
from app.datasets.intent import roll_forward
from app.datasets.layout import DatasetHead, require_name
from app.datasets.lock import dataset_lock

TRASH = ".trash"
_ENTRY = "entry.json"
_DATASET = "dataset"
_VERSION = 1


class NameNotTyped(Refused):
    """A purge is confirmed by the dataset's name."""

    code = "name_not_typed"


@dataclass(frozen=True)
class TrashEntry:
    """`bytes` are those that purging it would free."""

    id: str
    name: str
    what: str
    by: str
    at: str
    episodes: int
    frames: int
    bytes: int = 0


def keep(folder: Path, what: str, by: str, disk: Disk = DISK) -> str:
    """Put a hard-linked copy of dataset `folder` into the trash; its id. The caller holds the dataset's lock."""
    entry, beside = _begin(folder, what, by, disk)
    link_tree(folder, beside / _DATASET, disk)
    _finish(folder, entry, beside, disk)
    return entry.id


def throw_away(folder: Path, by: str, disk: Disk = DISK) -> str:
    """Move a whole dataset into the trash; the entry's id. Raises DatasetNotFound, DatasetBusy.

    The entry is linked first and the folder then taken away, so that a crash
    leaves the dataset, or the entry, or both.
    """
    if not folder.is_dir():
        raise DatasetNotFound(f"There is no dataset {folder.name}.", todo="Choose one of the list.")
    with dataset_lock(folder):
        roll_forward(folder, disk)
        entry = keep(folder, "Deleted", by, disk)
        gone = folder.with_name(f".{folder.name}.gone")
        disk.remove(gone)
        disk.rename(folder, gone)
        disk.sync_folder(folder.parent)
        disk.remove(gone)
    return entry


def entries(datasets_folder: Path) -> list[TrashEntry]:
    """Everything in the trash, the newest first."""
    found = [entry for path in (datasets_folder / TRASH).glob("*") if (entry := _read(path)) is not None]
    return sorted(found, key=lambda entry: entry.id, reverse=True)


def restore(datasets_folder: Path, id_: str, name: str, disk: Disk = DISK) -> Path:
    """Bring an entry back as dataset `name`, which must be free; the entry is gone then.

    Raises DatasetNotFound, DatasetNameInvalid, DatasetExists.
    """
    path = _require(datasets_folder, id_)
    target = datasets_folder / require_name(name)
    with dataset_lock(target):
        if target.exists():
            raise DatasetExists(
                f"There already is a dataset {name}.", todo="Restore it under another name, or delete that one first."
            )
        disk.rename(path / _DATASET, target)
        disk.sync_folder(datasets_folder)
    disk.remove(path)
    return target


def purge(datasets_folder: Path, id_: str, typed: str, disk: Disk = DISK) -> None:
    """Remove an entry for ever; `typed` must be the dataset's name. Raises DatasetNotFound, NameNotTyped."""
    path = _require(datasets_folder, id_)
    entry = _read(path)
    if entry is None or typed != entry.name:
        raise NameNotTyped(
            "Purging cannot be undone.", todo=f"Type the name {entry.name if entry else id_} to purge it."
        )
    disk.remove(path / _ENTRY)
    disk.remove(path)
    disk.sync_folder(path.parent)


def clear_left_over(datasets_folder: Path, disk: Disk = DISK) -> None:
    """What a crash left half thrown away: its trash entry was whole before it was touched."""
    for path in (*datasets_folder.glob(".*.gone"), *(datasets_folder / TRASH).glob(".*")):
        disk.remove(path)


def _begin(folder: Path, what: str, by: str, disk: Disk) -> tuple[TrashEntry, Path]:
    try:
        head = DatasetHead.read(folder)
        counts = head.total_episodes, head.total_frames
    except DatasetUnreadable:  # an unreadable folder may be thrown away as well
        counts = 0, 0
    now = time.time_ns()
    at = datetime.fromtimestamp(now / 1e9, UTC).isoformat(timespec="seconds")
    entry = TrashEntry(f"{now}-{folder.name}", folder.name, what, by, at, *counts)
    trash = folder.parent / TRASH
    disk.make_folder(trash)
    beside = trash / f".{entry.id}"
    disk.remove(beside)
    disk.make_folder(beside)
    return entry, beside


def _finish(folder: Path, entry: TrashEntry, beside: Path, disk: Disk) -> None:
    disk.write(beside / _ENTRY, json.dumps({"version": _VERSION, **asdict(entry)}).encode())
    sync_tree(beside, disk)
    disk.rename(beside, beside.with_name(entry.id))
    disk.sync_folder(beside.parent)


def _read(path: Path) -> TrashEntry | None:
    if path.name.startswith("."):
        return None
    try:
        raw = json.loads((path / _ENTRY).read_text())
        raw.pop("version")
        return TrashEntry(**raw | {"id": path.name, "bytes": _own_bytes(path / _DATASET)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _own_bytes(folder: Path) -> int:
    """Bytes of files that have no other name."""
    stats = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return sum(stat.st_size for stat in stats if stat.st_nlink == 1)


def _require(datasets_folder: Path, id_: str) -> Path:
    path = datasets_folder / TRASH / id_
    if path.parent != datasets_folder / TRASH or "/" in id_ or id_.startswith(".") or not path.is_dir():
        raise DatasetNotFound(f"There is nothing called {id_[:80]!r} in the trash.", todo="Look at the trash again.")
    return path
