"""Removes what a deleted run left where it was trained. In the job's child: a cluster's client is heavy."""

from __future__ import annotations

from app.jobs import Outcome, Work
from app.training.kinds import ForgetRun
from app.training.runners import place_of, runner_at


def forget(arguments: ForgetRun, work: Work) -> Outcome:
    """The job `training.forget`."""
    place = place_of(arguments.on)
    work.report(f"Connecting to {place.words}")
    said = runner_at(place).forget(arguments.run, arguments.view, arguments.id)
    return Outcome(f"{arguments.run} is removed from {place.words}; {said}.")
