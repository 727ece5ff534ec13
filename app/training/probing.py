"""A few real steps of a run that is not begun yet: what time, memory and disk it wants. In the job's child."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from app.datasets import DatasetStore
from app.jobs import Outcome, Work
from app.training.describing import Describer
from app.training.expecting import (
    STEPS,
    WARM,
    ProbeBook,
    bytes_of,
    epoch_of,
    key_of,
    measured,
    undisturbed,
    view_bytes,
)
from app.training.folder import RunFolder, RunStore
from app.training.kinds import ProbeRun
from app.training.models import EpisodeUse, Run
from app.training.performing import Session
from app.training.runners import place_of, runner_at
from app.training.runners.book import PlaceBook
from app.training.selection import content_hash

_FEWEST = 2


def probe(arguments: ProbeRun, work: Work) -> Outcome:
    """The job `training.probe`; what it measured is found again by the settings that it follows from."""
    run, key = small(arguments, work, PlaceBook(work.data.root).require_kept(arguments.on).cards)
    folder = RunFolder(work.scratch / run.name)
    folder.create(run)
    session = Session(folder, work)
    preparing = time.monotonic()
    session.make_view()
    session.make_base()
    began = time.monotonic()
    session.train(runner_at(place_of(run.runner)))
    rows = folder.metrics()
    stepping = sum(row.get("update_s", 0.0) + row.get("data_s", 0.0) for row in rows)
    found = measured(
        rows,
        run,
        view_s=began - preparing,
        start_s=max(0.0, time.monotonic() - began - stepping),
        checkpoint=bytes_of(folder.checkpoints()[run.settings.steps]),
        view=view_bytes(folder),
    )
    ProbeBook(work.data.models).keep(key, found | {"at": datetime.now(UTC).isoformat(timespec="seconds")})
    memory = f", {found['memory_bytes'] / 1e9:.1f} GB of memory" if found["memory_bytes"] else ""
    return Outcome(f"A step takes {found['seconds_per_step']:.2f} s{memory}.", (), found)


def small(arguments: ProbeRun, work: Work, cards: int | None) -> tuple[Run, str]:
    """The run with a few steps on a few episodes, and the key of the whole one."""
    store, runs = DatasetStore(work.data.datasets), RunStore(work.data.models)

    def described(steps: int) -> Run:
        few = {"steps": steps, "save_every": steps, "log_every": 1}
        return Describer(store, runs).describe(
            "probe",
            arguments.dataset,
            arguments.settings.model_copy(update=few),
            by=work.file.user,
            at=datetime.now(UTC),
            on=arguments.on,
            cards=cards,
        )

    run = described(STEPS)
    if (epoch := epoch_of(run)) is not None:
        run = described(WARM + epoch)
    uses = few_of(run)
    content = content_hash(store.open(arguments.dataset), [use for use in uses if use.times])
    key = key_of(run)
    return run.model_copy(update={"name": f"probe-{key}", "episodes": uses, "dataset_hash": content}), key


def few_of(run: Run) -> tuple[EpisodeUse, ...]:
    """As many of its episodes as keep the loaders at work for `STEPS`; all of them where an epoch is measured."""
    wanted = undisturbed(run) * run.settings.batch * run.settings.processes
    kept: set[int] = set()

    def cut() -> tuple[EpisodeUse, ...]:
        return tuple(use if use.index in kept else use.model_copy(update={"times": 0}) for use in run.episodes)

    for use in run.used:
        if len(kept) >= _FEWEST and run.model_copy(update={"episodes": cut()}).view_frames >= wanted:
            break
        kept.add(use.index)
    return cut()
