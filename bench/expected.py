"""`./understudy bench expected`: what a measured probe says a run will take, beside what it took.

On one process and on two. There is no anchor: LeRobot does not say beforehand what a training takes. The
run on two processes is the one that the studio begins on several graphics
cards, `accelerate launch --multi_gpu`; without cards LeRobot joins them by gloo
on processors. Writes docs/benchmarks/expected.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.bootstrap.demo import plan
from app.bootstrap.following import follow_job
from app.bootstrap.jobs import job_keeper
from app.bootstrap.lockstep import LockStepStudio
from app.bootstrap.train import describe
from app.jobs import JobView
from app.jobs.folder import JobFolder
from app.storage.paths import DataFolder
from app.training.command import shown
from app.training.expecting import bytes_of, view_bytes
from app.training.folder import RunFolder, RunStore
from app.training.kinds import PROBE, TRAIN
from app.training.models import Device, RunSettings
from app.training.presets import preset
from app.training.runners.book import PlaceBook
from bench.outcome import Outcome, Reach

DATASET = "bricks"
PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks/expected.md"
SEED, EPISODES = 20261127, 6
STEPS, QUICK_STEPS = 80, 20
TINY = {
    "policy.dim_model": 32,
    "policy.dim_feedforward": 64,
    "policy.n_heads": 2,
    "policy.n_encoder_layers": 1,
}
ROWS = (
    ("a step", "s", "seconds_per_step", 1.0),
    ("the whole training, without scoring", "s", "total_s", 1.0),
    ("memory of the whole family", "GB", "memory_bytes", 1e9),
    ("disk", "MB", "disk_bytes", 1e6),
)


@dataclass(frozen=True)
class Taken:
    """One run: what was said, what it took, and what LeRobot itself says of its batch."""

    run: RunFolder
    said: dict[str, float]
    took: dict[str, float]
    batch: str

    def share(self, name: str) -> float:
        return round(self.took[name] / self.said[name], 3)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench expected")
    parser.add_argument("--quick", action="store_true", help="a tiny policy and few steps")
    quick = parser.parse_args(arguments).quick
    with tempfile.TemporaryDirectory(prefix="understudy-expected-") as place:
        folder = DataFolder(Path(place))
        folder.prepare()
        list(LockStepStudio(folder.root, DATASET).record(plan(EPISODES, seed=SEED)))
        found = {count: measure(folder, settings(count, quick=quick)) for count in (1, 2)}
        text = page(found)
        outcome = Outcome("expected", figures(found), {}, {} if quick else REACH)
    if not quick:
        PAGE.write_text(text, encoding="utf-8")
    print(text)
    print(outcome.line())
    return 0 if outcome.holds else 1


def settings(processes: int, *, quick: bool) -> RunSettings:
    """The preset for two cores without its trials, which are no part of what is expected."""
    made = preset("quick", ("top", "gripper", "left"))
    steps = QUICK_STEPS if quick else STEPS
    changes: dict[str, object] = {
        "steps": steps,
        "save_every": steps // 2,
        "processes": processes,
        "device": Device.cpu,
        "scoring": made.scoring.model_copy(update={"trials_training": 0, "trials_held_out": 0, "frames": 0}),
    }
    if quick:
        changes |= {"batch": 2, "workers": 0, "options": made.options | TINY}
    return made.model_copy(update=changes)


def measure(folder: DataFolder, chosen: RunSettings) -> Taken:
    jobs, name = job_keeper(folder), f"on-{chosen.processes}"
    asked = {"dataset": DATASET, "settings": chosen.model_dump(mode="json"), "on": "local"}
    print(f"== {chosen.processes} process(es): the probe", flush=True)
    follow_job(jobs, PROBE.name, asked, "")
    describe(folder, DATASET, chosen, name, PlaceBook(folder.root).require_kept("local"))
    print(f"== {chosen.processes} process(es): the run", flush=True)
    view = follow_job(jobs, TRAIN.name, {"run": name}, "")
    made = RunStore(folder.models).open(name)
    expected = made.run().expected
    said = {key: float(getattr(expected, key) or float("nan")) for _, _, key, _ in ROWS}
    return Taken(made, said, took(made, view), batch_of(folder, view))


def took(made: RunFolder, view: JobView) -> dict[str, float]:
    """`total_s` is from the job's start to its end without what scoring took of it."""
    rows = made.metrics()
    steps = sorted(row["update_s"] + row["data_s"] for row in rows)
    return {
        "seconds_per_step": steps[len(steps) // 2],
        "total_s": seconds_of(view) - sum(row["seconds"] for row in made.scores()),
        "memory_bytes": float(max(row["memory_bytes"] for row in rows)),
        "disk_bytes": float(bytes_of(made.output / "checkpoints") + view_bytes(made)),
    }


def seconds_of(view: JobView) -> float:
    assert view.ended is not None
    return (datetime.fromisoformat(view.ended.at) - datetime.fromisoformat(view.started_at)).total_seconds()


def batch_of(folder: DataFolder, view: JobView) -> str:
    """LeRobot's own words for how many processes learn from how many frames."""
    log = JobFolder(folder.jobs / view.file.id).log.read_text(errors="replace")
    found = re.findall(r"Effective batch size: (\d+ x \d+ = \d+)", log)
    return found[-1] if found else "not told"


def figures(found: dict[int, Taken]) -> dict[str, float]:
    """Took divided by said, by number of processes."""
    return {
        f"{name.removesuffix('_bytes')}_share_on_{count}": taken.share(name)
        for count, taken in found.items()
        for _, _, name, _ in ROWS
    }


# Time is of a shared machine; memory and disk follow from the settings.
REACH = {
    f"{name}_share_on_{count}": reach
    for count in (1, 2)
    for name, reach in {
        "total_s": Reach(at_least=0.6, at_most=1.6),
        "memory": Reach(at_least=0.8, at_most=1.25),
        "disk": Reach(at_least=0.9, at_most=1.1),
    }.items()
}


def page(found: dict[int, Taken]) -> str:
    run = found[1].run.run()
    parts = [
        "# What a run is said to take, and takes\n\n"
        "Made by `./understudy bench expected`; every number was measured by it. "
        f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, no graphics card.\n\n"
        f"{run.settings.preset.capitalize()} preset, {run.settings.steps:,} steps on {len(run.used)} demonstrations "
        f"({run.view_frames:,} frames of {len(run.policy.cameras)} cameras, {run.policy.cameras[0].width} px), "
        f"{len(found[1].run.checkpoints())} checkpoints. *Said* is what the page says after Measure (a few steps "
        "while the loaders are at work); *took* is the run afterwards.\n"
    ]
    for count, taken in found.items():
        title = "On one process" if count == 1 else f"On {count} processes, through accelerate"
        parts.append(f"## {title}\n\n| | said | took | took / said |\n|---|---|---|---|")
        parts += [
            f"| {words} | {taken.said[name] / scale:.2f} {unit} | {taken.took[name] / scale:.2f} {unit} | "
            f"{taken.share(name):.2f} |"
            for words, unit, name, scale in ROWS
        ]
        rows = taken.run.metrics()
        parts.append(
            f"\nLeRobot's own words for a step: {taken.batch} frames. The loss went from {rows[0]['loss']:.3f} to "
            f"{rows[-1]['loss']:.3f} over {rows[-1]['step']} steps.\n"
        )
    parts.append(f"## The command on two processes\n\n```sh\n{shown(found[2].run.run(), Path('RUN'))}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    raise SystemExit(main())
