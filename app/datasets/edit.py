"""Edits of a whole dataset: from a frozen copy, to a new folder, put in place at once.

An edit reads a hard-linked copy taken between two saves, writes its result into
a folder of its own, and only then takes the writer's lock for the swap. If the
dataset was changed meanwhile, the result is thrown away. What was there before
goes to the trash, whole, which costs only the files that changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.datasets.compaction import COMPACT
from app.datasets.disk import DISK, Disk
from app.datasets.episodes import Identity, episode_files, identity
from app.datasets.errors import DatasetChanged, DatasetExists, DatasetNotFound, DatasetUnreadable
from app.datasets.generation import link_tree, new_generation, recover_generation, sync_tree
from app.datasets.intent import INTENT, STAGING, roll_forward
from app.datasets.layout import INFO, STATS, STUDIO_FOLDER, TASKS, DatasetHead, require_name
from app.datasets.lock import dataset_lock
from app.datasets.trash import keep


@dataclass(frozen=True)
class Source:
    """A dataset as it was at one moment: `copy` is hard-linked, `files` tell whether it changed since."""

    folder: Path
    copy: Path
    head: DatasetHead
    files: dict[Path, Identity]

    def changed(self) -> bool:
        return _identities(self.folder) != self.files


def freeze(folder: Path, target: Path, disk: Disk = DISK) -> Source:
    """A hard-linked copy of dataset `folder` at `target`, between two saves; `meta/studio` is copied for real.

    Raises DatasetNotFound, DatasetUnreadable, DatasetBusy.
    """
    if not folder.is_dir():
        raise DatasetNotFound(f"There is no dataset {folder.name}.", todo="Choose one of the list.")
    with dataset_lock(folder):
        roll_forward(folder, disk)
        head = DatasetHead.read(folder)
        if head.total_episodes == 0:
            raise DatasetUnreadable(f"Dataset {folder.name} has no episodes yet.", todo="Record one first.")
        files = _identities(folder)
        disk.make_folder(target)
        for path in sorted(folder.iterdir()):
            if path.name == "meta":
                _copy_meta(path, target / "meta", disk)
            elif path.is_dir():
                link_tree(path, target / path.name, disk)
            else:
                disk.link(path, target / path.name)
    return Source(folder, target, head, files)


def _copy_meta(meta: Path, target: Path, disk: Disk) -> None:
    """What changes in place must not be shared: reviews are appended, foreign tools rewrite the rest."""
    disk.make_folder(target)
    for path in sorted(meta.rglob("*")):
        name = path.relative_to(meta)
        inside = (Path("meta") / name).as_posix()
        if inside.startswith((INTENT.as_posix(), (STUDIO_FOLDER / STAGING).as_posix())):
            continue
        if path.is_dir():
            disk.make_folder(target / name)
        elif name.parts[0] == "episodes":
            disk.link(path, target / name)
        else:
            disk.write(target / name, path.read_bytes())


def _identities(folder: Path) -> dict[Path, Identity]:
    paths = [folder / name for name in (INFO, STATS, TASKS)] + episode_files(folder)
    paths += [*folder.glob("data/*/*.parquet"), *folder.glob("videos/*/*/*.mp4")]
    return {path: identity(path) for path in paths if path.exists()}


@contextmanager
def editing(folder: Path, disk: Disk = DISK) -> Iterator[None]:
    """No compaction and no other edit of this dataset meanwhile; saving goes on. Raises DatasetBusy."""
    with dataset_lock(folder, what=COMPACT, wait_s=0.0):
        with dataset_lock(folder):
            recover_generation(folder, disk)
        yield


def put_in_place(source: Source, made: Path, what: str, by: str, disk: Disk = DISK) -> str:
    """Let the dataset made at `made` take the place of its source, which goes to the trash; the trash entry's id.

    The caller is in `editing`. `meta/studio` of the source is kept, with what
    `made` has of its own over it. Raises DatasetChanged when somebody saved,
    took back or edited meanwhile: nothing has changed then.
    """
    folder = source.folder
    sync_tree(made, disk)
    with ExitStack() as locks, new_generation(folder, disk) as beside:
        locks.enter_context(dataset_lock(folder))
        if source.changed():
            raise DatasetChanged(
                f"Dataset {folder.name} was changed while it was being edited.",
                todo="Nothing was changed by the edit; start it again.",
            )
        entry = keep(folder, what, by, disk)
        for path in sorted(made.iterdir()):
            disk.rename(path, beside / path.name)
        _carry_studio(folder / STUDIO_FOLDER, beside / STUDIO_FOLDER, disk)
    return entry


def _carry_studio(source: Path, target: Path, disk: Disk) -> None:
    """The studio's files as they are now, where the edit made none of its own; hard links, so appends are not lost."""
    disk.make_folder(target)
    if not source.is_dir():
        return
    for path in sorted(source.iterdir()):
        if path.name == INTENT.name or path.name.startswith(STAGING) or (target / path.name).exists():
            continue
        if path.is_dir():
            link_tree(path, target / path.name, disk)
        else:
            disk.link(path, target / path.name)


def settle(made: Path, folder: Path, disk: Disk = DISK) -> None:
    """Let the dataset made at `made` become the new dataset `folder`. Raises DatasetNameInvalid, DatasetExists."""
    require_name(folder.name)
    sync_tree(made, disk)
    with dataset_lock(folder):
        if folder.exists():
            raise DatasetExists(f"There already is a dataset {folder.name}.", todo="Choose another name.")
        disk.rename(made, folder)
        disk.sync_folder(folder.parent)


def real_copy(source: Path, target: Path, parts: tuple[str, ...]) -> None:
    """A copy of a frozen dataset whose `parts` may be written in place; the rest stays linked."""
    for path in sorted(source.rglob("*")):
        name = path.relative_to(source)
        if path.is_dir():
            (target / name).mkdir(parents=True, exist_ok=True)
        elif name.parts[0] in parts:
            shutil.copy2(path, target / name)
        else:
            DISK.link(path, target / name)
