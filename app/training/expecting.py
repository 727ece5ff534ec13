"""What a run will take: from a short measured probe of it, or from an earlier run alike; never guessed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.datasets import Disk
from app.training.command import CACHE
from app.training.errors import RunInvalid
from app.training.folder import RunFolder, RunStore
from app.training.models import Expected, Run
from app.training.view import worked_frames

FILE = "probes.json"
VERSION = 1
_MOST = 200
WARM = 3  # steps until caches are warm and the optimiser's memory is there
STEPS = WARM + 5
_AHEAD = 4  # batches that each of LeRobot's loaders is ahead; accelerate holds one more


def epoch_of(run: Run) -> int | None:
    """Steps until all has been learnt from once, where that is so few that a probe has to see them all.

    At an epoch's end the loaders have nothing left to do, and the trainers have the processors to themselves: steps
    are faster there than usual, and the first one after it waits. None where an epoch is long enough to be measured
    in the middle.
    """
    batches = -(-run.view_frames // (run.settings.batch * run.settings.processes))
    return batches if 0 < batches < undisturbed(run) else None


def undisturbed(run: Run) -> int:
    """How many steps of an epoch pass by the time that `STEPS` of them were measured while loaders were at work."""
    return STEPS + (_AHEAD * run.settings.workers + 1 if run.settings.workers else 0)


def key_of(run: Run) -> str:
    """Of everything that a step's time and memory follow from; steps, seed and which episodes do not count."""
    settings = run.settings.model_dump(include={"policy", "batch", "precision", "workers", "processes", "augmentation"})
    shapes = sorted((camera.width, camera.height) for camera in run.policy.cameras)
    options = {name: value for name, value in run.settings.options.items() if name.startswith("policy.")}
    device = next((word for word in run.command if word.startswith("--policy.device=")), "")
    made_of = [run.runner, device, run.base or run.settings.base, settings, shapes, options, len(run.policy.joints)]
    made_of += [epoch] if (epoch := epoch_of(run)) else []
    return hashlib.sha256(json.dumps(made_of, sort_keys=True, default=str).encode()).hexdigest()[:16]


class ProbeBook:
    """What probes measured, by key: `models/probes.json`. A damaged one reads as empty."""

    def __init__(self, models: Path, disk: Disk | None = None) -> None:
        self._path = models / FILE
        self._disk = disk or Disk()

    def find(self, key: str) -> dict[str, Any] | None:
        return self._all().get(key)

    def keep(self, key: str, measured: dict[str, Any]) -> None:
        kept = {**{name: value for name, value in self._all().items() if name != key}, key: measured}
        kept = dict(list(kept.items())[-_MOST:])
        beside = self._path.with_name(f".{FILE}.making")
        self._disk.remove(beside)
        self._disk.write(beside, json.dumps({"version": VERSION, "probes": kept}).encode())
        self._disk.rename(beside, self._path)
        self._disk.sync_folder(self._path.parent)

    def _all(self) -> dict[str, Any]:
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            return dict(raw["probes"]) if raw["version"] == VERSION else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


def measured(
    rows: Sequence[dict[str, Any]], run: Run, *, view_s: float, start_s: float, checkpoint: int, view: int
) -> dict[str, Any]:
    """What a probe keeps. `rows` are its logged steps, `run` its few episodes; sizes in bytes."""
    steps = sorted(row.get("update_s", 0.0) + row.get("data_s", 0.0) for row in rows[WARM:])
    usual = sum(steps) / len(steps) if epoch_of(run) else steps[len(steps) // 2]
    return {
        "seconds_per_step": usual,
        "steps": len(steps),
        "start_s": round(start_s, 1),
        "memory_bytes": max((int(row.get("memory_bytes") or 0) for row in rows), default=0) or None,
        "gpu_memory_bytes": max((int(row.get("gpu_memory_bytes") or 0) for row in rows), default=0) or None,
        "checkpoint_bytes": checkpoint,
        "view_bytes_per_frame": view / max(1, run.recorded_frames),
        "view_s_per_frame": view_s / max(1, worked_frames(run)),
    }


def expected(run: Run, runs: RunStore) -> Expected:
    """A probe of the same settings at the same place first; then the latest run alike."""
    found = ProbeBook(runs.root).find(key_of(run))
    if found is not None:
        return _of_probe(run, found)
    for name in runs.names():
        folder = runs.open(name)
        try:
            other = folder.run()
        except RunInvalid:
            continue
        rows = folder.metrics()[1:]
        if not rows or key_of(run) != key_of(other):
            continue
        per_step = sorted(row.get("update_s", 0.0) + row.get("data_s", 0.0) for row in rows)[len(rows) // 2]
        return Expected(
            seconds_per_step=per_step,
            total_s=per_step * run.settings.steps,
            memory_bytes=max(int(row.get("memory_bytes") or 0) for row in rows) or None,
            disk_bytes=_disk_alike(run, other, folder),
            measured=f"as measured in {name}",
        )
    return Expected(measured="not measured yet: measure them, or the first steps of the run will tell")


def _disk_alike(run: Run, other: Run, folder: RunFolder) -> int | None:
    checkpoint = next(iter(folder.checkpoints().values()), None)
    if checkpoint is None:
        return None
    per_frame = view_bytes(folder) / max(1, other.recorded_frames)
    return round(bytes_of(checkpoint) * _saved(run) + per_frame * run.recorded_frames)


def view_bytes(folder: RunFolder) -> int:
    """The view, and the copy of its rows that LeRobot's reader keeps beside it."""
    return bytes_of(folder.view) + bytes_of(folder.path / CACHE)


def bytes_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _of_probe(run: Run, found: dict[str, Any]) -> Expected:
    view_s = found.get("view_s_per_frame", 0.0) * worked_frames(run)
    return Expected(
        seconds_per_step=found["seconds_per_step"],
        total_s=view_s + found["start_s"] + found["seconds_per_step"] * run.settings.steps,
        memory_bytes=found["memory_bytes"],
        gpu_memory_bytes=found["gpu_memory_bytes"],
        disk_bytes=round(found["checkpoint_bytes"] * _saved(run) + found["view_bytes_per_frame"] * run.recorded_frames),
        measured=f"measured over {found['steps']} steps on {found['at'][:10]}",
    )


def _saved(run: Run) -> int:
    return -(-run.settings.steps // run.settings.save_every)
