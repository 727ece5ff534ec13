"""Performs an export: in a job's child process, or for the command line."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.core.errors import StudioError
from app.datasets import require_name
from app.export.devices import HERE, PROFILES
from app.export.exporting import RATE_HZ, Exported, Request, export
from app.export.finding import LANES, Saying, checkpoint_named, make_lanes, stay_offline, trials_named
from app.export.kinds import ExportRun, artifact_folder, bundle_folder
from app.export.lanes.environments import REQUIREMENTS
from app.export.lanes.here import lanes_here
from app.export.lanes.neutron import hand_over
from app.export.provenance import provenance
from app.export.search import Goal
from app.jobs import Link, Outcome, Work
from app.storage.paths import DataFolder

_WITHIN = re.compile(r"^(\d+(?:\.\d+)?)\s*(?:deg)?$")

type Said = Callable[[str, float], None]


def perform(arguments: ExportRun, work: Work) -> Outcome:
    """The job: `checkpoint` is a path, a folder under the studio's models, or a name in the Hub's local cache."""
    stay_offline()

    def said(words: str, share: float) -> None:
        work.report(words, fraction=share)

    lanes = [*arguments.lanes, *(["litert"] if arguments.neutron else [])]
    make_lanes(lanes, Saying(lambda words: said(words, 0.0)))
    checkpoint = checkpoint_named(arguments.checkpoint, work.data)
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
        rate_hz=arguments.rate_hz,
        searched=arguments.search,
        lanes=lanes_here(LANES),
    )
    made = run(request, said, trials=arguments.trials, lose=arguments.lose, neutron=arguments.neutron)
    chosen = made.report["chosen"]
    report = Link("Open the report", f"/deploy/exports/{quote(arguments.name)}")
    return Outcome(words(made), (report,), {"artifact": str(made.folder), "name": chosen["name"]})


def run(request: Request, said: Said, *, trials: int = 0, lose: float = 0.1, neutron: bool = False) -> Exported:
    """The export, with a closed loop and a hand-over bundle where they are wanted."""
    if trials:
        request = replace(request, trials=trials_named(trials, lose, request.dataset or trained_on(request)))
    made = export(request, said)
    if neutron:
        said("writing the hand-over bundle", 0.95)
        hand_over(bundle_folder(made.folder), made)
    return made


def trained_on(request: Request) -> Path | None:
    """The dataset that the run says it was trained on, where it is here."""
    from app.export.checkpoint import origin_of, pretrained_folder

    found = origin_of(pretrained_folder(request.checkpoint)).get("dataset")
    return Path(found) if found and Path(found).is_dir() else None


def words(made: Exported) -> str:
    """What came of it in one sentence."""
    chosen, report = made.report["chosen"], made.report
    joint = chosen["worst_joint"]
    return (
        f"{made.folder.name}: {chosen['name']}. {chosen['speedup']:.1f} x float32, {chosen['size'] / 1e6:.0f} MB, "
        f"{chosen['typical_ms']:.0f} ms a chunk, {chosen['worst_p95']:.2f} {report['units'][joint]} "
        f"at {joint} (95th percentile, {report['moments']} moments)."
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """`understudy export RUN --within 1deg`: the same without a studio. 0 done, 1 refused."""
    chosen = parser().parse_args(arguments)
    stay_offline()
    try:
        if chosen.make_lane:
            make_lanes([chosen.make_lane], Saying(lambda words: print(words, flush=True)))
            print(f"{chosen.make_lane}: ready in {LANES / chosen.make_lane}")
            return 0
        if not chosen.run:
            parser().error("name a training run or a checkpoint")
        return _export(chosen)
    except StudioError as error:
        print(f"understudy: {error}", file=sys.stderr)
        return 1


def _export(chosen: argparse.Namespace) -> int:
    data = DataFolder(chosen.data_dir)
    out = chosen.out or artifact_folder(data, chosen.name or _name(chosen.run))
    lanes = [*chosen.lane, *(["litert"] if chosen.neutron else [])]
    make_lanes(lanes, Saying(lambda words: print(words, flush=True)))
    with tempfile.TemporaryDirectory(prefix="understudy-export-") as folder:
        checkpoint = checkpoint_named(chosen.run, data)
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
            rate_hz=chosen.rate_hz,
            searched=not chosen.no_search,
            lanes=lanes_here(LANES),
        )
        made = run(
            request,
            lambda said, share: print(f"{100 * share:3.0f} %  {said}", flush=True),
            trials=chosen.trials,
            lose=chosen.lose,
            neutron=chosen.neutron,
        )
    print(words(made))
    print(f"{made.folder}\nOn the device: cd {made.folder.name} && python -m runner --check")
    if chosen.neutron:
        print(f"For NXP's converter: {bundle_folder(made.folder) / 'README.md'}")
    return 0


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="understudy export", description="Turns a checkpoint into a device's artifact."
    )
    found.add_argument(
        "run", nargs="?", help="a training run under models/, a checkpoint's folder, or OWNER/NAME in the Hub's cache"
    )
    found.add_argument("--within", type=tolerance, default=1.0, metavar="DEG", help="e.g. 1deg (default)")
    found.add_argument("--goal", choices=[str(goal) for goal in Goal], default="fastest")
    found.add_argument("--dataset", type=Path, help="calibrate and measure on this dataset's folder")
    found.add_argument("--task", action="append", default=[], help="an instruction to export (SmolVLA), repeatable")
    found.add_argument("--vlm", help="a local folder with SmolVLA's processor and configuration")
    found.add_argument(
        "--rate-hz", type=float, default=RATE_HZ, help="how often a chunk is wanted (default: %(default)s)"
    )
    found.add_argument("--no-search", action="store_true", help="precision and runtime only, no tricks")
    found.add_argument("--trials", type=int, default=0, metavar="N", help="run N trials of each in the simulator")
    found.add_argument("--lose", type=float, default=0.1, help="share of successes that may be lost (default: 0.1)")
    found.add_argument("--neutron", action="store_true", help="add the hand-over bundle for NXP's converter (i.MX 95)")
    found.add_argument(
        "--lane", choices=sorted(REQUIREMENTS), action="append", default=[], help="make this lane where it is missing"
    )
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


def tolerance(text: str) -> float:
    """ "1", "0.5deg": degrees for the body, percent for a gripper."""
    found = _WITHIN.match(text.strip())
    if found is None or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no tolerance: write it as 1deg or 0.5deg")
    return float(found[1])


def _name(text: str) -> str:
    """The first part of the path that names something."""
    parts = [
        part for part in Path(text).parts if part not in ("pretrained_model", "checkpoints", "last", "/", "..", ".")
    ]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", parts[-1] if parts else "policy").strip("-") or "policy"


if __name__ == "__main__":
    sys.exit(main())
