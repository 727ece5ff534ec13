"""Whether the demonstrator teaches: 500 random placements over the whole reach in lock-step, and every recovery start.

There is no anchor: nothing else performs this task on this arm. The figures are
counted from physics; a trial that is not a success in its first 40 s is a failure.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np

from app.devices import Outcome, Start
from app.simulation import LockStep, Trial, random_placement
from bench.outcome import Outcome as Figures
from bench.outcome import Reach

SEED = 20261120
REACH = {
    "nominal_success_percent": Reach(at_least=95.0),
    "recovery_success_percent": Reach(at_least=95.0),
    "nominal_p50_s": Reach(at_least=4.0, at_most=9.0),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench demonstrator")
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args(arguments).quick
    nominal, each_recovery = (40, 4) if quick else (500, 50)
    began_s = time.process_time()
    random = np.random.default_rng(SEED)
    lock_step = LockStep(SEED)
    trials = [perform(lock_step, random, Start.nominal, number) for number in range(nominal)]
    recoveries = [
        perform(lock_step, random, start, number)
        for start in Start
        if start is not Start.nominal
        for number in range(each_recovery)
    ]
    cpu_s = time.process_time() - began_s
    outcome = Figures("demonstrator", figures(trials, recoveries, cpu_s), {}, REACH)
    print(outcome.line())
    return 0 if outcome.holds else 1


def perform(lock_step: LockStep, random: np.random.Generator, start: Start, number: int) -> Trial:
    """One trial; says where it failed."""
    trial = lock_step.trial(random_placement(random), start, int(random.integers(2**31)))
    if trial.outcome is not Outcome.success:
        place = trial.placement
        print(
            f"{start} {number}: {trial.outcome} at x {place.x_cm:.1f}, y {place.y_cm:.1f} cm, yaw {place.yaw_deg:.0f}"
            f" deg, seed {trial.seed}, {trial.duration_s:.1f} s",
            flush=True,
        )
    return trial


def figures(trials: list[Trial], recoveries: list[Trial], cpu_s: float) -> dict[str, float]:
    """Rates with their counts, durations, and what a trial costs."""
    durations = [trial.duration_s for trial in trials]
    simulated_s = sum(trial.duration_s for trial in trials + recoveries)
    values = {
        "nominal_trials": float(len(trials)),
        "nominal_success_percent": success_percent(trials),
        "recovery_trials": float(len(recoveries)),
        "recovery_success_percent": success_percent(recoveries),
        "nominal_p50_s": float(np.median(durations)),
        "nominal_p95_s": float(np.percentile(durations, 95)),
        "cpu_s_per_trial": cpu_s / (len(trials) + len(recoveries)),
        "cpu_s_per_simulated_s": cpu_s / simulated_s,
    }
    for start in Start:
        if start is not Start.nominal:
            values[f"{start}_success_percent"] = success_percent([t for t in recoveries if t.start is start])
    return {name: round(value, 3) for name, value in values.items()}


def success_percent(trials: list[Trial]) -> float:
    return 100.0 * sum(trial.outcome is Outcome.success for trial in trials) / len(trials)


if __name__ == "__main__":
    sys.exit(main())
