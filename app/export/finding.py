"""Where what an export names lies: a folder, a training run, or the local cache of the Hub; nothing is downloaded."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.core.errors import Invalid
from app.datasets import Dataset
from app.export.errors import CheckpointUnreadable
from app.export.lanes.environments import REQUIREMENTS, LaneEnvironment
from app.export.success import Trials, requests
from app.guidance.plan import Plan
from app.guidance.plan_json import versions_from_bytes
from app.guidance.store import PLAN
from app.jobs.extras import InstallProgress
from app.policies.trial import TrialRig
from app.storage.paths import DataFolder
from app.training.describing import judgement_of
from app.training.folder import PRETRAINED, RUN, RunFolder

LANES = Path(__file__).resolve().parents[2] / ".venv-lanes"
RIG = "app.bootstrap.trials:open_trial_rig"  # named, not imported: bootstrap alone knows the simulator
_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def stay_offline() -> None:
    """Nothing is asked of the Hub from here on; call it before LeRobot is imported."""
    os.environ["HF_HUB_OFFLINE"] = "1"


def checkpoint_named(text: str, data: DataFolder) -> Path:
    """A folder, else one below models/, else the Hub's `OWNER/NAME` as far as it is in the local cache.

    Raises `Invalid` for one that leaves models/, `CheckpointUnreadable` for a name that the cache does not hold.
    """
    if Path(text).is_dir():
        return _best_of(Path(text))
    found = (data.models / text).resolve()
    if not found.is_relative_to(data.models.resolve()):
        raise Invalid(f"{text!r} is outside the models folder.", todo="Name a run of the Train page.")
    if found.is_dir() or not _HUB.fullmatch(text):
        return _best_of(found)
    return _cached(text)


def _best_of(folder: Path) -> Path:
    """A run of the studio gives the checkpoint that its scores say is best; anything else is what it is."""
    if not (folder / RUN).is_file():
        return folder
    run = RunFolder(folder)
    best = run.checkpoints().get(judgement_of(run).best)
    return best / PRETRAINED if best else folder


def _cached(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, FileNotFoundError) as error:
        raise CheckpointUnreadable(
            f"{name} is neither below models/ nor in the Hub's local cache, and an export downloads nothing.",
            todo=f"Fetch it first: hf download {name}",
        ) from error


def plan_of(dataset: Dataset) -> Plan | None:
    """The newest plan of a dataset; None while it has none."""
    path = dataset.folder / PLAN
    versions = versions_from_bytes(path.read_bytes()) if path.exists() else ()
    return versions[-1] if versions else None


def trials_named(count: int, lose: float, dataset: Path | None, scene: Mapping[str, float] | None = None) -> Trials:
    """A closed loop in the simulator. Raises `Invalid` where no placement is known to try."""
    found = Dataset.open(dataset) if dataset else None
    listed = requests(found, plan_of(found) if found else None, count)
    if not listed:
        raise Invalid(
            "There is no place to put the object for a trial: the dataset has neither a plan nor placements.",
            todo="Export without --trials, or name a dataset with a plan.",
        )
    tasks = [task for episode in found.episodes() for task in episode.tasks] if found else []
    return Trials(_rig(scene or {}), listed, tasks[0] if tasks else "", lose)


def _rig(scene: Mapping[str, float]) -> TrialRig:
    module, _, function = RIG.partition(":")
    return getattr(importlib.import_module(module), function)(scene)


class Saying:
    """Says a line once: progress repeats itself."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._last = say, ""

    def __call__(self, words: str) -> None:
        if words != self._last:
            self._last = words
            self._say(words)


def make_lanes(names: Sequence[str], said: Callable[[str], None]) -> None:
    """The environments of the lanes named, where they are not there yet. Raises `LaneUnavailable`, `Invalid`."""
    for name in names:
        if name not in REQUIREMENTS:
            raise Invalid(f"There is no lane {name!r} to make.", todo=f"Lanes: {', '.join(sorted(REQUIREMENTS))}.")
        LaneEnvironment(name, LANES).make(lambda progress, name=name: said(f"{name}: {_words(progress)}"))


def _words(progress: InstallProgress) -> str:
    done, total = progress.done_bytes / 1e6, progress.total_bytes / 1e6
    return f"{progress.phase} {progress.current} {done:.0f} of {total:.0f} MB".replace("  ", " ")
