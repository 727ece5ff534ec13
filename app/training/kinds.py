"""The kinds of job that train and score; their performers are named, not imported (docs/decisions/0083)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.datasets import DatasetStore
from app.jobs import Arguments, Kind
from app.storage.paths import DataFolder
from app.training.errors import RunBusy
from app.training.folder import RunStore
from app.training.models import RunSettings
from app.training.runners.book import PlaceBook
from app.training.runners.places import LOCAL

LEFT = "left elsewhere"  # what the removal of a deleted run is about


class TrainRun(Arguments):
    """Train a described run, or go on with it from its last checkpoint."""

    run: str


class ScoreRun(Arguments):
    """Score a run's checkpoints: those that have no scores yet, or all of them again; `step` only that one."""

    run: str
    step: int = 0
    again: bool = False


class ProbeRun(Arguments):
    """Measure a few steps of a run with these settings, at a kept place."""

    dataset: str
    settings: RunSettings
    on: str = LOCAL


class LookAtPlace(Arguments):
    """See what a kept place has: its Python, LeRobot, graphics cards, free disk."""

    name: str


class PublishRun(Arguments):
    """Send a run's best checkpoint with its model card to the Hub; `step` another one than the best."""

    run: str
    repo_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
    private: bool = True
    step: int = 0


class ForgetRun(Arguments):
    """Remove what a deleted run left at a kept place: its files, and its `view` unless another run there uses it.

    `id` is the job that trained it there, where that place knows it by one.
    """

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$")]
    on: Annotated[str, Field(max_length=400)]
    view: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    id: Annotated[str, Field(max_length=200)] = ""


def _refuse(arguments: TrainRun | ScoreRun | PublishRun, folder: DataFolder) -> None:
    RunStore(folder.models).open(arguments.run).run()


def _refuse_place(arguments: ProbeRun | ForgetRun, folder: DataFolder) -> None:
    PlaceBook(folder.root).require_kept(arguments.on)


def _refuse_probe(arguments: ProbeRun, folder: DataFolder) -> None:
    _refuse_place(arguments, folder)
    DatasetStore(folder.datasets).open(arguments.dataset)


def _refuse_look(arguments: LookAtPlace, folder: DataFolder) -> None:
    PlaceBook(folder.root).named(arguments.name)


def _refuse_forget(arguments: ForgetRun, folder: DataFolder) -> None:
    """A run that is here is not forgotten there."""
    _refuse_place(arguments, folder)
    runs = RunStore(folder.models)
    if arguments.run in runs.names():
        raise RunBusy(f"{arguments.run} is not deleted.", todo="Delete it here first.")


TRAIN = Kind(
    "training.run",
    TrainRun,
    "app.training.performing:train",
    title=lambda a: f"Train {a.run}",
    about=lambda a: (a.run,),
    refuse=_refuse,
    grace_s=20.0,
)
SCORE = Kind(
    "training.score",
    ScoreRun,
    "app.training.performing:score",
    title=lambda a: f"Score {a.run}",
    about=lambda a: (a.run,),
    refuse=_refuse,
)
PROBE = Kind(
    "training.probe",
    ProbeRun,
    "app.training.probing:probe",
    title=lambda a: f"Measure a training on {a.dataset}",
    about=lambda a: (a.dataset,),
    refuse=_refuse_probe,
    grace_s=20.0,
)
LOOK = Kind(
    "training.look",
    LookAtPlace,
    "app.training.looking:look",
    title=lambda a: f"Look at {a.name}",
    heavy=False,
    about=lambda a: (f"place:{a.name}",),
    refuse=_refuse_look,
)
PUBLISH = Kind(
    "training.publish",
    PublishRun,
    "app.training.publishing:publish",
    title=lambda a: f"Publish {a.run} on the Hub as {a.repo_id}",
    heavy=False,
    about=lambda a: (a.run,),
    refuse=_refuse,
    needs=("huggingface_hub",),
)
FORGET = Kind(
    "training.forget",
    ForgetRun,
    "app.training.forgetting:forget",
    title=lambda a: f"Remove {a.run} from where it was trained",
    heavy=False,
    about=lambda a: (LEFT,),
    refuse=_refuse_forget,
)
KINDS = (TRAIN, SCORE, PROBE, LOOK, PUBLISH, FORGET)
