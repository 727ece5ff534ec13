"""Looks at a kept place and writes down what it has. In the job's child: a cluster's client is heavy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.jobs import Outcome, Work
from app.training.kinds import LookAtPlace
from app.training.runners import place_of, runner_at
from app.training.runners.book import PlaceBook, said


def look(arguments: LookAtPlace, work: Work) -> Outcome:
    """The job `training.look`."""
    book = PlaceBook(work.data.root)
    kept = book.named(arguments.name)
    place = place_of(kept.text)
    work.report(f"Connecting to {place.words}")
    about = dict(runner_at(place).about())
    book.keep(replace(kept, about=about, looked_at=datetime.now(UTC).isoformat(timespec="seconds")))
    return Outcome(said(about), (), about)
