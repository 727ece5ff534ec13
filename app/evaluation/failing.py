"""Failures grouped by what became of the object, each with the clip that shows it; and trials that count as neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from app.evaluation.models import Evaluation, Place, Trial
from app.evaluation.results import Broken, Clip, FailureGroup

UNTOLD = "failed, nobody said how"
_PARTLY = "got part of the way"


def failures(evaluation: Evaluation, trials: Sequence[Trial], episodes: Mapping[str, int]) -> list[FailureGroup]:
    """`episodes` gives the index in the eval_ dataset by uuid; recorded trials without one were deleted there."""
    places = {place.key: place for place in evaluation.places}
    groups: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.counts and not trial.success:
            groups.setdefault(_story(trial), []).append(trial)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        FailureGroup(
            story=story,
            count=len(mine),
            entrants=dict(Counter(trial.entrant for trial in mine).most_common()),
            clusters=dict(Counter(_cluster(places, trial) for trial in mine).most_common()),
            clips=[_clip(evaluation, places, trial, episodes) for trial in mine],
        )
        for story, mine in ordered
    ]


def broken(evaluation: Evaluation, trials: Sequence[Trial]) -> list[Broken]:
    places = {place.key: place for place in evaluation.places}
    return [
        Broken(
            number=trial.number,
            entrant=trial.entrant,
            cluster=_cluster(places, trial),
            ended=str(trial.ended),
            problem=trial.problem,
        )
        for trial in trials
        if not trial.counts
    ]


def clip_url(dataset: str, index: int) -> str:
    return f"/datasets/{quote(dataset)}/episodes/{index}"


def _clip(evaluation: Evaluation, places: Mapping[str, Place], trial: Trial, episodes: Mapping[str, int]) -> Clip:
    index = episodes.get(trial.episode) if trial.episode else None
    return Clip(
        number=trial.number,
        entrant=trial.entrant,
        cluster=_cluster(places, trial),
        place=trial.place,
        outcome=trial.outcome,
        episode=index,
        url="" if index is None else clip_url(evaluation.eval_dataset, index),
    )


def _story(trial: Trial) -> str:
    return trial.story or (_PARTLY if trial.outcome == "partial" else UNTOLD)


def _cluster(places: Mapping[str, Place], trial: Trial) -> str:
    place = places.get(trial.place)
    return place.cluster or "outside all clusters" if place else "unknown"
