"""What a quantized export gains and costs: ACT at 3 x 480x640 and SmolVLA at 450 M, both with random weights.

Random weights prove shape, parity and latency, not accuracy on a task. Ratios come from one run in which the mixes take
turns, so that a machine that slows down slows all of them; the ratios that count are those of the least disturbed
chunks, and the medians stand beside them.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from app.export.cards import PlacedStage, on_the_bench
from app.export.convert import convert
from app.export.errors import LaneUnavailable
from app.export.exporting import Exported, Request, export
from app.export.finding import LANES, Saying, make_lanes
from app.export.lanes.here import lanes_here
from app.export.lanes.lane import Lane
from app.export.lanes.onnxruntime import OnnxRuntimeLane
from app.export.measure import Bench
from app.export.precision import StagePrecision
from app.export.search import Goal, Mix, fp32_mix
from app.export.stages import Observation
from app.export.tricks import every
from app.export.variants import feeds_of
from bench.export_moments import moments
from bench.export_smolvla import figures as smolvla_figures
from bench.export_smolvla import stage_by_stage
from bench.export_words import write_pages
from bench.outcome import Outcome, Reach
from bench.random_policies import SMALL_VLM, save_act

THREADS = 2
WITHIN = 1.0
STALE = 2
REACH = {
    "act_parity": Reach(at_most=1e-5),
    "act_times_fp32_onnx": Reach(at_least=2.4),
    "act_times_eager": Reach(at_least=10.0),
    "act_size_share": Reach(at_most=0.30),
    "act_all_int8_relative": Reach(at_least=0.5),
    "smolvla_parity": Reach(at_most=1e-5),
    "smolvla_times_fp32_onnx": Reach(at_least=1.5),
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="understudy bench export")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("act", "smolvla"))
    parser.add_argument(
        "--folder", type=Path, help="keep the pieces of SmolVLA here, and go on from those that are there"
    )
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(THREADS)
    logging.disable(logging.INFO)
    warnings.simplefilter("ignore")
    os.environ["HF_HUB_OFFLINE"] = "1"
    before = os.getloadavg()[0]
    figures: dict[str, float] = {}
    reports: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="understudy-export-") as folder:
        if chosen.only != "smolvla":
            figures |= act(Path(folder) / "act", reports, quick=chosen.quick)
        if chosen.only != "act":
            figures |= smolvla(chosen.folder or Path(folder) / "smolvla", reports, quick=chosen.quick)
    reach = {name: bound for name, bound in REACH.items() if name in figures}
    outcome = Outcome("export", figures, {}, reach)
    if not chosen.quick or chosen.only:
        load = (before, os.getloadavg()[0])
        write_pages({name: {**one, "load": load} for name, one in reports.items()}, figures, reach, chosen.quick)
    print(outcome.line())


def act(folder: Path, reports: dict[str, Any], *, quick: bool) -> dict[str, float]:
    """The whole export, then float32, the chosen mix and PyTorch in turns, and everything in int8 to see it break."""
    checkpoint = save_act(folder / "checkpoint")
    seen = (moments(4, seed=1), moments(2 if quick else 4, seed=2))
    words = {"vision": ("int8_static",), "decoder": ("int8_dynamic", "products=int8_dynamic")} if quick else {}
    lanes = [OnnxRuntimeLane()] if quick else _lanes()
    made = _export(folder, checkpoint, seen, chunks=2 if quick else 10, precisions=words, lanes=lanes)
    eager = made.policy.reference
    held = made.held
    rounds = 5 if quick else 15
    turns = race(made, rounds, {"eager": lambda n: eager(held.observations[n % len(held.observations)], None)})
    broken = everything_in_int8(folder / "work", made, seen[0])
    reports["act"] = {"report": made.report, "turns_ms": turns, "broken": broken}
    chosen = made.report["chosen"]
    return {
        "act_parity": made.report["parity"],
        "act_fp32_ms": turns["fp32"],
        "act_chosen_ms": turns["chosen"],
        "act_eager_ms": turns["eager"],
        "act_times_fp32_onnx": round(turns["fp32_least"] / turns["chosen_least"], 2),
        "act_times_eager": round(turns["eager_least"] / turns["chosen_least"], 2),
        "act_times_fp32_onnx_median": round(turns["fp32"] / turns["chosen"], 2),
        "act_times_fp32_onnx_cpu": round(turns["fp32_cpu"] / turns["chosen_cpu"], 2),
        "act_times_eager_cpu": round(turns["eager_cpu"] / turns["chosen_cpu"], 2),
        "act_times_eager_median": round(turns["eager"] / turns["chosen"], 2),
        "act_stale_vision_ms": turns["stale"],
        "act_stale_vision_times_eager": round(turns["eager_least"] / turns["stale_least"], 2),
        "act_size_mb": round(chosen["size"] / 1e6, 1),
        "act_size_share": round(chosen["size_share"], 3),
        "act_worst_p95_deg": round(chosen["worst_p95"], 3),
        "act_all_int8_relative": round(broken["relative"], 3),
    }


def _lanes() -> list[Lane]:
    """Every lane here, OpenVINO's own environment made where it can be; what is missing stands in the report."""
    try:
        make_lanes(["openvino"], Saying(lambda words: print(words, flush=True)))
    except LaneUnavailable as error:
        print(f"without the openvino lane: {error}", flush=True)
    return lanes_here(LANES)


def smolvla(folder: Path, reports: dict[str, Any], *, quick: bool) -> dict[str, float]:
    """Float32 and int8, stage by stage: at full size, or small with --quick."""
    small = {"sizes": SMALL_VLM, "num_vlm_layers": 4} if quick else {}
    found = stage_by_stage(folder, THREADS, **small)
    reports["smolvla"] = found
    return smolvla_figures(found)


def _export(
    folder: Path,
    checkpoint: Path,
    seen: tuple[Sequence[Observation], Sequence[Observation]],
    *,
    chunks: int,
    within: float = WITHIN,
    precisions: Mapping[str, tuple[str, ...]] | None = None,
    lanes: Sequence[Lane] = (OnnxRuntimeLane(),),
) -> Exported:
    begin = time.monotonic()

    def said(words: str, share: float) -> None:
        print(f"{time.monotonic() - begin:6.1f} s  {words}", flush=True)

    origin = {"weights": "random", "episodes": "moments of the simulator"}
    request = Request(
        checkpoint,
        folder / "artifact",
        folder / "work",
        within=within,
        goal=Goal.fastest,
        chunks=chunks,
        threads=THREADS,
        observed=seen,
        precisions=precisions or {},
        lanes=lanes,
        searched=False,  # with random weights a camera less looks harmless: precision and runtime are what is measured
        origin=origin,
    )
    return export(request, said)


def race(made: Exported, rounds: int, others: Mapping[str, Callable[[int], object]]) -> dict[str, float]:
    """Median and least ms of a chunk of each, and its processor time, one after another in every round.

    `stale` is the chosen mix with vision at every second chunk: what that saves, not what it costs in degrees.
    """
    mixes = {"fp32": fp32_mix(made.stages), "chosen": made.chosen, "stale": every(made.chosen, STALE)}
    chunks = {"stale": STALE}
    benches = {name: _bench(made, mix) for name, mix in mixes.items()}
    spent: dict[str, list[float]] = {name: [] for name in (*benches, *others)}
    worked: dict[str, list[float]] = {name: [] for name in spent}
    for turn in range(-1, rounds):
        for name in spent:
            begin, cpu = time.perf_counter(), time.process_time()
            if name in benches:
                benches[name].time(1)
            else:
                others[name](turn)
            if turn >= 0:
                spent[name].append((time.perf_counter() - begin) * 1000 / chunks.get(name, 1))
                worked[name].append((time.process_time() - cpu) * 1000 / chunks.get(name, 1))
    middle = {name: round(float(np.median(values)), 2) for name, values in spent.items()}
    middle |= {f"{name}_least": round(min(values), 2) for name, values in spent.items()}
    return middle | {f"{name}_cpu": round(float(np.median(values)), 2) for name, values in worked.items()}


def _bench(made: Exported, mix: Mix) -> Bench:
    return Bench(on_the_bench(made.policy.interface, mix.placed, steps=mix.steps), made.held)


def everything_in_int8(work: Path, made: Exported, calibration: Sequence[Observation]) -> dict[str, Any]:
    """Both stages with softmax and attention in int8, and how much attention a step of 1/255 rounds away."""
    base = [options[0].placed for options in made.stages.values()]
    feeds = feeds_of(made.policy.interface, base, calibration)
    placed = []
    for one in base:
        target = work / f"{one.stage.name}.all.onnx"
        convert(one.path, target, StagePrecision.of("int8_all"), feeds[one.stage.name])
        placed.append(PlacedStage(one.stage, target, StagePrecision.of("int8_all"), layout=one.layout, threads=THREADS))
    bench = Bench(on_the_bench(made.policy.interface, placed), made.held)
    bench.time(2)
    measured = bench.measured()
    shares = attention(base[-1].path, feeds[base[-1].stage.name][0])
    return {
        "relative": measured.errors.relative,
        "worst_p95": measured.errors.worst_p95,
        "p50_ms": measured.p50_ms,
        "size": measured.size,
        "keys": int(shares[0].shape[-1]),
        "rounded_to_zero": float(np.mean([(s < 0.5 / 255).mean() for s in shares])),
        "attention_lost": float(np.mean([np.where(s < 0.5 / 255, s, 0).sum(-1).mean() for s in shares])),
    }


def attention(path: Path, feed: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """What every softmax of a float32 graph gives."""
    model = onnx.load(str(path))
    names = [node.output[0] for node in model.graph.node if node.op_type == "Softmax"]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session: Any = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(names, dict(feed))


if __name__ == "__main__":
    main()
