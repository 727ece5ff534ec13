"""`./understudy demo`: scripted demonstrations, recorded like anybody's takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap.rigs import SIMULATOR
from app.core.errors import StudioError

if TYPE_CHECKING:
    from app.devices import Placement, Start
    from app.web.studio import Studio

RECOVERY_EVERY = 5
READY_S = 30.0
TAKE_S = 60.0


@dataclass(frozen=True)
class Request:
    """One demonstration to record; `facts` are further columns of its episode, as a plan's target gives them."""

    number: int
    seed: int
    placement: Placement
    start: Start
    facts: Mapping[str, object] = field(default_factory=dict)


def demo(*, episodes: int, dataset: str, data_dir: Path, lock_step: bool, seed: int | None = None) -> int:
    """Record `episodes` demonstrations, every fifth from a recovery start; returns the exit code."""
    from app.datasets import require_name

    require_name(dataset)
    requests = plan(episodes, seed=time.time_ns() % 2**31 if seed is None else seed)
    if lock_step:
        from app.bootstrap.lockstep import LockStepStudio

        outcomes = LockStepStudio(data_dir, dataset).record(requests)
        successes = sum(outcome == "success" for outcome in outcomes)
    else:
        from app.bootstrap.studio import open_studio

        with open_studio(data_dir, SIMULATOR) as studio:
            successes = asyncio.run(_live(studio, dataset, requests))
    print(f"{successes} of {episodes} demonstrations succeeded; dataset {data_dir / 'datasets' / dataset}")
    return 0


def plan(episodes: int, *, seed: int) -> list[Request]:
    """Placements drawn evenly over the reach; every fifth take starts from a recovery state, in turn."""
    import numpy as np

    from app.devices import Start
    from app.simulation import random_placement

    random = np.random.default_rng(seed)
    recoveries = [start for start in Start if start is not Start.nominal]
    requests = []
    for number in range(episodes):
        recovery = (number + 1) % RECOVERY_EVERY == 0
        start = recoveries[number // RECOVERY_EVERY % len(recoveries)] if recovery else Start.nominal
        requests.append(Request(number, int(random.integers(2**31)), random_placement(random), start))
    return requests


def report(request: Request, total: int, outcome: str, rows: int) -> None:
    """One line a take, as it is saved."""
    kind = "" if request.start == "nominal" else f", recovery from {request.start.value.replace('_', ' ')}"
    print(f"[{request.number + 1}/{total}] {outcome or 'unknown'}, {rows} rows{kind}", flush=True)


async def _live(studio: Studio, dataset: str, requests: list[Request]) -> int:
    """In real time, on the same processes and the same recorder that a browser drives."""
    running = asyncio.create_task(studio.run(), name="studio")
    try:
        await _until(lambda: not studio.start_blocked(), READY_S, "get ready")
        await studio.recorder.change_setup(dataset=dataset, operator="demonstrator")
        successes = 0
        for request in requests:
            successes += await _one(studio, request, len(requests)) == "success"
        return successes
    finally:
        await studio.close(running)


async def _one(studio: Studio, request: Request, total: int) -> str:
    await studio.scene.place(request.placement, request.start)
    await studio.scene.demonstrate(request.seed)
    await _until(lambda: bool(studio.status and studio.status.demonstrating), 5.0, "begin the demonstration")
    await studio.recorder.start(skip_countdown=True)
    await _until(lambda: bool(studio.status and not studio.status.demonstrating), TAKE_S, "end the demonstration")
    await asyncio.sleep(0.7)  # until the rig has judged the scene at rest
    outcome = studio.status.outcome if studio.status else ""
    receipt = await studio.recorder.save(outcome)
    report(request, total, outcome, receipt.rows if receipt else 0)
    return outcome


async def _until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            raise StudioError(f"The rig did not {what} within {limit_s:.0f} s.", todo="See its log in the run folder.")
        await asyncio.sleep(0.02)
