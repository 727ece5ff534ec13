"""Writes an artifact: a folder that runs on a device by itself. It appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import Conflict, Refused
from app.export import runner
from app.export.cards import PlacedStage, card
from app.export.measure import Held
from app.export.precision import Precision
from app.export.runner.artifact import CARD, GOLDENS, digest, open_artifact, seal
from app.export.runner.check import replay
from app.export.runner.policy import ExportedPolicy
from app.export.stages import Interface

RUNNER = Path(runner.__file__).parent
GOLDEN_COUNT = 2
# What another machine's kernels may differ by: float32 is the same arithmetic in another order, integers round.
TOLERANCE_FLOAT = 1e-4
TOLERANCE_INTEGER = 5e-2


class ArtifactExists(Conflict):
    code = "artifact_exists"


class NotShippable(Refused):
    code = "not_shippable"


@dataclass(frozen=True)
class Contents:
    interface: Interface
    placed: Sequence[PlacedStage]
    held: Held
    fps: float
    origin: Mapping[str, Any]
    steps: int | None = None
    rate_hz: float | None = None
    execute: int | None = None


def write_artifact(folder: Path, contents: Contents, extra: Mapping[str, bytes] | None = None) -> Path:
    """Copies stages and runner, records goldens by running what was copied, and seals the card.

    `extra` are further files by name (the report). Raises `ArtifactExists`, `NotShippable`.
    """
    if folder.exists():
        raise ArtifactExists(f"{folder} is already there.", todo="Choose another name, or move that folder away.")
    if any(one.precision.whole is Precision.int8_all for one in contents.placed):
        raise NotShippable(
            "A stage is int8_all, which quantizes softmax and attention.", todo="That is for the report only."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        _fill(beside, contents, extra or {})
        _sync(beside)
        os.rename(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _fill(folder: Path, contents: Contents, extra: Mapping[str, bytes]) -> None:
    shutil.copytree(RUNNER, folder / "runner", ignore=shutil.ignore_patterns("__pycache__"))
    placed = []
    for one in contents.placed:
        target = folder / f"{one.stage.name}{one.path.suffix}"
        shutil.copyfile(one.path, target)
        if one.beside:
            shutil.copyfile(one.beside, target.with_suffix(".bin"))
        placed.append(replace(one, path=target))
    for name, data in extra.items():
        (folder / name).write_bytes(data)
    goldens = _goldens(contents)
    _save(folder / GOLDENS, goldens)
    _card(folder, contents, placed)
    policy = ExportedPolicy(open_artifact(folder))
    goldens["output"] = np.stack([replay(policy, goldens, index) for index in range(len(goldens["state"]))])
    _save(folder / GOLDENS, goldens)
    _card(folder, contents, placed)


def _goldens(contents: Contents) -> dict[str, np.ndarray]:
    held = contents.held
    chosen = np.linspace(0, len(held.observations) - 1, min(GOLDEN_COUNT, len(held.observations))).astype(int).tolist()
    seen = [held.observations[index] for index in chosen]
    found: dict[str, np.ndarray] = {
        f"picture.{camera.name}": np.stack([one.pictures[camera.name] for one in seen])
        for camera in contents.interface.cameras
    }
    found["state"] = np.stack([one.state for one in seen])
    found["task"] = np.array([one.task for one in seen])
    if contents.interface.noise:
        found["noise"] = np.stack([np.asarray(held.noise[index]) for index in chosen])
    found["reference"] = held.reference[chosen]
    return found


def _save(path: Path, arrays: Mapping[str, Any]) -> None:
    np.savez_compressed(path, **arrays)


def _card(folder: Path, contents: Contents, placed: Sequence[PlacedStage]) -> None:
    path = folder / GOLDENS
    whole = all(str(one.precision) == "fp32" for one in placed)
    tolerance = TOLERANCE_FLOAT if whole else TOLERANCE_INTEGER
    values = card(
        contents.interface,
        placed,
        fps=contents.fps,
        steps=contents.steps,
        rate_hz=contents.rate_hz,
        execute=contents.execute,
        goldens={"file": GOLDENS, "size": path.stat().st_size, "sha256": digest(path), "tolerance": tolerance},
        origin=contents.origin,
    )
    sealed = {**values, "sha256": seal(values)}
    (folder / CARD).write_text(json.dumps(sealed, indent=1) + "\n")


def _sync(folder: Path) -> None:
    """Every file and folder to the disk before the rename makes them an artifact."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
