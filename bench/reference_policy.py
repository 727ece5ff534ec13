"""The reference policy: demonstrations by the plan through our recorder, our view, lerobot-train, our scoring.

Everything lies in one folder and is taken up where it was left: a killed bench
is started again and goes on.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.bootstrap.demo import Request
from app.bootstrap.jobs import job_keeper
from app.bootstrap.lockstep import LockStepStudio
from app.bootstrap.train import follow
from app.core.clock import SystemClock
from app.core.errors import StudioError
from app.datasets import DatasetStore
from app.devices.so101 import SO101
from app.grammar import DATA_DIR
from app.guidance.layout import default_plan
from app.guidance.plan import Plan
from app.guidance.store import PlanStore
from app.guidance.targets import Target, all_targets
from app.recording import DEFAULT_TASK
from app.simulation import reachable
from app.storage.paths import DataFolder
from app.training.describing import Describer
from app.training.folder import RunFolder, RunStore
from app.training.models import RunSettings, Scoring
from app.training.presets import preset

SEED = 20261126
POSITIONS = 12
HELD_OUT_EPISODES = 4  # for the action error on frames nobody learnt from; its trials need none
STEPS, EVERY = 4800, 1600
FINAL = 5  # times 20 training and 8 held-out trials: 100 and 40


def folder_of() -> DataFolder:
    """Where the bench keeps its data; UNDERSTUDY_BENCH_DIR elsewhere."""
    return DataFolder(Path(os.environ.get("UNDERSTUDY_BENCH_DIR", str(DATA_DIR / "bench-train"))))


@dataclass(frozen=True)
class Scale:
    """How much of it: the whole, or enough to see that every part works."""

    takes: int | None
    steps: int
    every: int
    scoring: Scoring


# The last checkpoint is tried often enough to claim something; no further trials settle which was best.
FULL = Scale(
    None, STEPS, EVERY, Scoring(trials_training=20, trials_held_out=8, final=FINAL, limit_s=20.0, frames=200, settle=0)
)
QUICK = Scale(11, 20, 10, Scoring(trials_training=2, trials_held_out=1, final=2, limit_s=3.0, frames=12))


class Phases:
    """How long each phase took, over restarts: kept in the folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.root / "phases.json"

    @property
    def seconds(self) -> dict[str, float]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        try:
            yield
        finally:
            taken = time.monotonic() - began
            known = self.seconds
            self._path.write_text(json.dumps(known | {name: known.get(name, 0.0) + taken}))
            print(f"   {taken:.0f} s", flush=True)


def plan_of() -> Plan:
    made = default_plan(DEFAULT_TASK, reachable, seed=SEED)
    return replace(made, positions_per_cluster=POSITIONS)


def takes_of(plan: Plan, limit: int | None) -> list[Target]:
    """The plan's takes, position by position, so that the first N already cover all clusters; few held-out ones."""
    ordered = sorted(
        all_targets(plan), key=lambda target: (target.position + target.repeat, target.kind, target.cluster)
    )
    held = [target for target in ordered if target.held_out][:HELD_OUT_EPISODES]
    taught = [target for target in ordered if not target.held_out]
    taught = _mixed(taught)
    if limit is None:
        return [*taught, *held]
    return [*taught[: limit - 1], held[0]]


def _mixed(targets: list[Target]) -> list[Target]:
    """Recoveries spread evenly among the nominal takes."""
    nominal = [target for target in targets if not target.cause]
    recoveries = [target for target in targets if target.cause]
    mixed, every = [], max(1, round(len(nominal) / max(1, len(recoveries))))
    for number, target in enumerate(nominal):
        mixed.append(target)
        if number % every == every - 1 and recoveries:
            mixed.append(recoveries.pop(0))
    return [*mixed, *recoveries]


def record(folder: DataFolder, dataset: str, scale: Scale, *, pale: bool = False) -> int:
    """Record what is not recorded yet; returns the number of episodes there are."""
    folder.prepare()
    store, plan = DatasetStore(folder.datasets), plan_of()
    store.recover()
    done = {one.facts.session for one in store.open(dataset).episodes()} if dataset in store.names() else set()
    studio = LockStepStudio(folder.root, dataset, pale=pale)
    for number, target in enumerate(takes_of(plan, scale.takes)):
        if f"take-{number}" not in done:
            _perform(studio, number, target)
    plans = PlanStore(store)
    if plans.current(dataset) is None:
        plans.save(dataset, plan)
    return store.open(dataset).total_episodes


def _perform(studio: LockStepStudio, number: int, target: Target) -> None:
    facts: dict[str, Any] = {
        "session": f"take-{number}",
        "plan_version": 1,
        "cluster": target.cluster,
        "position": target.position,
        "target_x_cm": target.placement.x_cm,
        "target_y_cm": target.placement.y_cm,
        "target_yaw_deg": target.placement.yaw_deg,
    }
    try:
        list(studio.record([Request(number, SEED + number, target.placement, target.start, facts)]))
    except StudioError as error:  # some recovery starts cannot be reached at every place
        print(f"   take {number} in cluster {target.cluster} was not possible: {error}", flush=True)


def settings_of(scale: Scale, **changes: object) -> RunSettings:
    """The preset for two cores, with the bench's steps and trials."""
    quick = preset("quick", ("top", "gripper", "left"))
    base = quick.model_copy(
        update={"steps": scale.steps, "save_every": scale.every, "scoring": scale.scoring, "preset": "reference"}
    )
    if scale is QUICK:
        base = base.model_copy(update={"batch": 4, "workers": 0, "log_every": 5})
    return base.model_copy(update=changes)


def train(folder: DataFolder, dataset: str, name: str, settings: RunSettings) -> RunFolder:
    """Train and score, from the last checkpoint where there is one."""
    store, runs = DatasetStore(folder.datasets), RunStore(folder.models)
    if name not in runs.names():
        run = Describer(store, runs, SO101).describe(name, dataset, settings, by="bench", at=SystemClock().wall())
        runs.folder(name).create(run)
    found = runs.open(name)
    scored = {row["step"] for row in found.scores() if row["final"]}
    if found.run().settings.steps not in scored:
        print(follow(job_keeper(folder), name), flush=True)
    return found
