"""How far a dataset has come with its plan: counts, shares, and the time that is left."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from app.datasets.models import EpisodeFacts, EpisodeKind
from app.devices.models import Outcome
from app.guidance.plan import Plan

PAUSE_S = 600.0
"""A longer gap between two episodes is a break, not the pace."""


@dataclass(frozen=True)
class Recorded:
    """One saved episode as guidance sees it.

    `accepted` is the latest review (true while nobody rejected it). `frames` and
    `recovery_frames` count rows, the latter those marked `studio.recovery` (all
    of a recovery take that nobody marked).
    """

    facts: EpisodeFacts
    accepted: bool = True
    frames: int = 0
    recovery_frames: int = 0

    @property
    def counts(self) -> bool:
        """Whether it fills a place of the plan: accepted, and not a failed attempt."""
        return self.accepted and self.facts.outcome != Outcome.failure

    @property
    def is_recovery(self) -> bool:
        return self.facts.kind == EpisodeKind.recovery


@dataclass(frozen=True)
class Share:
    """Recoveries among all: by episodes and by frames, with the numbers behind each."""

    episodes: int
    recovery_episodes: int
    frames: int
    recovery_frames: int

    @property
    def by_episodes(self) -> float | None:
        """None while nothing is recorded."""
        return self.recovery_episodes / self.episodes if self.episodes else None

    @property
    def by_frames(self) -> float | None:
        return self.recovery_frames / self.frames if self.frames else None


@dataclass(frozen=True)
class ClusterCount:
    """What one cluster has and should have; `rejected` counts what does not fill a place."""

    name: str
    held_out: bool
    nominal: int
    nominal_planned: int
    recovery: int
    recovery_planned: int
    rejected: int

    @property
    def missing(self) -> int:
        return max(0, self.nominal_planned - self.nominal) + max(0, self.recovery_planned - self.recovery)


@dataclass(frozen=True)
class Progress:
    """Counts of episodes that fill a place of the plan.

    `positions` is keyed by (cluster, position) for nominal takes, `orientations`
    by (cluster, orientation name) for all, `recoveries` by (cluster, position, cause).
    """

    clusters: tuple[ClusterCount, ...]
    positions: Mapping[tuple[str, int], int]
    orientations: Mapping[tuple[str, str], int]
    recoveries: Mapping[tuple[str, int, str], int]
    kinds: Mapping[str, int]
    share: Share
    done: int
    planned: int
    pace_s: float | None

    @property
    def remaining(self) -> int:
        """Takes still missing, place by place: surplus in one cluster does not fill another."""
        return sum(cluster.missing for cluster in self.clusters)

    @property
    def time_left_s(self) -> float | None:
        """At the session's own pace; None while there is none."""
        return None if self.pace_s is None else self.remaining * self.pace_s


def progress_of(plan: Plan, recorded: Sequence[Recorded]) -> Progress:
    """Count what is recorded against the plan."""
    filling = [item for item in recorded if item.counts]
    positions = Counter(_place(item) for item in filling if not item.is_recovery)
    recoveries = Counter((*_place(item), item.facts.recovery_cause) for item in filling if item.is_recovery)
    return Progress(
        clusters=_cluster_counts(plan, recorded, positions),
        positions=positions,
        orientations=Counter(_orientation(plan, item) for item in filling),
        recoveries=recoveries,
        kinds=Counter(str(item.facts.kind) for item in filling),
        share=share_of(filling),
        done=len(filling),
        planned=plan.total_takes,
        pace_s=pace_s(recorded),
    )


def share_of(filling: Sequence[Recorded]) -> Share:
    return Share(
        episodes=len(filling),
        recovery_episodes=sum(item.is_recovery for item in filling),
        frames=sum(item.frames for item in filling),
        recovery_frames=sum(_recovery_frames(item) for item in filling),
    )


def pace_s(recorded: Sequence[Recorded]) -> float | None:
    """Median seconds from one saved episode to the next over the last 20, breaks left out."""
    moments = sorted(moment for item in recorded if (moment := _moment(item.facts.recorded_at)) is not None)
    gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
    working = [gap for gap in gaps[-20:] if 0 < gap < PAUSE_S]
    return statistics.median(working) if working else None


def planned_recoveries(plan: Plan) -> Mapping[str, int]:
    """How many recoveries the plan asks of each cluster: dealt evenly, the first ones get the rest."""
    if not plan.clusters:
        return {}
    each, rest = divmod(plan.recovery_takes, len(plan.clusters))
    return {cluster.name: each + (index < rest) for index, cluster in enumerate(plan.clusters)}


def _cluster_counts(
    plan: Plan, recorded: Sequence[Recorded], positions: Mapping[tuple[str, int], int]
) -> tuple[ClusterCount, ...]:
    recoveries = Counter(item.facts.cluster for item in recorded if item.counts and item.is_recovery)
    rejected = Counter(item.facts.cluster for item in recorded if not item.counts)
    planned = planned_recoveries(plan)
    return tuple(
        ClusterCount(
            name=cluster.name,
            held_out=cluster.name in plan.held_out,
            nominal=_filled(plan, cluster.name, positions),
            nominal_planned=plan.positions_per_cluster * plan.takes_per_position,
            recovery=recoveries[cluster.name],
            recovery_planned=planned[cluster.name],
            rejected=rejected[cluster.name],
        )
        for cluster in plan.clusters
    )


def _filled(plan: Plan, cluster: str, positions: Mapping[tuple[str, int], int]) -> int:
    """Places filled: more takes of one position than planned do not fill another."""
    indices = range(plan.positions_per_cluster)
    return sum(min(plan.takes_per_position, positions.get((cluster, index), 0)) for index in indices)


def _place(item: Recorded) -> tuple[str, int]:
    return item.facts.cluster, item.facts.position


def _orientation(plan: Plan, item: Recorded) -> tuple[str, str]:
    index = item.facts.position
    name = plan.orientations[index % len(plan.orientations)].name if index >= 0 and plan.orientations else ""
    return item.facts.cluster, name


def _recovery_frames(item: Recorded) -> int:
    if item.is_recovery and item.recovery_frames == 0:
        return item.frames
    return item.recovery_frames


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.astimezone()
