"""`./understudy bench train_variants`: what contrast, the number of demonstrations and recoveries do to the reference.

Begins from the folder of `bench train` and adds a table to docs/benchmarks/train.md. Resumable. Each variant is a
training of its own, all of the same length and shorter than the reference's: what matters is how they differ.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from app.storage.paths import DataFolder
from app.training.folder import RunFolder
from app.training.models import Scoring
from bench.outcome import Outcome
from bench.reference_policy import QUICK, Phases, Scale, folder_of, record, settings_of, train
from bench.train import DATASET, PAGE, figures, final_row, rate_of

PALE = "reference-pale"
STEPS = 1000
SHORT = Scale(None, STEPS, STEPS, Scoring(trials_training=50, trials_held_out=20, limit_s=20.0, frames=100, settle=0))
MARK = "\n## What the data does\n"
# name, dataset, what differs in the settings, words
VARIANTS: tuple[tuple[str, str, dict[str, object], str], ...] = (
    ("short", DATASET, {}, "the reference's data"),
    ("short-50", DATASET, {"first_episodes": 50}, "its first 50 demonstrations"),
    ("short-no-recovery", DATASET, {"recovery_times": 0}, "without its recoveries"),
    ("short-pale", PALE, {}, "near-white bag, recorded and tried on the light table"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench train_variants")
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args(arguments).quick
    folder, scale = folder_of(), QUICK if quick else SHORT
    made = perform(folder, scale)
    table = _table(made)
    print(table)
    if not quick and PAGE.exists():
        PAGE.write_text(PAGE.read_text(encoding="utf-8").split(MARK)[0] + MARK + table, encoding="utf-8")
    measured = {
        f"{name}_{part}_percent": round(100 * (rate_of(final_row(run), part).share or 0.0), 1)
        for name, run in made.items()
        for part in ("training", "held_out")
    }
    print(Outcome("train_variants", measured, {}, {}).line())
    return 0


def perform(folder: DataFolder, scale: Scale) -> dict[str, RunFolder]:
    phases, made = Phases(folder), {}
    for name, dataset, changes, words in VARIANTS:
        with phases.phase(f"variant: {words}"):
            record(folder, dataset, scale, pale=dataset == PALE)
            settings = settings_of(scale, **changes)
            if dataset == PALE:
                scene = settings.scoring.model_copy(update={"scene": {"pale_bag": 1.0}})
                settings = settings.model_copy(update={"scoring": scene})
            made[name] = train(folder, dataset, name, settings)
    return made


def _table(made: dict[str, RunFolder]) -> str:
    lines = [f"\nEach a training of {STEPS:,} steps from nothing, the rest as above.\n"]
    lines.append("| variant | demonstrations | training clusters | held-out cluster | held-out action error |")
    lines.append("|---|---|---|---|---|")
    for name, _, _, words in VARIANTS:
        run, row = made[name].run(), final_row(made[name])
        rates = " | ".join(str(rate_of(row, part)) for part in ("training", "held_out"))
        lines.append(
            f"| {words} | {len(run.used)} | {rates} | {figures(made[name], {})['held_out_error_deg']:.2f} deg |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
