"""One export from checkpoint to artifact: the order of steps, each of which may refuse with its reason."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.datasets import Dataset
from app.export.act import StagedAct
from app.export.cards import PlacedStage, on_the_bench, versions
from app.export.checkpoint import Checkpoint
from app.export.errors import CalibrationTooSmall, ParityBroken, PolicyUnsupported
from app.export.graph import export_stage
from app.export.measure import Bench, Held
from app.export.names import dataset_fps
from app.export.observations import Chosen, choose, observations
from app.export.precision import StagePrecision
from app.export.preflight import as_json, preflight
from app.export.report import build_report
from app.export.report_page import report_page
from app.export.search import Goal, Ledger, Mix, alone, fp32_mix
from app.export.search import choose as choose_mix
from app.export.smolvla import StagedSmolVla
from app.export.stages import Layout, Observation, StagedPolicy
from app.export.variants import FP32, Variant, candidates, feeds_of, variants
from app.export.writer import Contents, write_artifact

PARITY = 1e-5
FPS = 30.0

type Said = Callable[[str, float], None]


@dataclass(frozen=True)
class Request:
    """What an export is asked for. `observed` replaces a dataset where there is none: the bench and tests use it."""

    checkpoint: Path
    out: Path
    work: Path
    dataset: Path | None = None
    fps: float | None = None  # the policy's rate; None: the dataset's
    within: float = 1.0
    goal: Goal = Goal.fastest
    chunks: int = 10
    threads: int = 2
    every: tuple[int, ...] = (1,)
    precisions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by stage; else all that fit it
    held_out_clusters: tuple[str, ...] = ()
    vlm: str | None = None
    tasks: tuple[str, ...] = ()
    observed: tuple[Sequence[Observation], Sequence[Observation]] | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """What came of it. `stages` and `held` stay usable as long as the work folder does."""

    folder: Path
    report: dict[str, Any]
    stages: Mapping[str, Sequence[Variant]]
    held: Held
    chosen: Mix
    policy: StagedPolicy


def export(request: Request, said: Said = lambda words, share: None) -> Exported:
    """Runs every step. Raises what the steps raise; nothing is left under `out` then."""
    said("loading the checkpoint", 0.0)
    checkpoint = Checkpoint.load(request.checkpoint, request.vlm)
    policy = staged(checkpoint, _tasks(request, checkpoint))
    calibration, held_out, chosen = _moments(request, checkpoint, policy)
    fps = request.fps or dataset_fps(_dataset_of(request, checkpoint), FPS)
    said("exporting float32 stages", 0.05)
    placed = float_stages(policy, request.work, request.threads)
    said("parity with LeRobot", 0.15)
    held, torch_ms = references(policy, held_out)
    held, parity = require_parity(policy, placed, held)
    said("calibrating", 0.25)
    feeds = feeds_of(policy.interface, placed, calibration)
    stages: dict[str, Sequence[Variant]] = {}
    for number, one in enumerate(placed):
        share = 0.3 + 0.2 * number / len(placed)
        stages[one.stage.name] = variants(
            one, _precisions(request, one), feeds[one.stage.name], lambda words, at=share: said(words, at)
        )
    ledger = Ledger(policy.interface, held, request.chunks, lambda words: said(words, 0.6))
    alone(ledger, stages)
    said("searching", 0.75)
    ledger.said = lambda words: said(words, 0.8)
    choice = choose_mix(ledger, stages, within=request.within, goal=request.goal, every=request.every)
    said("writing the artifact", 0.9)
    origin = {**checkpoint.origin, "weights_sha256": checkpoint.sha256, **request.origin, "episodes": _episodes(chosen)}
    steps = preflight(choice.mix.placed, stages, on_recorded=len(held_out), episodes=chosen.held_out if chosen else ())
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
        },
    )
    extra = {"report.json": json.dumps(report, indent=1).encode(), "report.html": report_page(report).encode()}
    contents = Contents(policy.interface, choice.mix.placed, held, fps, origin, choice.mix.steps)
    folder = write_artifact(request.out, contents, extra)
    said("done", 1.0)
    return Exported(folder, report, stages, held, choice.mix, policy)


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
    return Held(held.observations, held.noise, held.reference, bench.steps()), parity


def _moments(
    request: Request, checkpoint: Checkpoint, policy: StagedPolicy
) -> tuple[Sequence[Observation], Sequence[Observation], Chosen | None]:
    if request.observed is not None:
        return (*request.observed, None)
    folder = _dataset_of(request, checkpoint)
    if folder is None or not Path(folder).is_dir():
        raise CalibrationTooSmall(
            "The dataset that the policy was trained on is not here.",
            todo="Name one with --dataset: its episodes are what the export is calibrated and measured on.",
        )
    dataset = Dataset.open(Path(folder))
    chosen = choose(dataset.episodes(), request.held_out_clusters)
    both = [observations(dataset, which, policy.interface) for which in (chosen.calibration, chosen.held_out)]
    return both[0], both[1], chosen


def _precisions(request: Request, placed: PlacedStage) -> list[StagePrecision]:
    """What was named for this stage, else whatever fits its operators."""
    words = request.precisions.get(placed.stage.name)
    return candidates(placed.path) if words is None else [StagePrecision.of(word) for word in words]


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
