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
from app.training.describing import Describer
from app.training.folder import RunStore
from app.training.kinds import PROBE, TRAIN
from app.training.models import RunSettings
from app.training.presets import preset
from app.training.runners.book import KeptPlace, PlaceBook
from app.training.runners.places import LOCAL, name_of, place_of
from app.training.runners.showing import shown_at
from app.training.words import view_words


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
    from_run: str = "",
    base: str = "",
    state_noise: float | None = None,
    measure: bool = False,
) -> int:
    """Train and score; returns the exit code. Ctrl-C ends the run, which `--resume` goes on with."""
    folder = DataFolder(data_dir)
    folder.prepare()
    runs = RunStore(folder.models)
    made = resume
    if not resume:
        settings = chosen_settings(
            folder, dataset, preset_name, steps, from_run=from_run, base=base, state_noise=state_noise
        )
        place = kept_place(PlaceBook(folder.root), on)
        if measure:
            asked = {"dataset": dataset, "settings": settings.model_dump(mode="json"), "on": place.text}
            follow_job(job_keeper(folder), PROBE.name, asked, "")
        made = describe(folder, dataset, settings, name, place)
    if command_only:
        print(shown_at(runs.open(made).run(), runs.open(made).path))
        return 0
    print(f"Run {made}, in {runs.open(made).path}", flush=True)
    ended = follow(job_keeper(folder), made)
    print(ended)
    return 0


def chosen_settings(
    folder: DataFolder,
    dataset: str,
    preset_name: str,
    steps: int | None,
    *,
    from_run: str = "",
    base: str = "",
    state_noise: float | None = None,
) -> RunSettings:
    """The preset's for the dataset's cameras, with what was said otherwise."""
    store = DatasetStore(folder.datasets)
    settings = preset(preset_name, [camera.name for camera in store.open(dataset).format.cameras])
    update: dict[str, object] = {"steps": steps} if steps else {}
    if base or from_run:
        update |= {"base": base, "from_run": from_run}
    if state_noise is not None:
        update["state_noise"] = state_noise
    return settings.model_copy(update=update)


def kept_place(book: PlaceBook, on: str) -> KeptPlace:
    """The place by its name or line; one that is typed here is kept for the Train page too."""
    text = book.text(on)
    if text != LOCAL and all(one.text != text for one in book.all()):
        book.keep(KeptPlace(name_of(place_of(text)), text, {}))
    return book.require_kept(text)


def describe(folder: DataFolder, dataset: str, settings: RunSettings, name: str, place: KeptPlace) -> str:
    """Write a new run down; returns its name."""
    store, runs = DatasetStore(folder.datasets), RunStore(folder.models)
    chosen = name or runs.free_name(f"{dataset[:60]}-{settings.preset}")
    at = SystemClock().wall()
    run = Describer(store, runs, SO101).describe(
        chosen, dataset, settings, by=BY.user, at=at, on=place.text, cards=place.cards
    )
    runs.folder(chosen).create(run)
    print(f"{len(run.used)} episodes go in, {len(run.left_out)} are left out. Trained on {place_of(place.text).words}.")
    print("\n".join(view_words(run)), flush=True)
    if run.expected.total_s is not None:
        disk = f", {run.expected.disk_bytes / 1e9:.1f} GB of disk" if run.expected.disk_bytes else ""
        print(f"About {run.expected.total_s / 60:.0f} min of training{disk}, {run.expected.measured}.", flush=True)
    return chosen


def follow(jobs: JobKeeper, run: str) -> str:
    """Perform the run's job to its end; how it ended, in words. Raises JobEndedEarly."""
    view = follow_job(jobs, TRAIN.name, {"run": run}, f"./understudy train --resume {run}")
    return view.ended.words if view.ended else ""
