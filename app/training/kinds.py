"""The kinds of job that train and score; their performers are named, not imported (docs/decisions/0083)."""

from __future__ import annotations

from app.jobs import Arguments, Kind
from app.storage.paths import DataFolder
from app.training.folder import RunStore


class TrainRun(Arguments):
    """Train a described run, or go on with it from its last checkpoint."""

    run: str


class ScoreRun(Arguments):
    """Score a run's checkpoints: those that have no scores yet, or all of them again; `step` only that one."""

    run: str
    step: int = 0
    again: bool = False


def _refuse(arguments: TrainRun | ScoreRun, folder: DataFolder) -> None:
    RunStore(folder.models).open(arguments.run).run()


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
KINDS = (TRAIN, SCORE)
