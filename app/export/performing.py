"""Performs an export: in a job's child process, or for the command line."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.core.errors import Invalid, StudioError
from app.datasets import require_name
from app.export.devices import HERE, PROFILES
from app.export.exporting import Exported, Request, export
from app.export.kinds import ExportRun, artifact_folder
from app.export.lanes.environments import REQUIREMENTS, LaneEnvironment
from app.export.provenance import provenance
from app.export.search import Goal
from app.jobs import Link, Outcome, Work
from app.jobs.extras import InstallProgress
from app.storage.paths import DataFolder

LANES = Path(__file__).resolve().parents[2] / ".venv-lanes"
_WITHIN = re.compile(r"^(\d+(?:\.\d+)?)\s*(?:deg)?$")


def perform(arguments: ExportRun, work: Work) -> Outcome:
    """The job: `checkpoint` is a path, or a folder under the studio's models."""
    checkpoint = _checkpoint(arguments.checkpoint, work.data)
    named = work.data.datasets / require_name(arguments.dataset) if arguments.dataset else None
    request = Request(
        checkpoint=checkpoint,
        out=artifact_folder(work.data, arguments.name),
        work=work.scratch / "stages",
        **_of_the_run(checkpoint, work.data, named, arguments.device),
        within=arguments.within,
        goal=Goal(arguments.goal),
        tasks=arguments.tasks,
        vlm=arguments.vlm or None,
    )
    made = export(request, lambda words, share: work.report(words, fraction=share))
    chosen = made.report["chosen"]
    report = Link("Open the report", f"/deploy/exports/{quote(arguments.name)}")
    return Outcome(words(made), (report,), {"artifact": str(made.folder), "name": chosen["name"]})


def words(made: Exported) -> str:
    """What came of it in one sentence."""
    chosen, report = made.report["chosen"], made.report
    joint = chosen["worst_joint"]
    return (
        f"{made.folder.name}: {chosen['name']}. {chosen['speedup']:.1f} x float32, {chosen['size'] / 1e6:.0f} MB, "
        f"{chosen['latency_ms']['chunk'][0]:.0f} ms a chunk, {chosen['worst_p95']:.2f} {report['units'][joint]} "
        f"at {joint} (95th percentile, {report['moments']} moments)."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """`understudy export RUN --within 1deg`: the same without a studio. 0 done, 1 refused."""
    chosen = parser().parse_args(arguments)
    if chosen.make_lane:
        return _make_lane(chosen.make_lane)
    if not chosen.run:
        parser().error("name a training run or a checkpoint")
    data = DataFolder(chosen.data_dir)
    out = chosen.out or artifact_folder(data, chosen.name or _name(chosen.run))
    try:
        with tempfile.TemporaryDirectory(prefix="understudy-export-") as folder:
            checkpoint = _checkpoint(chosen.run, data)
            request = Request(
                checkpoint=checkpoint,
                out=out,
                work=Path(folder),
                **_of_the_run(checkpoint, data, chosen.dataset, chosen.device),
                within=chosen.within,
                goal=Goal(chosen.goal),
                tasks=tuple(chosen.task),
                vlm=chosen.vlm,
                threads=chosen.threads,
            )
            made = export(request, lambda said, share: print(f"{100 * share:3.0f} %  {said}", flush=True))
    except StudioError as error:
        print(f"understudy: {error}", file=sys.stderr)
        return 1
    print(words(made))
    print(f"{made.folder}\nOn the device: cd {made.folder.name} && python -m runner --check")
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="understudy export", description="Turns a checkpoint into a device's artifact."
    )
    found.add_argument("run", nargs="?", help="a training run under models/, or a checkpoint's folder")
    found.add_argument("--within", type=tolerance, default=1.0, metavar="DEG", help="e.g. 1deg (default)")
    found.add_argument("--goal", choices=[str(goal) for goal in Goal], default="fastest")
    found.add_argument("--dataset", type=Path, help="calibrate and measure on this dataset's folder")
    found.add_argument("--task", action="append", default=[], help="an instruction to export (SmolVLA), repeatable")
    found.add_argument("--vlm", help="a local folder with SmolVLA's processor and configuration")
    found.add_argument(
        "--make-lane", choices=sorted(REQUIREMENTS), help="make a lane's own environment, and do nothing else"
    )
    found.add_argument("--device", choices=[one.name for one in PROFILES], default=HERE, help="what it is meant for")
    found.add_argument("--threads", type=int, default=2)
    found.add_argument("--name", help="the artifact's name (default: the run's)")
    found.add_argument("--out", type=Path, help="write it here instead of models/exports/NAME")
    found.add_argument("--data-dir", type=Path, default=Path(__file__).resolve().parents[2] / "recordings")
    return found


def _of_the_run(checkpoint: Path, data: DataFolder, named: Path | None, device: str) -> dict[str, Any]:
    """Dataset, rate and held-out clusters as the run says that trained it; a dataset that was named comes first."""
    told = provenance(checkpoint)
    origin = {"device": device, "exported_at": datetime.now(UTC).isoformat(timespec="seconds")}
    if told is None:
        return {"dataset": named, "origin": origin}
    dataset = named or data.datasets / told.dataset
    return {
        "dataset": dataset,
        "fps": told.fps,
        "held_out_clusters": told.held_out,
        "origin": {**origin, "run": told.run, "step": told.step, "dataset_name": dataset.name},
    }


def _make_lane(name: str) -> int:
    """The environment beside the studio's own, with uv's progress as lines."""
    last = [""]

    def said(progress: InstallProgress) -> None:
        done, total = progress.done_bytes / 1e6, progress.total_bytes / 1e6
        words = f"{progress.phase} {progress.current} {done:.0f} of {total:.0f} MB"
        if words != last[0]:
            print(words, flush=True)
            last[0] = words

    try:
        LaneEnvironment(name, LANES).make(said)
    except StudioError as error:
        print(f"understudy: {error}", file=sys.stderr)
        return 1
    print(f"{name}: ready in {LANES / name}")
    return 0


def tolerance(text: str) -> float:
    """ "1", "0.5deg": degrees for the body, percent for a gripper."""
    found = _WITHIN.match(text.strip())
    if found is None or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no tolerance: write it as 1deg or 0.5deg")
    return float(found[1])


def _checkpoint(text: str, data: DataFolder) -> Path:
    """A path that is there, else a folder below models/. Raises `Invalid` for one that leaves it."""
    if Path(text).is_dir():
        return Path(text)
    found = (data.models / text).resolve()
    if not found.is_relative_to(data.models.resolve()):
        raise Invalid(f"{text!r} is outside the models folder.", todo="Name a run of the Train page.")
    return found


def _name(text: str) -> str:
    """The first part of the path that names something."""
    parts = [
        part for part in Path(text).parts if part not in ("pretrained_model", "checkpoints", "last", "/", "..", ".")
    ]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", parts[-1] if parts else "policy").strip("-") or "policy"


if __name__ == "__main__":
    sys.exit(main())
