"""What can go wrong with a training run, each with what to do next."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid, NotFound, StudioError


class RunNotFound(NotFound):
    code = "run_not_found"


class PlaceNotFound(NotFound):
    code = "place_not_found"


class RunExists(Conflict):
    code = "run_exists"


class RunBusy(Conflict):
    """It is being trained or scored now."""

    code = "run_busy"


class RunInvalid(Invalid):
    """The settings make no run; the sentence says which and why."""

    code = "run_invalid"


class NothingToTrain(Conflict):
    """No episode is left after those that may not be used were taken out."""

    code = "nothing_to_train"


class DatasetMoved(Conflict):
    """The dataset is not what the run was described for."""

    code = "dataset_moved"


class TrainingFailed(StudioError):
    """lerobot-train ended without finishing; the code names the cause where one is recognised."""

    code = "training_failed"

    def __init__(self, message: str, *, todo: str = "", code: str = "training_failed", **fields: object) -> None:
        super().__init__(message, todo=todo, **fields)
        self.code = code


class ConnectionLost(TrainingFailed):
    """Another machine could not be reached for long; what trains there is let be, and resuming finds it."""

    def __init__(self, message: str, *, todo: str) -> None:
        super().__init__(message, todo=todo, code="connection_lost")
