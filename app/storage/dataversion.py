"""The version of a data folder's layout: read, brought up to date step by step, and taken back.

A step may only change what a backup holds: the database, `rigs/` and `version.json`. Datasets have a format and
versions of their own (docs/dataset.md) and are never rewritten by an upgrade.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.core.errors import Refused
from app.storage.database import VERSION as DATABASE_VERSION
from app.storage.database import Database
from app.storage.paths import DataFolder

HELD = ("studio.db", "rigs", "version.json")


class NewerData(Refused):
    """The folder was written by a studio that this one does not know."""

    code = "newer_data"


class NoBackup(Refused):
    code = "no_backup"


@dataclass(frozen=True)
class Step:
    """Brings a folder from one version to the next."""

    words: str
    do: Callable[[DataFolder], None]


def _accounts_and_audit(folder: DataFolder) -> None:
    database = Database(folder.database)
    database.open()  # adds the tables of accounts and sessions
    database.close()
    folder.audit.mkdir(mode=0o700, exist_ok=True)


STEPS = {1: Step("Accounts, sessions and the audit log have a place.", _accounts_and_audit)}
VERSION = max(STEPS) + 1


def version_of(folder: DataFolder) -> int:
    """The layout's version; a folder that is empty has the newest, one without `version.json` the first."""
    path = folder.root / "version.json"
    if path.exists():
        return int(json.loads(path.read_text())["version"])
    return 1 if folder.database.exists() else VERSION


def is_current(folder: DataFolder) -> bool:
    """Whether it says that it has the newest version: nothing would be written."""
    return (folder.root / "version.json").exists() and version_of(folder) == VERSION


def upgrade(folder: DataFolder, now: datetime, steps: dict[int, Step] = STEPS) -> list[str]:
    """Bring it up to date; returns what was done, in words. What was there is in `backups/` first.

    Raises `NewerData`. A step that fails leaves the folder as the backup has it.
    """
    version, newest = version_of(folder), max(steps) + 1
    _refuse_newer(folder, version, newest)
    if version == newest:
        _write_version(folder, newest)
        return []
    backup = _back_up(folder, f"v{version}-{now:%Y%m%dT%H%M%SZ}")
    told = []
    try:
        for number in range(version, newest):
            steps[number].do(folder)
            told.append(f"{number} to {number + 1}: {steps[number].words}")
    except BaseException:
        _restore(folder, backup)
        raise
    _write_version(folder, newest)
    return told


def backups(folder: DataFolder) -> list[Path]:
    """What can be gone back to, the newest first."""
    found = (folder.root / "backups").glob("v*-*")
    return sorted(found, key=lambda path: path.name.split("-", 1)[1], reverse=True)


def go_back(folder: DataFolder, now: datetime) -> Path:
    """Restore the newest backup; what is there now is kept beside it. Returns the backup that was restored."""
    found = backups(folder)
    if not found:
        raise NoBackup(f"There is no backup in {folder.root}: it was never upgraded.", todo="Nothing to do.")
    _back_up(folder, f"before-back-{now:%Y%m%dT%H%M%SZ}")
    _restore(folder, found[0])
    kept = found[0].with_name(f"restored-{found[0].name}")
    found[0].rename(kept)
    return kept


def _refuse_newer(folder: DataFolder, version: int, newest: int) -> None:
    stored = _database_version(folder.database)
    if version > newest or stored > DATABASE_VERSION:
        raise NewerData(
            f"{folder.root} was written by a newer Understudy (data version {version}, database {stored}; this one"
            f" knows {newest} and {DATABASE_VERSION}).",
            todo="Use that version, or go back with its ./understudy upgrade --back before you start this one.",
        )


def _database_version(path: Path) -> int:
    if not path.exists():
        return 0
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def _write_version(folder: DataFolder, version: int) -> None:
    path = folder.root / "version.json"
    text = json.dumps({"version": version}) + "\n"
    if path.exists() and path.read_text() == text:
        return
    beside = path.with_suffix(".new")
    with beside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync(folder.root)


def _back_up(folder: DataFolder, name: str) -> Path:
    """A copy of what steps may change; whole, or not there."""
    target = folder.root / "backups" / name
    beside = target.with_name(f".{name}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True, mode=0o700)
    if folder.database.exists():
        _copy_database(folder.database, beside / "studio.db")
    if folder.rigs.exists():
        shutil.copytree(folder.rigs, beside / "rigs")
    if (folder.root / "version.json").exists():
        shutil.copy2(folder.root / "version.json", beside / "version.json")
    for path in beside.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    beside.replace(target)
    _sync(target.parent)
    return target


def _restore(folder: DataFolder, backup: Path) -> None:
    for name in (*HELD, "studio.db-wal", "studio.db-shm"):
        path = folder.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for name in HELD:
        kept = backup / name
        if kept.is_dir():
            shutil.copytree(kept, folder.root / name)
        elif kept.exists():
            shutil.copy2(kept, folder.root / name)
    _sync(folder.root)


def _copy_database(source: Path, target: Path) -> None:
    """By SQLite itself, so that what stands in the write-ahead log comes along."""
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    try:
        reading.backup(writing)
    finally:
        reading.close()
        writing.close()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
