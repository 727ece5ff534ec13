"""One export from checkpoint to artifact: the order of steps, each of which may refuse with its reason."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.datasets import Dataset
from app.export.act import StagedAct
from app.export.cards import PlacedStage, on_the_bench, versions
from app.export.checkpoint import Checkpoint
from app.export.errors import CalibrationTooSmall, ParityBroken, PolicyUnsupported
from app.export.finding import plan_of
from app.export.graph import export_stage
from app.export.lanes.lane import Lane, Source
from app.export.lanes.onnxruntime import OnnxRuntimeLane
from app.export.measure import Bench, Held
from app.export.names import dataset_fps
from app.export.observations import Chosen, choose, observations
from app.export.precision import StagePrecision
from app.export.preflight import as_json, preflight
from app.export.report import build_report
from app.export.report_page import report_page
from app.export.search import Choice, Goal, Ledger, Mix, alone, fp32_mix
from app.export.search import choose as choose_mix
from app.export.sights import Remaker
from app.export.smolvla import StagedSmolVla
from app.export.stages import Layout, Observation, StagedPolicy
from app.export.success import Proof, Trials, keep_success
from app.export.tricks import Tried, apply_tricks, tricks, tune_threads
from app.export.variants import FP32, Variant, feeds_of, variants
from app.export.writer import Contents, write_artifact

PARITY = 1e-5
FPS = 30.0
RATE_HZ = 3.0
STALEST = 3  # looks that one computed vision may serve, at most

type Said = Callable[[str, float], None]


@dataclass(frozen=True)
class Request:
    """What an export is asked for. `observed` replaces a dataset where there is none: the bench and tests use it.

    `rate_hz` is how often a chunk is wanted: so old is vision that serves the next look. `searched` False leaves out
    the tricks (steps, stale vision, smaller pictures, fewer cameras, threads). `trials` runs mixes in closed loop.
    """

    checkpoint: Path
    out: Path
    work: Path
    dataset: Path | None = None
    fps: float | None = None  # the policy's rate; None: the dataset's
    within: float = 1.0
    goal: Goal = Goal.fastest
    chunks: int = 10
    threads: int = 2
    rate_hz: float = RATE_HZ
    searched: bool = True
    lanes: Sequence[Lane] = (OnnxRuntimeLane(),)
    precisions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # ONNX Runtime's, by stage
    held_out_clusters: tuple[str, ...] = ()
    vlm: str | None = None
    tasks: tuple[str, ...] = ()
    observed: tuple[Sequence[Observation], Sequence[Observation]] | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)
    trials: Trials | None = None


@dataclass(frozen=True)
class Exported:
    """What came of it. `stages` and `held` stay usable as long as the work folder does."""

    folder: Path
    report: dict[str, Any]
    stages: Mapping[str, Sequence[Variant]]
    held: Held
    chosen: Mix
    policy: StagedPolicy
    calibration: Sequence[Observation] = ()


def export(request: Request, said: Said = lambda words, share: None) -> Exported:
    """Runs every step. Raises what the steps raise; nothing is left under `out` then."""
    said("loading the checkpoint", 0.0)
    checkpoint = Checkpoint.load(request.checkpoint, request.vlm)
    policy = staged(checkpoint, _tasks(request, checkpoint))
    recorded_fps = dataset_fps(_dataset_of(request, checkpoint), FPS)
    fps = float(request.fps or checkpoint.origin.get("fps") or recorded_fps)
    moments = _moments(request, checkpoint, policy)
    said("exporting float32 stages", 0.05)
    placed = float_stages(policy, request.work, request.threads)
    said("parity with LeRobot", 0.15)
    held, torch_ms = references(policy, moments.held_out)
    held, parity = require_parity(policy, placed, replace(held, before=moments.before))
    said("calibrating", 0.25)
    sources = _sources(policy, placed, moments.calibration)
    stages: dict[str, Sequence[Variant]] = {}
    for number, source in enumerate(sources):
        share = 0.3 + 0.2 * number / len(placed)
        named = _named(request, source.placed)
        stages[source.placed.stage.name] = variants(
            source, request.lanes, named, lambda words, at=share: said(words, at)
        )
    ledger = Ledger(policy.interface, held, request.chunks, lambda words: said(words, 0.5))
    alone(ledger, stages)
    remake = Remaker(policy, ledger, request.lanes, moments.calibration, request.work, float_stages)
    execute = checkpoint.origin.get("execute") or getattr(checkpoint.config, "n_action_steps", None)
    choice, tried, proof = _search(request, ledger, stages, remake, said, (fps, execute))
    said("writing the artifact", 0.9)
    chosen = moments.chosen
    origin = {**checkpoint.origin, "weights_sha256": checkpoint.sha256, **request.origin, "episodes": _episodes(chosen)}
    steps = preflight(
        choice.mix.placed,
        stages,
        on_recorded=len(moments.held_out),
        episodes=chosen.held_out if chosen else (),
        simulated=str(proof.of(choice.mix)) if proof else "",
        tricks=[one.trick.words for one in tried if one.taken],
    )
    report = build_report(
        ledger,
        stages,
        choice,
        fp32=fp32_mix(stages),
        within=request.within,
        goal=request.goal,
        facts={
            "parity": parity,
            "torch_ms": torch_ms,
            "origin": origin,
            "preflight": as_json(steps),
            "versions": versions(),
            "fps": fps,
            "rate_hz": request.rate_hz,
            "tricks": [one.as_json() for one in tried],
            "success": proof.as_json(_roles(stages, choice)) if proof else None,
        },
    )
    extra = {"report.json": json.dumps(report, indent=1).encode(), "report.html": report_page(report).encode()}
    interface, seen = ledger.of(choice.mix.sight)
    contents = Contents(interface, choice.mix.placed, seen, fps, origin, choice.mix.steps, request.rate_hz, execute)
    folder = write_artifact(request.out, contents, extra)
    said("done", 1.0)
    return Exported(folder, report, stages, held, choice.mix, policy, moments.calibration)


def _search(
    request: Request,
    ledger: Ledger,
    stages: Mapping[str, Sequence[Variant]],
    remake: Remaker,
    said: Said,
    pace: tuple[float, int | None],
) -> tuple[Choice, list[Tried], Proof | None]:
    """Precision and runtime, then tricks, then threads, then success: in this order, each on what won before."""
    ledger.said = lambda words: said(words, 0.6)
    choice = choose_mix(ledger, stages, within=request.within, goal=request.goal)
    tried: list[Tried] = []
    if request.searched:
        remake.said = ledger.said = lambda words: said(words, 0.7)
        offered = tricks(ledger, remake.policy.sights(), remake)
        choice, tried = apply_tricks(ledger, choice, offered, within=request.within, goal=request.goal)
        choice = tune_threads(ledger, choice)
    if request.trials is None:
        return choice, tried, None
    proof = Proof(request.trials, ledger, *pace, lambda words: said(words, 0.8))
    choice = keep_success(proof, choice, fp32_mix(stages))
    proof.of(remake.everything_in_int8(fp32_mix(stages)))
    return choice, tried, proof


def _roles(stages: Mapping[str, Sequence[Variant]], choice: Choice) -> dict[str, str]:
    every = "; ".join(f"{name} int8_all" for name in stages)
    return {every: "all int8", fp32_mix(stages).name: "fp32", choice.mix.name: "chosen"}


def _sources(policy: StagedPolicy, placed: Sequence[PlacedStage], calibration: Sequence[Observation]) -> list[Source]:
    feeds = feeds_of(policy.interface, placed, calibration)
    return [Source(one, policy, feeds[one.stage.name], calibration) for one in placed]


def staged(checkpoint: Checkpoint, tasks: Sequence[str] = ()) -> StagedPolicy:
    """The family that knows this policy. Raises `PolicyUnsupported`."""
    match checkpoint.kind:
        case "act":
            return StagedAct(checkpoint)
        case "smolvla":
            return StagedSmolVla(checkpoint, tasks)
        case other:
            raise PolicyUnsupported(
                f"The policy {other!r} has no file in app/export.", todo="Export an ACT or a SmolVLA policy."
            )


def layout_of(policy: StagedPolicy) -> Layout:
    """Folded, unless the cameras are normalised differently."""
    return Layout.folded if policy.interface.one_picture_affine is not None else Layout.nchw


def float_stages(policy: StagedPolicy, work: Path, threads: int) -> list[PlacedStage]:
    """Every stage as a float32 graph in the work folder."""
    work.mkdir(parents=True, exist_ok=True)
    layout, placed = layout_of(policy), []
    for stage in policy.stages(layout):
        path = work / f"{stage.name}.onnx"
        export_stage(policy.module(stage.name, layout), stage, path)
        placed.append(PlacedStage(stage, path, FP32, layout=layout, threads=threads))
    return placed


def references(policy: StagedPolicy, moments: Sequence[Observation]) -> tuple[Held, float]:
    """LeRobot's own chunks for the held-out moments, one noise each, and the median ms that PyTorch took."""
    shape = policy.interface.noise
    noise = [
        np.random.default_rng(1000 + n).standard_normal(shape).astype(np.float32) if shape else None
        for n in range(len(moments))
    ]
    spent, chunks = [], []
    for seen, drawn in zip(moments, noise, strict=True):
        begin = time.perf_counter()
        chunks.append(policy.reference(seen, drawn))
        spent.append(time.perf_counter() - begin)
    return Held(moments, noise, np.stack(chunks)), float(np.median(spent) * 1000)


def require_parity(policy: StagedPolicy, placed: Sequence[PlacedStage], held: Held) -> tuple[Held, float]:
    """The float32 stages against LeRobot; gives `held` with the float32 denoise steps. Raises `ParityBroken`."""
    bench = Bench(on_the_bench(policy.interface, placed), held)
    parity = bench.accuracy().relative
    if not parity <= PARITY:
        raise ParityBroken(
            f"The float32 stages differ from LeRobot by {parity:.1e}; at most {PARITY:.0e} is allowed.",
            todo="Do not deploy this. Report the policy's configuration: a wrapper does not fit it.",
            parity=parity,
        )
    return replace(held, steps=bench.steps()), parity


@dataclass(frozen=True)
class _Moments:
    calibration: Sequence[Observation]
    held_out: Sequence[Observation]
    before: Sequence[Sequence[Observation]]
    chosen: Chosen | None


def _moments(request: Request, checkpoint: Checkpoint, policy: StagedPolicy) -> _Moments:
    if request.observed is not None:
        return _Moments(*request.observed, (), None)
    folder = _dataset_of(request, checkpoint)
    if folder is None or not Path(folder).is_dir():
        raise CalibrationTooSmall(
            "The dataset that the policy was trained on is not here.",
            todo="Name one with --dataset: its episodes are what the export is calibrated and measured on.",
        )
    dataset = Dataset.open(Path(folder))
    plan = plan_of(dataset)
    spared = request.held_out_clusters or checkpoint.origin.get("held_out") or (plan.held_out if plan else ())
    chosen = choose(dataset.episodes(), spared)
    calibration, held = (
        observations(dataset, which, policy.interface) for which in (chosen.calibration, chosen.held_out)
    )
    ages = [round(age * dataset.format.fps / request.rate_hz) for age in range(1, STALEST)] if request.searched else []
    earlier = [observations(dataset, chosen.held_out, policy.interface, earlier=age) for age in ages]
    return _Moments(calibration, held, list(zip(*earlier, strict=True)), chosen)


def _named(request: Request, placed: PlacedStage) -> list[StagePrecision] | None:
    """What was named for this stage; None for whatever fits its operators."""
    words = request.precisions.get(placed.stage.name)
    return None if words is None else [StagePrecision.of(word) for word in words]


def _tasks(request: Request, checkpoint: Checkpoint) -> tuple[str, ...]:
    """The instructions named, and those of the observations: both are exported, each once."""
    found = list(request.tasks)
    if request.observed is not None:
        found += [seen.task for moments in request.observed for seen in moments]
    elif (folder := _dataset_of(request, checkpoint)) and Path(folder).is_dir():
        found += [task for episode in Dataset.open(Path(folder)).episodes() for task in episode.tasks]
    return tuple(dict.fromkeys(task for task in found if task))


def _dataset_of(request: Request, checkpoint: Checkpoint) -> str | None:
    return str(request.dataset) if request.dataset else checkpoint.origin.get("dataset")


def _episodes(chosen: Chosen | None) -> dict[str, object]:
    return chosen.as_json() if chosen else {}
