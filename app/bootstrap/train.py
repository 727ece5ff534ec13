"""`./understudy train`: a run described, trained and scored from the command line, with a progress bar."""

from __future__ import annotations

from pathlib import Path

from app.bootstrap.following import BY, follow_job
from app.bootstrap.jobs import job_keeper
from app.core.clock import SystemClock
from app.datasets import DatasetStore
from app.devices.so101 import SO101
from app.jobs import JobKeeper
from app.storage.paths import DataFolder
from app.training.command import shown
from app.training.describing import Describer
from app.training.folder import RunStore
from app.training.kinds import TRAIN
from app.training.presets import preset
from app.training.runners.book import PlaceBook


def train(
    *,
    dataset: str,
    preset_name: str,
    name: str,
    steps: int | None,
    resume: str,
    data_dir: Path,
    command_only: bool,
    on: str = "",
) -> int:
    """Train and score; returns the exit code. Ctrl-C ends the run, which `--resume` goes on with."""
    folder = DataFolder(data_dir)
    folder.prepare()
    runs = RunStore(folder.models)
    made = resume or describe(folder, dataset, preset_name, name, steps, on)
    if command_only:
        print(shown(runs.open(made).run(), runs.open(made).path))
        return 0
    print(f"Run {made}, in {runs.open(made).path}", flush=True)
    ended = follow(job_keeper(folder), made)
    print(ended)
    return 0


def describe(folder: DataFolder, dataset: str, preset_name: str, name: str, steps: int | None, on: str = "") -> str:
    """Write a new run down; returns its name."""
    store, runs = DatasetStore(folder.datasets), RunStore(folder.models)
    cameras = [camera.name for camera in store.open(dataset).format.cameras]
    settings = preset(preset_name, cameras)
    if steps:
        settings = settings.model_copy(update={"steps": steps})
    chosen = name or runs.free_name(f"{dataset[:60]}-{preset_name}")
    place = PlaceBook(folder.root).text(on)
    at = SystemClock().wall()
    run = Describer(store, runs, SO101).describe(chosen, dataset, settings, by=BY.user, at=at, on=place)
    runs.folder(chosen).create(run)
    print(f"{len(run.used)} episodes go in, {len(run.left_out)} are left out. Trained on {on or 'this machine'}.")
    return chosen


def follow(jobs: JobKeeper, run: str) -> str:
    """Perform the run's job to its end; how it ended, in words. Raises JobEndedEarly."""
    view = follow_job(jobs, TRAIN.name, {"run": run}, f"./understudy train --resume {run}")
    return view.ended.words if view.ended else ""
