"""SmolVLA at 450 M in few steps: parity of its stages, then float32, int8 and PyTorch in turns, stage by stage.

The whole export measures a dozen mixes, each with gigabytes of sessions of its own; here are only the two that the
figures need. Every piece is kept in `folder` and made once, so that a run that was cut off goes on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.export.cards import PlacedStage, on_the_bench
from app.export.checkpoint import Checkpoint
from app.export.convert import convert
from app.export.exporting import float_stages, layout_of, references, require_parity, staged
from app.export.measure import Bench, Errors, Held
from app.export.precision import StagePrecision
from app.export.stages import Interface, StagedPolicy
from app.export.variants import FP32
from bench.export_moments import moments
from bench.random_policies import FULL_VLM, TASK, save_smolvla

INT8 = StagePrecision.of("int8_dynamic")
ROUNDS = 8


def stage_by_stage(
    folder: Path, threads: int, rounds: int = ROUNDS, sizes: Mapping[str, Any] = FULL_VLM, **options: Any
) -> dict[str, Any]:
    """Parity, size and [p50, p95] ms of each stage in both precisions. Raises `ParityBroken`, `PrecisionMismatch`."""
    begin = time.monotonic()

    def said(words: str) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {words}", flush=True)

    checkpoint = folder / "checkpoint"
    if not (checkpoint / "train_config.json").exists():
        said("saving random weights")
        save_smolvla(checkpoint, sizes, **options)
    said("loading them")
    policy = staged(Checkpoint.load(checkpoint), [TASK])
    plain = _float(policy, folder / "work", threads)
    said("PyTorch's own output")
    held, eager_ms = references(policy, moments(1, seed=2))
    said("parity")
    held, parity = require_parity(policy, plain, held)
    whole = _int8(plain, said)
    said("in turns")
    found = race(policy.interface, {"fp32": plain, "int8": whole}, held, rounds)
    return {"parity": parity, "eager_ms": eager_ms, **found}


def race(interface: Interface, mixes: Mapping[str, Sequence[PlacedStage]], held: Held, rounds: int) -> dict[str, Any]:
    """A chunk of each in every round; least and median of time and processor time, and the error of the second."""
    benches = {name: Bench(on_the_bench(interface, placed), held) for name, placed in mixes.items()}
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in benches}
    for _ in range(rounds):
        for name, bench in benches.items():
            wall, cpu = time.perf_counter(), time.process_time()
            bench.time(1)
            spent[name].append((1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)))
    found: dict[str, Any] = {}
    for name, bench in benches.items():
        measured, both = bench.measured(), np.array(spent[name])
        found[name] = {
            "median_ms": float(np.median(both[:, 0])),
            "least_ms": float(both[:, 0].min()),
            "cpu_ms": float(np.median(both[:, 1])),
            "least_cpu_ms": float(both[:, 1].min()),
            "stages_ms": measured.latency_ms,
            "stages_cpu_ms": measured.cpu_ms,
            "size": measured.size,
            "errors": _words(measured.errors),
        }
    return found


def figures(found: Mapping[str, Any]) -> dict[str, float]:
    """What is held against the reach, with the plain medians beside it."""
    plain, mixed = found["fp32"], found["int8"]
    return {
        "smolvla_parity": found["parity"],
        "smolvla_fp32_ms": round(plain["median_ms"], 1),
        "smolvla_chosen_ms": round(mixed["median_ms"], 1),
        "smolvla_eager_ms": round(found["eager_ms"], 1),
        "smolvla_times_fp32_onnx": round(plain["least_ms"] / mixed["least_ms"], 2),
        "smolvla_times_fp32_onnx_median": round(plain["median_ms"] / mixed["median_ms"], 2),
        "smolvla_times_fp32_onnx_cpu": round(plain["cpu_ms"] / mixed["cpu_ms"], 2),
        "smolvla_size_mb": round(mixed["size"] / 1e6, 1),
        "smolvla_size_share": round(mixed["size"] / plain["size"], 3),
        "smolvla_relative": round(mixed["errors"]["relative"], 4),
        "smolvla_worst_p95_deg": round(mixed["errors"]["worst_p95"], 3),
    }


def stages_table(found: Mapping[str, Any]) -> list[str]:
    """A line a stage: all its runs in a chunk."""
    lines = [
        "| stage | float32 p50, p95 ms | int8 p50, p95 ms | processor time, least ms | times |",
        "|---|---|---|---|---|",
    ]
    plain, mixed = found["fp32"], found["int8"]
    for name in plain["stages_ms"]:
        first, second = (one["stages_ms"][name] for one in (plain, mixed))
        cpu = [one["stages_cpu_ms"][name] for one in (plain, mixed)]
        lines.append(
            f"| {name} | {first[0]:.0f}, {first[1]:.0f} | {second[0]:.0f}, {second[1]:.0f} "
            f"| {cpu[0]:.0f}, {cpu[1]:.0f} | {cpu[0] / cpu[1]:.2f} |"
        )
    steps = ", ".join(f"{value:.3f}" for value in mixed["errors"]["along_steps"])
    return [*lines, "", f"Mean error of int8 after each denoise step, in joint units: {steps}."]


def _float(policy: StagedPolicy, work: Path, threads: int) -> list[PlacedStage]:
    layout = layout_of(policy)
    stages = policy.stages(layout)
    if not all((work / f"{stage.name}.onnx").exists() for stage in stages):
        return float_stages(policy, work, threads)
    return [PlacedStage(one, work / f"{one.name}.onnx", FP32, layout=layout, threads=threads) for one in stages]


def _int8(plain: Sequence[PlacedStage], said: Any) -> list[PlacedStage]:
    made = []
    for one in plain:
        target = one.path.with_name(f"{one.stage.name}.{INT8}.onnx")
        if not target.exists():
            said(f"{one.stage.name} as {INT8}")
            convert(one.path, target, INT8)
        made.append(replace(one, path=target, precision=INT8))
    return made


def _words(errors: Errors) -> dict[str, Any]:
    return {
        "relative": errors.relative,
        "worst_p95": errors.worst_p95,
        "worst_joint": errors.worst_joint,
        "along_steps": errors.along_steps,
    }
