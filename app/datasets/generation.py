"""A whole new generation of a dataset's folder, built beside it and swapped in at once.

For every change that is more than adding at the end: compaction, edits,
re-attached columns. Unchanged files are hard links, so a generation costs what
it changes. The swap is one system call; a crash before it leaves the old
folder, one after it the new.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.datasets.disk import DISK, Disk

logger = logging.getLogger(__name__)

_BESIDE = "generation"
_OLD = "old"


@contextmanager
def new_generation(folder: Path, disk: Disk = DISK) -> Iterator[Path]:
    """An empty folder beside `folder` that takes its place when the block ends without an error.

    The caller keeps other writers out until the block has ended (see
    `compaction` for building without keeping them out all the time).
    """
    beside = _beside(folder, _BESIDE)
    disk.remove(beside)
    disk.make_folder(beside)
    try:
        yield beside
    except BaseException:
        disk.remove(beside)
        raise
    sync_tree(beside, disk)
    _swap(folder, beside, disk)


def recover_generation(folder: Path, disk: Disk = DISK) -> bool:
    """Clear up after a crash: an unfinished generation goes, an old one whose place is empty returns.

    True when there was something. The caller holds the locks of `folder`, which may be missing.
    """
    old, beside = _beside(folder, _OLD), _beside(folder, _BESIDE)
    found = old.exists() or beside.exists()
    if old.exists() and not folder.exists():
        disk.rename(old, folder)
        disk.sync_folder(folder.parent)
    disk.remove(old)
    disk.remove(beside)
    return found


def interrupted(datasets_folder: Path) -> list[Path]:
    """The dataset folders beside which a crash left a generation."""
    names = (
        path.name[1 : -len(suffix) - 1]
        for suffix in (_BESIDE, _OLD)
        for path in datasets_folder.glob(f".*.{suffix}")
        if path.is_dir()
    )
    return [datasets_folder / name for name in sorted(set(names))]


def link_tree(source: Path, target: Path, disk: Disk) -> None:
    """Give every file under `source` a second name under `target`."""
    disk.make_folder(target)
    for path in sorted(source.iterdir()):
        if path.is_dir():
            link_tree(path, target / path.name, disk)
        else:
            disk.link(path, target / path.name)


def sync_tree(folder: Path, disk: Disk) -> None:
    """Make durable every file and every name under `folder`."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            sync_tree(path, disk)
        else:
            disk.sync_file(path)
    disk.sync_folder(folder)


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")


def _swap(folder: Path, beside: Path, disk: Disk) -> None:
    disk.sync_folder(folder.parent)
    if disk.exchange(folder, beside):
        disk.sync_folder(folder.parent)
        disk.remove(beside)
        return
    logger.warning("This file system cannot swap folders; %s is moved away and replaced in two steps.", folder.name)
    old = _beside(folder, _OLD)
    disk.remove(old)
    disk.rename(folder, old)
    disk.rename(beside, folder)
    disk.sync_folder(folder.parent)
    disk.remove(old)
