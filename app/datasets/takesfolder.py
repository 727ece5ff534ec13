"""The folder of takes: finding one, holding one while it is recorded, its trash."""

from __future__ import annotations

import fcntl
import glob
import os
import time
from pathlib import Path

from app.datasets.disk import DISK, Disk
from app.datasets.errors import TakeNotFound
from app.datasets.header import TRASH

TRASH_DAYS = 30.0
_DAY_NS = 86_400 * 10**9
_SAVED = ".saved-"


def take_folders(takes_folder: Path) -> list[Path]:
    """Every take that is neither saved nor discarded, in no order."""
    if not takes_folder.is_dir():
        return []
    return [path for path in takes_folder.iterdir() if path.is_dir() and not path.name.startswith(".")]


def take_folder(takes_folder: Path, uuid: str) -> Path:
    """The folder of take `uuid`; a name that is no plain folder's name is not found."""
    folder = takes_folder / uuid
    if not uuid or uuid.startswith(".") or Path(uuid).name != uuid or not folder.is_dir():
        raise TakeNotFound(f"There is no take {uuid[:80]!r}.", todo="Reload the list of takes.", uuid=uuid[:80])
    return folder


def saved_name(uuid: str) -> str:
    """What a take's folder is called between its episode's commit and its removal."""
    return f"{_SAVED}{uuid}"


def hold_folder(folder: Path) -> int:
    """Lock a take's folder for this process; BlockingIOError while another one records into it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def move_to_trash(folder: Path, disk: Disk) -> Path:
    """Move a take to the trash beside it."""
    trash = folder.parent / TRASH
    disk.make_folder(trash)
    target = trash / f"{folder.name}.{time.time_ns()}"
    disk.rename(folder, target)
    disk.sync_folder(trash)
    disk.sync_folder(folder.parent)
    return target


def restore_take(takes_folder: Path, uuid: str, disk: Disk = DISK) -> Path:
    """Bring the youngest take `uuid` back from the trash, to be saved or discarded again. Raises TakeNotFound."""
    found = sorted((takes_folder / TRASH).glob(f"{glob.escape(uuid)}.*"), key=lambda path: path.suffix)
    target = takes_folder / uuid
    if not found or target.exists():
        raise TakeNotFound(f"There is no take {uuid[:80]!r} in the trash.", todo="It may have been restored already.")
    disk.rename(found[-1], target)
    disk.sync_folder(found[-1].parent)
    disk.sync_folder(takes_folder)
    return target


def empty_trash(takes_folder: Path, disk: Disk = DISK, *, keep_days: float = TRASH_DAYS, now_ns: int = 0) -> int:
    """Delete takes that have lain in the trash for `keep_days`; return how many.

    The rule: thirty days by default, counted from the moment of discarding,
    which the folder's name carries. Nothing else ever empties the trash.
    """
    oldest = (now_ns or time.time_ns()) - int(keep_days * _DAY_NS)
    removed = 0
    for folder in (takes_folder / TRASH).glob("*.*"):
        stamp = folder.name.rsplit(".", 1)[1]
        if stamp.isdecimal() and int(stamp) < oldest:
            disk.remove(folder)
            removed += 1
    return removed
