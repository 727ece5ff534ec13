"""Scores an evaluation: rates by cluster and part beside what was recorded there, what fails, what is next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.core.errors import StudioError
from app.datasets import Dataset, DatasetStore
from app.datasets.opinions import ReviewVerdict
from app.evaluation.comparing import comparisons
from app.evaluation.executing import choice_of
from app.evaluation.failing import broken, failures
from app.evaluation.folder import EvaluationFolder, done_of
from app.evaluation.models import Entrant, Evaluation, Part, Place, Trial
from app.evaluation.next_takes import record_next
from app.evaluation.results import ClusterScore, DelayPoint, EntrantResult, RecordNext, Results, score
from app.evaluation.subjects import find, used_in
from app.guidance.plan import Plan
from app.guidance.progress import Recorded, progress_of
from app.guidance.store import PlanStore
from app.storage.paths import DataFolder
from app.training.selection import cluster_of


@dataclass(frozen=True)
class Density:
    """The protocol's dataset as the scores need it: its plan, episodes that count by cluster, what is missing."""

    plan: Plan | None
    recorded: Mapping[str, int]
    missing: dict[str, int]


def results(folder: EvaluationFolder, data: DataFolder, store: DatasetStore) -> Results:
    """Everything that the trials so far say. Raises EvaluationNotFound, EvaluationInvalid."""
    found, trials = folder.evaluation(), folder.trials()
    density, episodes = density_of(found, store), episodes_of(found, store)
    planned = len(found.places) * len(found.entrants)
    scored = [_entrant(found, entrant, trials, density, data) for entrant in found.entrants]
    compared = comparisons(found, trials)
    return Results(
        name=found.name,
        done=len(done_of(trials)),
        planned=planned,
        entrants=scored,
        comparisons=compared,
        delays=_delays(found, scored),
        failures=failures(found, trials, episodes),
        broken=broken(found, trials),
        record_next=_next(scored, density),
        record_next_for=best.title if (best := _best(scored)) else "",
        findings=_findings(scored),
    )


def density_of(evaluation: Evaluation, store: DatasetStore) -> Density:
    """The dataset as it is now; nothing where it is gone."""
    name = evaluation.protocol.dataset
    try:
        dataset, plan = store.open(name), PlanStore(store).current(name)
    except StudioError:
        return Density(None, {}, {})
    recorded = _recorded(dataset, store)
    counts = Counter(cluster_of(episode, plan) for episode, one in recorded if one.counts)
    progress = progress_of(plan, [one for _, one in recorded]) if plan else None
    missing = {one.name: one.missing for one in progress.clusters} if progress else {}
    return Density(plan, counts, missing)


def episodes_of(evaluation: Evaluation, store: DatasetStore) -> dict[str, int]:
    """Where each recorded trial stands in the eval_ dataset now, by its episode's uuid."""
    if evaluation.eval_dataset not in store.names():
        return {}
    try:
        return {episode.facts.uuid: episode.index for episode in store.open(evaluation.eval_dataset).episodes()}
    except StudioError:
        return {}


def _recorded(dataset: Dataset, store: DatasetStore) -> list:
    standing = store.reviews(dataset.name).standing()
    rejected = {key for key, said in standing.items() if said.verdict is ReviewVerdict.rejected}
    return [
        (episode, Recorded(episode.facts, episode.facts.uuid not in rejected, episode.length))
        for episode in dataset.episodes()
    ]


def _entrant(
    evaluation: Evaluation, entrant: Entrant, trials: Sequence[Trial], density: Density, data: DataFolder
) -> EntrantResult:
    mine = [trial for trial in trials if trial.entrant == entrant.key]
    places = {place.key: place for place in evaluation.places}
    parts = {part: [trial for trial in mine if places[trial.place].part is part] for part in Part}
    p50 = [trial.latency_p50_ms for trial in mine if trial.latency_p50_ms is not None]
    p95 = [trial.latency_p95_ms for trial in mine if trial.latency_p95_ms is not None]
    times = [trial.duration_s for trial in mine if trial.success]
    execution = entrant.execution
    return EntrantResult(
        key=entrant.key,
        title=entrant.name,
        policy=entrant.policy,
        mode=str(execution.mode),
        emulated=execution.emulated,
        device=execution.device,
        delay_ms=delay_of(evaluation, entrant),
        training=score(parts[Part.training]),
        held_out=score(parts[Part.held_out]),
        new=score(parts[Part.new]),
        all=score(mine),
        clusters=_clusters(evaluation, entrant, mine, places, density, data),
        latency_p50_ms=float(np.median(p50)) if p50 else None,
        latency_p95_ms=float(np.median(p95)) if p95 else None,
        duration_s=float(np.mean(times)) if times else None,
        starved_steps=sum(trial.starved_steps for trial in mine),
        steps=sum(trial.steps for trial in mine),
        looks=sum(trial.looks for trial in mine),
        done=len(done_of(mine)),
        planned=len(evaluation.places),
    )


def delay_of(evaluation: Evaluation, entrant: Entrant) -> float | None:
    """The injected delay in ms, whole or as the sum of its stages; None where none is injected."""
    execution = entrant.execution
    if execution.own_delay:
        subject = evaluation.subject(entrant.key)
        return subject.measured_ms if subject else None
    if execution.delay_ms is not None:
        return execution.delay_ms
    return sum(execution.stages_ms.values()) if execution.stages_ms else None


def _clusters(
    evaluation: Evaluation,
    entrant: Entrant,
    mine: Sequence[Trial],
    places: Mapping[str, Place],
    density: Density,
    data: DataFolder,
) -> list[ClusterScore]:
    """Every cluster of the plan, tried or not, so that the map has no holes that nobody explains."""
    if density.plan is None:
        return []
    try:
        used = used_in(find(entrant.policy, data), data)
    except StudioError:
        used = None
    found = []
    for cluster in density.plan.clusters:
        here = [trial for trial in mine if places[trial.place].cluster == cluster.name]
        recorded = density.recorded.get(cluster.name, 0)
        found.append(
            ClusterScore(
                name=cluster.name,
                part=Part.held_out if cluster.name in density.plan.held_out else Part.training,
                x_cm=cluster.x_cm,
                y_cm=cluster.y_cm,
                size_x_cm=cluster.size_x_cm,
                size_y_cm=cluster.size_y_cm,
                recorded=recorded,
                used=None if used is None else used.get(cluster.name, 0),
                density=round(100.0 * recorded / (cluster.size_x_cm * cluster.size_y_cm), 2),
                taken_over=sum(trial.taken_over for trial in here),
                score=score(here),
            )
        )
    return found


def _delays(evaluation: Evaluation, scored: Sequence[EntrantResult]) -> list[DelayPoint]:
    """Only lines of two points or more: one delay is no range."""
    by_key = {entrant.key: entrant for entrant in evaluation.entrants}
    points = [
        DelayPoint(line=_line(by_key[one.key]), entrant=one.key, delay_ms=one.delay_ms, score=one.all)
        for one in scored
        if one.delay_ms is not None and one.all.trials
    ]
    counts = Counter(point.line for point in points)
    return sorted((point for point in points if counts[point.line] > 1), key=lambda point: (point.line, point.delay_ms))


def _line(entrant: Entrant) -> str:
    return f"{entrant.policy}, {choice_of(entrant.execution).words}"


def _best(scored: Sequence[EntrantResult]) -> EntrantResult | None:
    """For whom more is recorded: doing it for a policy that will not be deployed would be in vain."""
    tried = [one for one in scored if one.all.trials]
    return max(tried, key=lambda one: one.all.low or 0.0, default=None)


def _next(scored: Sequence[EntrantResult], density: Density) -> list[RecordNext]:
    best = _best(scored)
    return record_next(best, density.plan, density.missing) if best and density.plan else []


def _findings(scored: Sequence[EntrantResult]) -> list[str]:
    found = []
    for one in scored:
        if one.all.broken:
            found.append(
                f"{one.title}: {one.all.broken} trials crashed or were interrupted and count as neither; as failures, "
                f"{100 * (one.all.strict_share or 0):.0f} % of {one.all.trials + one.all.broken} succeed."
            )
        if one.starved_steps:
            found.append(
                f"{one.title}: {one.starved_steps:,} of {one.steps:,} steps had no action left and the arm held."
            )
        if one.done < one.planned:
            found.append(f"{one.title}: {one.done} of {one.planned} trials are done; figures may still move.")
    return found
