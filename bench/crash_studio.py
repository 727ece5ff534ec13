"""kill -9 of everything: the web, rig and cameras processes of a real studio, at random moments of recording."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.datasets import DatasetStore, EpisodeFacts, unfinished_takes
from tests.studio import Program, RunningStudio, end_process

DATASET = "killed"
FPS = 30


@dataclass(frozen=True)
class Losses:
    """What all kills together cost. `take_s`: the worst loss of a running take against what a page had been told."""

    kills: int
    saved: int
    saved_lost: int
    take_s: float
    loaded: int


def kill_studios(folder: Path, kills: int, loads: Callable[[Path], bool]) -> Losses:
    """Start, record, save now and then, kill, recover; `loads` opens the dataset with LeRobot after each kill."""
    dice = random.Random(time.time_ns())
    saved, lost, worst, loaded = 0, 0, 0.0, 0
    for _ in range(kills):
        told_saved, uuid, rows = _record_and_kill(folder, dice)
        saved, gone, seconds = _examine(folder, told_saved, uuid, rows)
        lost, worst = lost + gone, max(worst, seconds)
        loaded += not saved or loads(folder / "datasets" / DATASET)
    return Losses(kills, saved, lost, worst, loaded)


def _record_and_kill(folder: Path, dice: random.Random) -> tuple[int, str, int]:
    """What a page had been told when everything died: episodes saved, the running take and its rows."""
    running = RunningStudio(folder).start()
    pids = [running.companion_pid(name) for name in ("rig", "cameras")]
    with contextlib.suppress(OSError), running.program("bench") as program:
        program.must("record.setup", dataset=DATASET)
        end = time.monotonic() + dice.uniform(0.3, 4.0)
        while time.monotonic() < end:
            _one_take(program, min(end, time.monotonic() + dice.uniform(0.5, 1.5)), end)
        recorder = program.state["recorder"]
        take = recorder["take"] or {"uuid": "", "rows": 0}
        for pid in pids:
            end_process(pid)
        running.kill()
    return recorder["saved_episodes"], take["uuid"], take["rows"]


def _one_take(program: Program, until: float, end: float) -> None:
    """Record until `until`; save unless that is the end."""
    program.must("record.start", skip_countdown=True)
    program.drive(max(0.0, until - time.monotonic()))
    if until < end:
        program.must("record.save", outcome="success")
        program.read(lambda: program.state["recorder"]["phase"] == "idle")


def _examine(folder: Path, told_saved: int, uuid: str, rows: int) -> tuple[int, int, float]:
    store = DatasetStore(folder / "datasets")
    store.recover()
    takes = {take.uuid: take for take in unfinished_takes(folder / "takes")}
    if DATASET not in store.names():
        return 0, told_saved, (rows - (takes[uuid].rows if uuid in takes else 0)) / FPS if uuid else 0.0
    dataset = store.open(DATASET)
    uuids = {episode.facts.uuid for episode in dataset.episodes()}
    lost = max(0, told_saved - len(uuids))
    kept = takes[uuid].rows if uuid in takes else rows if uuid in uuids else 0
    for name, take in takes.items():
        if take.rows:
            dataset.commit(folder / "takes", name, EpisodeFacts(name))
    return dataset.total_episodes, lost, max(0, rows - kept) / FPS if uuid else 0.0
