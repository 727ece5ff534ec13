"""Named versions of a dataset: frozen copies, made while recording goes on, that nothing edits.

`datasets/.versions/NAME/VERSION/` is a plain LeRobot dataset; pictures and rows
are hard links, which nothing of ours writes in place. `meta/studio/version.json`
says when, by whom and why.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.datasets.disk import DISK, Disk
from app.datasets.edit import freeze
from app.datasets.errors import DatasetExists, DatasetNotFound
from app.datasets.generation import sync_tree
from app.datasets.layout import STUDIO_FOLDER, require_name

VERSIONS = ".versions"
_FILE = STUDIO_FOLDER / "version.json"
_VERSION = 1


@dataclass(frozen=True)
class FrozenVersion:
    dataset: str
    name: str
    note: str
    by: str
    at: str
    episodes: int
    frames: int


def version_folder(datasets_folder: Path, dataset: str, version: str) -> Path:
    """Where a version lies. Raises DatasetNotFound."""
    path = datasets_folder / VERSIONS / require_name(dataset) / require_name(version)
    if not path.is_dir():
        raise DatasetNotFound(f"Dataset {dataset} has no version {version}.", todo="Choose one of its versions.")
    return path


def freeze_version(folder: Path, version: str, note: str, by: str, disk: Disk = DISK) -> FrozenVersion:
    """Freeze dataset `folder` now. Raises DatasetNameInvalid, DatasetExists, DatasetUnreadable, DatasetBusy."""
    require_name(version)
    home = folder.parent / VERSIONS / folder.name
    if (home / version).exists():
        raise DatasetExists(f"Dataset {folder.name} already has a version {version}.", todo="Choose another name.")
    beside = home / f".{version}"
    disk.make_folder(home)
    disk.remove(beside)
    source = freeze(folder, beside, disk)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    made = FrozenVersion(folder.name, version, note, by, now, source.head.total_episodes, source.head.total_frames)
    disk.make_folder(beside / STUDIO_FOLDER)
    disk.remove(beside / _FILE)
    disk.write(beside / _FILE, json.dumps({"version": _VERSION, "frozen": asdict(made)}).encode())
    sync_tree(beside, disk)
    disk.rename(beside, home / version)
    disk.sync_folder(home)
    return made


def versions(datasets_folder: Path, dataset: str) -> list[FrozenVersion]:
    """The versions of a dataset, the newest first."""
    found = []
    for path in (datasets_folder / VERSIONS / require_name(dataset)).glob("*"):
        try:
            found.append(FrozenVersion(**json.loads((path / _FILE).read_text())["frozen"] | {"name": path.name}))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda one: (one.at, one.name), reverse=True)


def remove_version(datasets_folder: Path, dataset: str, version: str, disk: Disk = DISK) -> None:
    """Give a version up. Raises DatasetNotFound."""
    path = version_folder(datasets_folder, dataset, version)
    gone = path.with_name(f".{version}.gone")
    disk.rename(path, gone)
    disk.remove(gone)
