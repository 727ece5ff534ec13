"""`./understudy train`: a run described, trained and scored from the command line, with a progress bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app.bootstrap.jobs import job_keeper
from app.core.clock import SystemClock
from app.core.identity import Identity
from app.datasets import DatasetStore
from app.devices.so101 import SO101
from app.jobs import JobKeeper, JobState, JobView
from app.storage.paths import DataFolder
from app.training.command import shown
from app.training.describing import Describer
from app.training.errors import TrainingFailed
from app.training.folder import RunStore
from app.training.kinds import TRAIN
from app.training.presets import preset
from app.training.runners.book import PlaceBook

_BAR = 24
_LOOK_S = 0.5
_BY = Identity.local("command line")


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
    run = Describer(store, runs, SO101).describe(chosen, dataset, settings, by=_BY.user, at=at, on=place)
    runs.folder(chosen).create(run)
    print(f"{len(run.used)} episodes go in, {len(run.left_out)} are left out. Trained on {on or 'this machine'}.")
    return chosen


def follow(jobs: JobKeeper, run: str) -> str:
    """Perform the run's job to its end; how it ended, in words. Raises TrainingFailed."""
    jobs.recover()
    view = jobs.submit(TRAIN.name, {"run": run}, _BY)
    try:
        while not (view := jobs.view(view.file.id)).state.ended:
            jobs.step()
            _draw(view)
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        print("\nEnding; what was saved stays.", flush=True)
        jobs.cancel(view.file.id, _BY)
        while not jobs.view(view.file.id).state.ended:
            jobs.step()
            time.sleep(_LOOK_S)
        raise
    print(file=sys.stderr)
    ended = view.ended
    assert ended is not None
    if view.state is not JobState.done:
        raise TrainingFailed(f"{ended.words}", todo=ended.todo or f"./understudy train --resume {run}", code=ended.code)
    return ended.words


def _draw(view: JobView) -> None:
    """One line that is drawn over; a log that is no terminal gets none."""
    if not sys.stderr.isatty():
        return
    progress = view.progress
    done = progress.fraction or 0.0
    bar = "█" * round(_BAR * done) + "░" * (_BAR - round(_BAR * done))
    words: Sequence[str] = [view.waits or progress.words or "Starting"]
    if progress.step is not None and progress.steps:
        words = [*words, f"{progress.step:,} of {progress.steps:,} {progress.unit}".strip()]
    if progress.rate:
        words = [*words, f"{progress.rate:.1f} {progress.unit or 'steps'}/s"]
    if progress.left_s is not None:
        words = [*words, f"{progress.left_s / 60:.0f} min left"]
    print(f"\r{bar} {100 * done:3.0f} %  {'  '.join(words)}\033[K", end="", file=sys.stderr, flush=True)
