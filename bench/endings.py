"""`./understudy bench endings`: trainings that cannot go on, really provoked, and what the studio answers to each.

There is no anchor: lerobot-train ends with a traceback. Each case is a real
job with the real lerobot-train; the disk is a small tmpfs of its own, which
wants root (left out without). Nothing leaves this machine: the network that is
missing is a proxy on a closed port. Writes docs/benchmarks/endings.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.bootstrap.demo import plan
from app.bootstrap.following import JobEndedEarly, follow_job
from app.bootstrap.jobs import job_keeper
from app.bootstrap.lockstep import LockStepStudio
from app.bootstrap.train import describe
from app.storage.paths import DataFolder
from app.training.folder import RunStore
from app.training.kinds import TRAIN
from app.training.models import Device, RunSettings, Scalar
from app.training.presets import preset
from app.training.runners.book import PlaceBook
from bench.outcome import Outcome, Reach

DATASET = "bricks"
PAGE = Path(__file__).resolve().parents[1] / "docs/benchmarks/endings.md"
SEED, EPISODES = 20261127, 2
ROOM = 110_000_000  # on the small disk beside the data: a model fits, its optimiser's state does not
MEMORY = 6 * 2**30  # of address space: PyTorch starts with it, a batch of thousands does not
CLOSED = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Case:
    """`code` is the cause that must be recognised; `options` are lerobot-train's, the rest the run's settings."""

    code: str
    provoked: str
    changes: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, Scalar] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: bool = False
    small_disk: bool = False


CASES = (
    Case("disk_full", f"a disk with {ROOM // 10**6} MB left, where a checkpoint takes more", small_disk=True),
    Case("memory", f"{MEMORY // 2**30} GB of address space and a batch of 4,096", {"batch": 4096}, memory=True),
    Case("nan", "a learning rate of 10^30", options={"optimizer.lr": 1e30, "scheduler.peak_lr": 1e30}),
    Case("package_missing", "the policy `diffusion`, whose package is not installed", {"policy": "diffusion"}),
    Case(
        "no_network",
        "ACT with ResNet's pretrained weights, no cache of them and a proxy that does not answer",
        options={"policy.pretrained_backbone_weights": "ResNet18_Weights.IMAGENET1K_V1"},
        environment={"https_proxy": CLOSED, "http_proxy": CLOSED, "HTTPS_PROXY": CLOSED},
    ),
    Case("options", "an option that lerobot-train does not know", options={"policy.nonsense": 1}),
)


@dataclass(frozen=True)
class Ending:
    """`goes_on` is whether the same run was trained to its end after the cause was gone; None where not tried."""

    case: Case
    code: str
    words: str
    todo: str
    goes_on: bool | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench endings")
    parser.add_argument("--quick", action="store_true", help="the full disk and the number that is none")
    quick = parser.parse_args(arguments).quick
    cases = [case for case in CASES if not quick or case.code in ("disk_full", "nan")]
    with tempfile.TemporaryDirectory(prefix="understudy-endings-") as place:
        root = Path(place)
        list(LockStepStudio(root / "first", DATASET).record(plan(EPISODES, seed=SEED)))
        found = [ending for case in cases if (ending := provoke(case, root)) is not None]
    if not quick:
        PAGE.write_text(page(found), encoding="utf-8")
    print(page(found))
    wanted = {case.code: Reach(at_least=1) for case in cases}
    told = {case.code: float("nan") for case in cases}
    told |= {ending.case.code: float(ending.code == ending.case.code) for ending in found}
    outcome = Outcome("endings", told, {}, wanted)
    print(outcome.line())
    return 0 if outcome.holds else 1


def provoke(case: Case, root: Path) -> Ending | None:
    """None where this machine cannot."""
    print(f"== {case.code}: {case.provoked}", flush=True)
    place = root / case.code
    place.mkdir()
    with small_disk(place) if case.small_disk else as_it_is() as there:
        if not there:
            print("   left out: a disk of its own wants root", flush=True)
            return None
        shutil.copytree(root / "first/datasets", place / "datasets")
        folder = DataFolder(place)
        folder.prepare()
        name = describe(
            folder, DATASET, settings(case), case.code.replace("_", "-"), PlaceBook(place).require_kept("local")
        )
        if case.small_disk:
            leave(place, ROOM)
        with environment({**case.environment, "TORCH_HOME": str(root / "torch")}), limited(case.memory):
            told = ended(folder, name)
        ending = Ending(case, told.code, told.message, told.todo)
        if case.small_disk:
            (place / "ballast").unlink()
            follow_job(job_keeper(folder), TRAIN.name, {"run": name}, "")
            last = RunStore(folder.models).open(name).last_checkpoint()
            ending = Ending(case, told.code, told.message, told.todo, last is not None and last[0] == STEPS)
    shutil.rmtree(place, ignore_errors=True)
    return ending


STEPS, SAVE = 6, 3


def settings(case: Case) -> RunSettings:
    made = preset("quick", ("top", "gripper", "left"))
    changes: dict[str, object] = {
        "steps": STEPS,
        "save_every": SAVE,
        "log_every": 1,
        "batch": 8,
        "workers": 0,
        "state_noise": 0.0,
        "device": Device.cpu,
        "scoring": made.scoring.model_copy(update={"trials_training": 0, "trials_held_out": 0, "frames": 0}),
        "options": {} if case.changes.get("policy") else {**made.options, **case.options},
    }
    return made.model_copy(update=changes | dict(case.changes))


def ended(folder: DataFolder, name: str) -> JobEndedEarly:
    try:
        follow_job(job_keeper(folder), TRAIN.name, {"run": name}, "")
    except JobEndedEarly as error:
        print(f"   {error.code}: {error.message} {error.todo}", flush=True)
        return error
    return JobEndedEarly("It was trained to its end.", code="done")


# ---- what is provoked ----


@contextmanager
def as_it_is() -> Iterator[bool]:
    yield True


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """A tmpfs at `place`; False where it may not be mounted."""
    size = f"size={ROOM + 400_000_000}"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", place], capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", place], check=True)


def leave(place: Path, free: int) -> None:
    """Fill the disk up to so many bytes."""
    with (place / "ballast").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(place).free - free)


@contextmanager
def environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def limited(wanted: bool) -> Iterator[None]:
    """What is started meanwhile has so much address space."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if wanted:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def page(found: Sequence[Ending]) -> str:
    lines = [
        "# How a training ends that cannot go on\n",
        "Made by `./understudy bench endings`: each was really provoked with lerobot-train, as a job. *Told* is what "
        "the run's page and `./understudy train` say; lerobot-train's own last line stands in brackets.\n",
        "| provoked by | recognised as | told | what to do |\n|---|---|---|---|",
    ]
    for one in found:
        right = one.code if one.code == one.case.code else f"**{one.code}**, should be {one.case.code}"
        lines.append(f"| {one.case.provoked} | {right} | {_cell(one.words)} | {_cell(one.todo)} |")
    for one in found:
        if one.goes_on is not None:
            reached = "reached" if one.goes_on else "**did not reach**"
            lines.append(f"\nWhen the disk had room again the same run {reached} its last step by Resume.")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """No path of this machine, and nothing that ends a table's cell."""
    return text.replace(tempfile.gettempdir(), "TMP").replace("|", "/").replace("\n", " ")


if __name__ == "__main__":
    raise SystemExit(main())
