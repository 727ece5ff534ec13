"""The policies of the guide's table: the reference checkpoint in float32, optimized, and with everything in int8."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from app.datasets import Dataset
from app.evaluation.subjects import Found, find
from app.export import writer
from app.export.cards import PlacedStage
from app.export.convert import convert
from app.export.exporting import Exported, Request, export
from app.export.finding import trials_named
from app.export.precision import Precision, StagePrecision
from app.export.search import Goal, fp32_mix
from app.export.stages import Observation
from app.export.variants import feeds_of
from app.export.writer import Contents, write_artifact
from app.storage.paths import DataFolder
from app.training.folder import RunStore
from app.training.models import Run
from app.training.view import cameras_of, sample

FP32, OPTIMIZED, INT8 = "guide-fp32", "guide-optimized", "guide-int8-all"
THREADS = 2
EPISODES, MOMENTS = 12, 8
LOSE = 0.03  # of float32's share, in trials at places that neither the table nor a checkpoint's scores have


def make_policies(data: DataFolder, run: str, *, chunks: int, trials: int) -> dict[str, str]:
    """Export what is not there yet below models/exports; what each is, in words."""
    exports = data.models / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    said = exports / "guide.txt"
    if not all((exports / name / "policy.json").is_file() for name in (FP32, OPTIMIZED, INT8)) or not said.is_file():
        for name in (FP32, OPTIMIZED, INT8):
            shutil.rmtree(exports / name, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="understudy-guide-") as work:
            said.write_text(_make(exports, find(run, data), Path(work), chunks, trials), encoding="utf-8")
    return {name: f"exports/{name}" for name in (FP32, OPTIMIZED, INT8)}


def moments(folder: Path, run: Run) -> tuple[list[Observation], list[Observation]]:
    """Observations to calibrate on and others to measure on, as the policy was taught: its pictures, its rate."""
    dataset, used = Dataset.open(folder), run.used
    chosen = [used[round(at)].index for at in np.linspace(0, len(used) - 1, EPISODES)]
    both: tuple[list[Observation], list[Observation]] = ([], [])
    for number, index in enumerate(chosen):
        seen = sample(dataset, index, cameras_of(run), run.policy.fps)
        for step in np.linspace(0, len(seen.state) - 1, MOMENTS).round().astype(int).tolist():
            pictures = {name: images[step] for name, images in seen.pictures.items()}
            both[number % 3 == 2].append(Observation(pictures, seen.state[step], run.policy.task, index, step))
    return both


def _make(exports: Path, found: Found, work: Path, chunks: int, trials: int) -> str:
    checkpoint = found.folder
    print(f"   exporting {checkpoint.parent.name}", flush=True)
    run = RunStore(exports.parent).open(found.run).run()
    dataset = exports.parents[1] / "datasets" / run.dataset
    request = Request(
        checkpoint,
        exports / OPTIMIZED,
        work,
        chunks=chunks,
        threads=THREADS,
        goal=Goal.smallest,  # bytes are certain on a machine that others use too; at this size time is not
        searched=False,
        observed=moments(dataset, run),
        trials=trials_named(trials, LOSE, dataset) if trials else None,
        origin={"run": found.run, "step": found.step},
    )
    made = export(request, lambda words, share: print(f"   {100 * share:3.0f} %  {words}", flush=True))
    origin = dict(made.report["origin"])
    base = Contents(made.policy.interface, fp32_mix(made.stages).placed, made.held, made.report["fps"], origin)
    write_artifact(exports / FP32, base)
    _write_int8(exports / INT8, made, base, work)
    return "{name}. {why}".format(**made.report["chosen"])


def _write_int8(folder: Path, made: Exported, base: Contents, work: Path) -> None:
    """Softmax and attention in int8 too: no export offers it, and its card says what it is; for the table alone."""
    placed = [options[0].placed for options in made.stages.values()]
    feeds = feeds_of(made.policy.interface, placed, made.calibration)
    whole = StagePrecision.of(str(Precision.int8_all))
    broken = []
    for one in placed:
        target = work / f"{one.stage.name}.everything.onnx"
        convert(one.path, target, whole, feeds[one.stage.name])
        broken.append(PlacedStage(one.stage, target, whole, layout=one.layout, threads=THREADS))
    writer._fill(folder, Contents(base.interface, broken, base.held, base.fps, base.origin), {})
