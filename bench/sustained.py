"""Ten minutes of inference at the wanted rate: does it drift, jitter, heat up or grow. Writes its page in docs/.

    ./understudy bench sustained [--quick] [--seconds 600] [--rate-hz 2] [--artifact FOLDER] [--trace run.json]

Without an artifact it exports the full-size ACT with random weights in the mix that the export bench chooses. The trace
opens in Perfetto.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import logging
import os
import platform
import tempfile
import warnings
from pathlib import Path

from app.export.report import machine
from app.export.runner import ExportedPolicy
from app.export.sustained import Sustained, run_artifact, trace
from bench.outcome import Outcome

PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks/sustained.md"
# The fastest mix of the full-size ACT that needs no environment but the studio's own (docs/benchmarks/export.md).
WORDS = {"vision": ("int8_static",), "decoder": ("products=int8_dynamic",)}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="understudy bench sustained")
    parser.add_argument("--quick", action="store_true", help="30 s; writes no page")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate-hz", type=float, default=2.0)
    parser.add_argument("--artifact", type=Path)
    parser.add_argument("--trace", type=Path)
    chosen = parser.parse_args(arguments)
    seconds = 30.0 if chosen.quick else chosen.seconds
    with tempfile.TemporaryDirectory(prefix="understudy-sustained-") as folder:
        policy = ExportedPolicy.open(chosen.artifact or full_size_act(Path(folder)))
        load = os.getloadavg()[0]
        found, events = run_artifact(policy, seconds, chosen.rate_hz)
        stages = [stage.name for stage in policy.card.stages]
    print(found.words())
    if chosen.trace:
        chosen.trace.write_text(trace(events, stages))
    if not chosen.quick:
        PAGE.write_text(
            page(found, seconds, "a given artifact" if chosen.artifact else "ACT, 51.6 M, random weights", load)
        )
    figures = {
        "sustained_p50_ms": found.p50_ms,
        "sustained_p99_ms": found.p99_ms,
        "sustained_drift": found.drift,
        "sustained_jitter_p99_ms": found.jitter_p99_ms,
        "sustained_missed": float(found.missed),
        "sustained_achieved_hz": found.achieved_hz,
        "sustained_memory_growth_mb": found.memory_mb[1] - found.memory_mb[0],
    }
    print(Outcome("sustained", {name: round(value, 3) for name, value in figures.items()}, {}, {}).line())


def full_size_act(folder: Path) -> Path:
    from app.export.exporting import Request, export
    from bench.export_moments import moments
    from bench.random_policies import save_act

    logging.disable(logging.INFO)
    warnings.simplefilter("ignore")
    request = Request(
        save_act(folder / "checkpoint"),
        folder / "artifact",
        folder / "work",
        within=2.0,
        chunks=1,
        searched=False,
        precisions=WORDS,
        observed=(moments(3, seed=1), moments(1, seed=2)),
    )
    return export(request, lambda words, share: print(words, flush=True)).folder


def page(found: Sustained, seconds: float, what: str, load: float) -> str:
    """What was found, in words and as one row a tenth of the run."""
    here = machine()
    day = datetime.date.today().strftime("%-d %B %Y")
    tenths = " ".join(f"| {ms:.0f} " for ms in found.along_ms)
    return "\n".join(
        [
            "# Sustained inference",
            "",
            f"Written by `./understudy bench sustained` on {day}: {here['processor']}, {here['cores']} cores, "
            f"{platform.system()} {platform.machine()}, load {load:.1f} as it began.",
            f"{what}, {seconds:.0f} s, {found.wanted_hz:g} chunks a second wanted. "
            "What the system did not tell is unknown; the memory is that of the whole process, which exported before. "
            "With a load above the cores, drift and jitter are the neighbours' and not the policy's.",
            "",
            *[f"- {line}" for line in found.words().splitlines()],
            "",
            "Median ms of a chunk in each tenth of the run:",
            "",
            f"{tenths}|",
            "|---" * len(found.along_ms) + "|",
            "",
            "```json",
            json.dumps({k: v for k, v in dataclasses.asdict(found).items() if k != "along_ms"}),
            "```",
            "",
        ]
    )


if __name__ == "__main__":
    main()
