"""`./understudy bench train`: the reference policy, unattended and resumable; writes docs/benchmarks/train.md.

There is no anchor: no other studio trains on this task. The figures are counted
from trials in the lock-step simulator, in clusters that were trained on and in
the one that was held out.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.policies.wilson import Rate
from app.storage.paths import DataFolder
from app.training.command import shown
from app.training.describing import judgement_of
from app.training.folder import RunFolder
from bench.outcome import Outcome, Reach
from bench.reference_policy import FULL, QUICK, Phases, Scale, folder_of, record, settings_of, train

DATASET, RUN = "reference", "reference"
PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks/train.md"
REACH = {
    "training_success_percent": Reach(at_least=90.0),
    "held_out_success_percent": Reach(at_least=85.0),
    "training_trials": Reach(at_least=100),
    "held_out_trials": Reach(at_least=40),
    "minutes": Reach(at_most=45.0),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench train")
    parser.add_argument("--quick", action="store_true")
    if parser.parse_args(arguments).quick:
        with tempfile.TemporaryDirectory() as folder:
            made, phases = perform(DataFolder(Path(folder)), QUICK)
            print(page(made, phases.seconds, figures(made, phases.seconds)))
            print(Outcome("train", figures(made, phases.seconds), {}, {}).line())
        return 0
    made, phases = perform(folder_of(), FULL)
    outcome = Outcome("train", figures(made, phases.seconds), {}, REACH)
    PAGE.write_text(page(made, phases.seconds, outcome.figures), encoding="utf-8")
    print(f"Written: {PAGE}")
    print(outcome.line())
    return 0 if outcome.holds else 1


def perform(folder: DataFolder, scale: Scale) -> tuple[RunFolder, Phases]:
    folder.prepare()
    phases = Phases(folder)
    with phases.phase("recording"):
        print(f"   {record(folder, DATASET, scale)} episodes", flush=True)
    with phases.phase("training and scoring"):
        made = train(folder, DATASET, RUN, settings_of(scale))
    return made, phases


def figures(made: RunFolder, seconds: dict[str, float]) -> dict[str, float]:
    """Of the last checkpoint, which has the full number of trials; an intermediate one has too few to claim."""
    row = final_row(made)
    training, held_out = rate_of(row, "training"), rate_of(row, "held_out")
    return {
        "training_success_percent": round(100 * (training.share or 0.0), 1),
        "training_trials": float(training.trials),
        "held_out_success_percent": round(100 * (held_out.share or 0.0), 1),
        "held_out_trials": float(held_out.trials),
        "held_out_error_deg": _error(row, "held_out"),
        "seconds_per_step": _median([line["update_s"] + line["data_s"] for line in made.metrics() if "data_s" in line]),
        "minutes": round(sum(seconds.values()) / 60, 1),
    }


def page(made: RunFolder, seconds: dict[str, float], found: dict[str, float] | Any) -> str:
    run = made.run()
    kinds = Counter(use.kind for use in run.used)
    parts = [
        "# The reference policy\n\nMade by `./understudy bench train`; every number was measured by it. "
        f"{_machine()}\n\n"
        f"{len(run.used)} demonstrations by the plan ({kinds.get('recovery', 0)} of them recoveries) in "
        f"{len(run.clusters)} clusters, recorded by the simulator's demonstrator through the studio's recorder; "
        f"cluster {', '.join(run.held_out)} held out. The policy sees {run.policy.cameras[0].width}-pixel pictures of "
        f"{', '.join(camera.name for camera in run.policy.cameras)} at {run.policy.fps:g} Hz.\n",
        _curve(made),
        _clusters(final_row(made)),
        "## How long it took\n\n| phase | minutes |\n|---|---|\n"
        + "".join(f"| {name} | {taken / 60:.1f} |\n" for name, taken in seconds.items()),
        _reached(found),
        "## What the studio says of it\n\n"
        + "".join(f"- {words}\n" for words in (judgement_of(made).why, *judgement_of(made).findings)),
        f"## The command\n\n```sh\n{shown(run, Path('RUN'))}\n```\n",
    ]
    return "\n".join(parts)


def _curve(made: RunFolder) -> str:
    lines = ["## Learning curve\n\n| step | loss | training clusters | held-out cluster | held-out action error |"]
    lines.append("|---|---|---|---|---|")
    for row in made.scores():
        near = [line["loss"] for line in made.metrics() if line["step"] <= row["step"]][-10:]
        loss = sum(near) / len(near) if near else float("nan")
        rates = " | ".join(str(rate_of(row, part)) for part in ("training", "held_out"))
        lines.append(f"| {row['step']:,} | {loss:.3f} | {rates} | {_error(row, 'held_out'):.2f} deg |")
    return "\n".join(lines) + "\n"


def _clusters(row: dict[str, Any]) -> str:
    lines = [f"## By cluster, step {row['step']:,}\n\n| cluster | success | 95 % interval |\n|---|---|---|"]
    for one in row["clusters"]:
        rate = Rate(one["successes"], one["trials"])
        name = f"{one['name']}{' (held out)' if one['held_out'] else ''}"
        lines.append(f"| {name} | {rate} | {100 * (rate.low or 0):.0f}-{100 * (rate.high or 0):.0f} % |")
    if row["broken"]:
        lines.append(f"\nBroken off, counted as neither: {row['broken']}")
    return "\n".join(lines) + "\n"


def _reached(found: dict[str, float]) -> str:
    lines = ["## What was to be reached\n\n| figure | wanted | measured | |\n|---|---|---|---|"]
    for name, reach in REACH.items():
        sign = "reached" if reach.holds(found[name]) else "**missed**"
        lines.append(f"| {name.replace('_', ' ')} | {reach} | {found[name]:g} | {sign} |")
    return "\n".join(lines) + "\n"


def final_row(made: RunFolder) -> dict[str, Any]:
    return made.scores()[-1]


def rate_of(row: dict[str, Any], part: str) -> Rate:
    return Rate(int(row[part]["successes"]), int(row[part]["trials"]))


def _error(row: dict[str, Any], part: str) -> float:
    found = (row.get("error") or {}).get(part)
    return float(found["body_deg"]) if found else float("nan")


def _median(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], 4) if values else float("nan")


def _machine() -> str:
    return f"{platform.machine()}, {len(os.sched_getaffinity(0))} processors, Python {platform.python_version()}."


if __name__ == "__main__":
    sys.exit(main())
