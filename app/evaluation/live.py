"""Trials on a real arm: which is next, and what the operator said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.evaluation.errors import NotToBeJudged
from app.evaluation.folder import EvaluationFolder
from app.evaluation.models import Ended, Judge, Planned, Trial

# The keys of the page that runs them; docs/operator.md shows them.
KEYS = {"s": "success", "p": "partial", "f": "failure"}

type Word = Literal["success", "partial", "failure", ""]


def next_trial(folder: EvaluationFolder) -> Planned | None:
    """The first one that was not run, or was interrupted; None when the protocol is fulfilled."""
    return next(iter(folder.left()), None)


def judged(
    folder: EvaluationFolder,
    number: int,
    *,
    outcome: Word,
    by: str,
    at: datetime,
    ended: Ended = Ended.judged,
    problem: str = "",
    measured: Trial | None = None,
) -> Trial:
    """Keep what the operator said of trial `number`; `measured` is what the runner counted meanwhile.

    A trial may be judged again while the evaluation goes on: people press the wrong key. Raises NotToBeJudged.
    """
    found = folder.evaluation()
    if found.protocol.judge is not Judge.operator:
        raise NotToBeJudged(f"The simulator judges the trials of {folder.name}.", todo="Look at its results.")
    planned = next((one for one in folder.planned() if one.number == number), None)
    if planned is None:
        raise NotToBeJudged(f"{folder.name} has no trial {number}.", todo="Judge one of its list.")
    if (ended is Ended.judged) != bool(outcome):
        raise NotToBeJudged(
            "A judged trial has an outcome; one that crashed or was interrupted has none.",
            todo="Say success, partial or failure, or how it ended.",
        )
    base = measured or next((one for one in folder.trials() if one.number == number and one.counts), None)
    base = base or Trial(number=number, entrant=planned.entrant, place=planned.place.key, ended=ended)
    trial = base.model_copy(
        update={
            "number": number,
            "entrant": planned.entrant,
            "place": planned.place.key,
            "ended": ended,
            "outcome": outcome,
            "problem": problem,
            "judge": Judge.operator,
            "by": by,
            "at": at.isoformat(timespec="seconds"),
        }
    )
    folder.add_trial(trial)
    return trial
