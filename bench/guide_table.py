"""`./understudy bench guide-table`: the guide's table on our own arm, from matched trials in the lock-step simulator.

Needs the reference policy of `./understudy bench train` in the same folder (UNDERSTUDY_BENCH_DIR). Every trial is
kept as it is run, so a killed bench goes on; `--minutes` ends it early with what it has, and the page says how much.
The anchor is the guide's own table.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.clock import SystemClock
from app.datasets import DatasetStore
from app.evaluation.creating import Creator
from app.evaluation.folder import EvaluationFolder, EvaluationStore
from app.evaluation.models import Entrant, EvaluationProtocol, Execution
from app.evaluation.performing import Session
from app.evaluation.scoring import results
from app.policies.delay import PRESETS
from app.policies.strategies import Mode
from app.simulation import reachable
from app.storage.paths import DataFolder
from bench.guide_page import colours_of, figures_of, page
from bench.guide_policies import FP32, INT8, OPTIMIZED, make_policies
from bench.outcome import Outcome, Reach
from bench.reference_policy import folder_of
from bench.smolvla import smolvla_latency
from bench.train import DATASET, RUN

PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks/guide-table.md"
SEED = 11
HERE, THERE = "guide-here", "guide-imx95"
EXECUTE, THRESHOLD = 8, 0.5
REACH = {
    "matched_trials": Reach(at_least=100),
    "optimized_keeps_percent": Reach(at_least=93.0),
    "asynchronous_starved_steps": Reach(at_most=0),
    "asynchronous_times_as_fast": Reach(at_least=1.3),
}


@dataclass(frozen=True)
class Scale:
    """Trials in each of the ten training clusters and in the held-out one, time limits, how exports are made."""

    here: tuple[int, int]
    there: tuple[int, int]
    limit_here_s: float
    limit_there_s: float
    chunks: int  # timed, of each mix
    trials: int  # that choose the optimized mix


FULL = Scale((7, 30), (3, 10), 20.0, 60.0, 10, 66)
QUICK = Scale((0, 2), (0, 1), 3.0, 4.0, 2, 0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench guide-table")
    parser.add_argument("--quick", action="store_true", help="a few short trials: whether every part works")
    parser.add_argument("--minutes", type=float, default=0.0, help="end after so long, with what there is")
    parser.add_argument("--skip-smolvla", action="store_true", help="leave its latency as it was measured before")
    parser.add_argument("--page-only", action="store_true", help="write the page of the trials there are")
    parser.add_argument("--policy", default=RUN, help="a run (its best checkpoint) or RUN/STEP (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    data = folder_of()
    scale, suffix = (QUICK, "-quick") if chosen.quick else (FULL, "")
    ends = time.monotonic() + 60 * chosen.minutes if chosen.minutes else float("inf")
    policies = make_policies(data, chosen.policy, chunks=scale.chunks, trials=scale.trials)
    made = [_evaluation(data, HERE + suffix, scale), _evaluation(data, THERE + suffix, scale)]
    if not chosen.page_only:
        for folder in made:
            _run(folder, data, ends)
    smolvla = _smolvla(data, quick=chosen.quick, measure=not (chosen.skip_smolvla or chosen.page_only))
    found = [results(folder, data, DatasetStore(data.datasets)) for folder in made]
    figures = figures_of(found[0], found[1], smolvla, colours_of(made[1]))
    text = page(made, found, smolvla, figures, REACH, _said(data), len(policies))
    if chosen.quick:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
        print(f"Written: {PAGE}")
    outcome = Outcome("guide-table", figures, {}, {} if chosen.quick else REACH)
    print(outcome.line())
    return 0 if outcome.holds else 1


def _evaluation(data: DataFolder, name: str, scale: Scale) -> EvaluationFolder:
    """As it was written down, or new: the same places for both, as far as they go."""
    store, there = EvaluationStore(data), name.startswith(THERE)
    if name in store.names():
        return store.open(name)
    training, held_out = scale.there if there else scale.here
    protocol = EvaluationProtocol(
        dataset=DATASET,
        training=training,
        held_out=held_out,
        seed=SEED,
        limit_s=scale.limit_there_s if there else scale.limit_here_s,
        record=False,
    )
    entrants = _emulated() if there else _here()
    creator = Creator(data, DatasetStore(data.datasets), reachable)
    folder = store.folder(name)
    folder.create(creator.make(name, protocol, entrants, by="bench", at=SystemClock().wall()))
    return folder


def _here() -> list[Entrant]:
    """On this machine the world waits the few ms that a look takes: far less than a step of 100 ms."""
    waiting = Execution(mode=Mode.synchronous, execute=EXECUTE)
    return [
        Entrant(key="fp32", title="ACT fp32", policy=f"exports/{FP32}", execution=waiting),
        Entrant(key="optimized", title="ACT optimized", policy=f"exports/{OPTIMIZED}", execution=waiting),
        Entrant(key="int8-all", title="ACT all-int8", policy=f"exports/{INT8}", execution=waiting),
    ]


def _emulated() -> list[Entrant]:
    """At the latencies that the guide gives for the i.MX 95."""
    found = []
    for key, title, policy, preset in (
        ("fp32", "ACT fp32", FP32, "act_fp32"),
        ("optimized", "ACT optimized", OPTIMIZED, "act_optimized"),
    ):
        delay = {"delay_ms": 1000 * PRESETS[preset].whole_s, "device": PRESETS[preset].name}
        ways = (("sync", {"mode": "synchronous", "execute": EXECUTE}),
                ("async", {"mode": "asynchronous", "threshold": THRESHOLD}))  # fmt: skip
        for way, how in ways:
            execution = Execution.model_validate({**how, **delay})
            found.append(
                Entrant(key=f"{key}-{way}", title=f"{title}, {way}", policy=f"exports/{policy}", execution=execution)
            )
    return found


def _run(folder: EvaluationFolder, data: DataFolder, ends: float) -> None:
    left = len(folder.left())
    print(f"== {folder.name}: {left} trials left", flush=True)
    began, told = time.monotonic(), [0.0]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - told[0] > 15:
            told[0] = time.monotonic()
            print(f"   {done} of {total}, {time.monotonic() - began:.0f} s", flush=True)

    Session(folder, data).run(tell, stop=lambda: time.monotonic() > ends)


def _smolvla(data: DataFolder, *, quick: bool, measure: bool) -> dict[str, Any]:
    """Kept in the folder, so that a resumed bench need not make 450 M random weights again; bounded in time."""
    kept = data.root / f"smolvla{'-quick' if quick else ''}.json"
    if measure and not kept.exists():
        print("== SmolVLA, random weights", flush=True)
        if found := smolvla_latency(quick=quick):
            kept.write_text(json.dumps(dict(found)))
    return json.loads(kept.read_text()) if kept.exists() else {}


def _said(data: DataFolder) -> str:
    return (data.models / "exports/guide.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())
