"""Commit by intent: what a change will do is made durable before any of it is done.

Everything a change needs is staged in `meta/studio/staging-…`. Renaming that
folder to `meta/studio/intent` is the moment of decision: before it the change
never happened, after it `roll_forward` completes it, however often it is
interrupted, because each step is a rename that is done or not yet.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.datasets.disk import Disk
from app.datasets.errors import DatasetUnreadable
from app.datasets.layout import STUDIO_FOLDER

INTENT = STUDIO_FOLDER / "intent"
STAGING = "staging-"
PLAN = "plan.json"


@dataclass(frozen=True)
class Step:
    """Rename `source` to `target`, or remove `source` when `target` is "".

    Paths are relative to the dataset's folder, also those outside of it, so
    that a data folder may be moved between crash and recovery. A step that is
    a `barrier` waits until all before it are durable; one that is `passing` has
    a target that a later step removes, so both may be gone.
    """

    source: str
    target: str = ""
    barrier: bool = False
    passing: bool = False


def stage(folder: Path, uuid: str, disk: Disk) -> Path:
    """An empty staging folder for a change named `uuid`."""
    staging = folder / STUDIO_FOLDER / f"{STAGING}{uuid}"
    disk.remove(staging)
    disk.make_folder(staging)
    return staging


def staged(name: str) -> str:
    """How a step names a staged file."""
    return str(INTENT / name)


def outside(folder: Path, path: Path) -> str:
    """How a step names a path that is not in the dataset's folder."""
    return os.path.relpath(path.parent.resolve() / path.name, folder.resolve())


def decide(folder: Path, staging: Path, steps: Sequence[Step], disk: Disk) -> None:
    """Make the change decided; `roll_forward` then performs it."""
    disk.write(staging / PLAN, json.dumps([asdict(step) for step in steps]).encode())
    disk.sync_folder(staging)
    disk.rename(staging, folder / INTENT)
    disk.sync_folder(folder / STUDIO_FOLDER)


def roll_forward(folder: Path, disk: Disk) -> bool:
    """Complete a decided change and drop undecided ones; True when there was one to complete.

    The caller holds the dataset's lock.
    """
    studio = folder / STUDIO_FOLDER
    for leftover in studio.glob(f"{STAGING}*"):
        disk.remove(leftover)
    if not (folder / INTENT).is_dir():
        return False
    plan = folder / INTENT / PLAN
    if plan.exists():
        _perform(folder, [Step(**raw) for raw in json.loads(plan.read_text())], disk)
    disk.remove(folder / INTENT)
    disk.sync_folder(studio)
    return True


def needs_rolling(folder: Path) -> bool:
    """Whether a change was decided and not completed, by its writer or by a crash."""
    return (folder / INTENT).is_dir()


def _perform(folder: Path, steps: Sequence[Step], disk: Disk) -> None:
    """Each step is done or not yet. Old names need no sync: should one return, its step is done again."""
    changed: list[Path] = []
    for step in steps:
        if step.barrier:
            _sync(changed, disk)
        source = folder / step.source
        if not step.target:
            disk.remove(source)
            changed.append(source.parent)
            continue
        target = folder / step.target
        changed.append(target.parent)
        if source.is_dir() and target.is_dir():
            disk.remove(source)  # a folder of two names after power loss: it was moved
        elif source.exists():
            disk.make_folder(target.parent)
            disk.rename(source, target)
            if not source.is_relative_to(folder / INTENT):
                changed.append(source.parent)
        elif not step.passing and not target.exists():
            raise DatasetUnreadable(
                f"A change of {folder.name} cannot be completed: {step.source} is missing.",
                todo=f"Restore the file, or remove {INTENT} to give the change up.",
            )
    _sync(changed, disk)


def _sync(folders: list[Path], disk: Disk) -> None:
    for path in dict.fromkeys(folders):
        if path.is_dir():
            disk.sync_folder(path)
    folders.clear()
