"""Which episodes a run learns from, how often each, and why the others are left out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from app.datasets import Dataset, Episode
from app.datasets.opinions import ReviewVerdict, Standing
from app.datasets.reviews import ReviewLog
from app.guidance.plan import Plan
from app.training.errors import DatasetMoved, NothingToTrain
from app.training.models import EpisodeUse, Run, RunSettings

HELD_OUT = "held out"


def choose(dataset: Dataset, plan: Plan | None, settings: RunSettings) -> tuple[EpisodeUse, ...]:
    """Every episode of the dataset, in its order. Raises NothingToTrain when none is left."""
    standing = ReviewLog(dataset.folder).standing()
    uses = [_use(episode, plan, standing.get(episode.facts.uuid), settings) for episode in dataset.episodes()]
    if not any(use.times for use in uses):
        reasons = sorted({use.why for use in uses})
        raise NothingToTrain(
            f"None of {dataset.name}'s {len(uses)} episodes may be trained on: {'; '.join(reasons) or 'it is empty'}.",
            todo="Record or accept more episodes, or change what counts.",
        )
    return tuple(uses)


def cluster_of(episode: Episode, plan: Plan | None) -> str:
    """The cluster it was recorded for; of an episode without one, the cluster that the object lay in."""
    facts = episode.facts
    if facts.cluster or plan is None or not np.isfinite([facts.placed_x_cm, facts.placed_y_cm]).all():
        return facts.cluster
    return next((one.name for one in plan.clusters if one.contains(facts.placed_x_cm, facts.placed_y_cm)), "")


def content_hash(dataset: Dataset, uses: Sequence[EpisodeUse]) -> str:
    """Of what the used episodes hold: uuid, states, actions and instants; files and their places do not count."""
    digest = hashlib.sha256()
    for use in uses:
        signals = dataset.signals(use.index)
        digest.update(f"{use.uuid}:{use.frames}:".encode())
        for name in ("observation.state", "action", "capture.monotonic_s"):
            if name in signals:
                digest.update(np.ascontiguousarray(signals[name]).tobytes())
    return digest.hexdigest()


def require_same(dataset: Dataset, run: Run) -> None:
    """Raises DatasetMoved unless every episode is still where the run found it."""
    found = {episode.index: (episode.facts.uuid, episode.length) for episode in dataset.episodes()}
    moved = [use.index for use in run.episodes if found.get(use.index) != (use.uuid, use.frames)]
    if moved:
        raise DatasetMoved(
            f"Episode {moved[0]} of {dataset.name} is not what it was when this run was described"
            f"{f', and {len(moved) - 1} others are not' if len(moved) > 1 else ''}.",
            todo="Start a new run on the dataset as it is, or restore the version it was described for.",
        )


def _use(episode: Episode, plan: Plan | None, said: Standing | None, settings: RunSettings) -> EpisodeUse:
    facts, cluster = episode.facts, cluster_of(episode, plan)
    why = _why_not(episode, cluster, plan, said, settings)
    times = 0 if why else settings.recovery_times if facts.kind == "recovery" else 1
    if not why and times == 0:
        why = "recoveries are left out"
    return EpisodeUse(
        index=episode.index,
        uuid=facts.uuid,
        cluster=cluster,
        kind=str(facts.kind),
        frames=episode.length,
        times=times,
        why=why,
    )


def _why_not(episode: Episode, cluster: str, plan: Plan | None, said: Standing | None, settings: RunSettings) -> str:
    verdict = said.verdict if said is not None else ReviewVerdict.none
    if plan is not None and cluster in plan.held_out:
        return f"{HELD_OUT} (cluster {cluster})"
    if settings.first_episodes and episode.index >= settings.first_episodes:
        return f"beyond the first {settings.first_episodes}"
    if verdict is ReviewVerdict.rejected:
        return f"rejected{f': {said.reason}' if said and said.reason else ''}"
    if settings.accepted_only and verdict is not ReviewVerdict.accepted:
        return "not accepted in review yet"
    outcome = episode.facts.outcome
    if settings.successes_only and episode.has_facts and outcome not in ("success", ""):
        return f"recorded as {outcome}"
    return ""
