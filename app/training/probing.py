"""A few real steps of a run that is not begun yet: what time, memory and disk it wants. In the job's child."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from app.datasets import DatasetStore
from app.jobs import Outcome, Work
from app.training.describing import Describer
from app.training.expecting import WARM, ProbeBook, bytes_of, key_of, measured, view_bytes
from app.training.folder import RunFolder, RunStore
from app.training.kinds import ProbeRun
from app.training.models import Run
from app.training.performing import Session
from app.training.runners import place_of, runner_at
from app.training.runners.book import PlaceBook
from app.training.selection import content_hash

STEPS = WARM + 5
_EPISODES = 2


def probe(arguments: ProbeRun, work: Work) -> Outcome:
    """The job `training.probe`; what it measured is found again by the settings that it follows from."""
    run = small(arguments, work, PlaceBook(work.data.root).require_kept(arguments.on).cards)
    key = key_of(run)
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
        checkpoint=bytes_of(folder.checkpoints()[STEPS]),
        view=view_bytes(folder),
    )
    ProbeBook(work.data.models).keep(key, found | {"at": datetime.now(UTC).isoformat(timespec="seconds")})
    memory = f", {found['memory_bytes'] / 1e9:.1f} GB of memory" if found["memory_bytes"] else ""
    return Outcome(f"A step takes {found['seconds_per_step']:.2f} s{memory}.", (), found)


def small(arguments: ProbeRun, work: Work, cards: int | None) -> Run:
    """The run with a few steps on a few episodes: the size of the pictures decides, not their number."""
    store, runs = DatasetStore(work.data.datasets), RunStore(work.data.models)
    few = {"steps": STEPS, "save_every": STEPS, "log_every": 1}
    run = Describer(store, runs).describe(
        "probe",
        arguments.dataset,
        arguments.settings.model_copy(update=few),
        by=work.file.user,
        at=datetime.now(UTC),
        on=arguments.on,
        cards=cards,
    )
    kept = {use.index for use in run.used[:_EPISODES]}
    uses = tuple(use if use.index in kept else use.model_copy(update={"times": 0}) for use in run.episodes)
    content = content_hash(store.open(arguments.dataset), [use for use in uses if use.times])
    update = {"name": f"probe-{key_of(run)}", "episodes": uses, "dataset_hash": content}
    return run.model_copy(update=update)
