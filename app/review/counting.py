"""Progress towards a plan, counted from columns: the numbers of `guidance.progress_of` without a row in Python."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from app.guidance.plan import Cluster, Plan
from app.guidance.progress import PAUSE_S, ClusterCount, Progress, Share, planned_recoveries
from app.review.columns import Texts
from app.review.gathered import Gathered

_LAST = 20
_MOST_PLACES = 1_000_000


def progress_of(plan: Plan, all: Gathered, cluster: Texts) -> Progress:
    """`cluster` names the cluster of the plan that each episode belongs to."""
    filling = all.counts
    columns = all.columns
    places = _counted(cluster.codes, columns.position, filling & ~all.recovery)
    positions = Counter({(cluster.names[c], p): n for (c, p), n in places.items()})
    triples = _counted(cluster.codes, columns.position, filling & all.recovery, columns.cause.codes)
    recoveries = Counter({(cluster.names[c], p, columns.cause.names[k]): n for (c, p, k), n in triples.items()})
    kinds = np.bincount(columns.kind.codes[filling], minlength=len(columns.kind.names))
    return Progress(
        clusters=_clusters(plan, all, cluster, positions),
        positions=positions,
        orientations=_orientations(plan, cluster, _counted(cluster.codes, columns.position, filling)),
        recoveries=recoveries,
        kinds={name: int(n) for name, n in zip(columns.kind.names, kinds, strict=True) if n},
        share=share_of(all.rows(filling)),
        done=int(filling.sum()),
        planned=plan.total_takes,
        pace_s=pace_s(all),
    )


def share_of(filling: Gathered) -> Share:
    """Recoveries among episodes that fill a place."""
    return Share(
        episodes=len(filling.columns),
        recovery_episodes=int(filling.recovery.sum()),
        frames=int(filling.columns.length.sum()),
        recovery_frames=int(filling.columns.recovery_frames.sum()),
    )


def pace_s(all: Gathered) -> float | None:
    """Median seconds from one saved episode to the next over the last 20, breaks left out."""
    moments = all.columns.recorded_s
    gaps = np.diff(np.sort(moments[~np.isnan(moments)]))[-_LAST:]
    working = gaps[(gaps > 0) & (gaps < PAUSE_S)]
    return float(np.median(working)) if len(working) else None


def recorded_clusters(plan: Plan, all: Gathered, same_plan: np.ndarray) -> Texts:
    """The plan's cluster that each episode was recorded for, "" for none.

    `same_plan[d]` says whether dataset d was recorded to these clusters; the
    names of another dataset's clusters mean other places.
    """
    names = ("", *(cluster.name for cluster in plan.clusters))
    known = np.array([names.index(name) if name in names else 0 for name in (*all.columns.cluster.names, "")], np.int32)
    return Texts(np.where(same_plan[all.dataset], known[all.columns.cluster.codes], 0).astype(np.int32), names)


def clusters_on_the_map(plan: Plan, all: Gathered, recorded: Texts) -> Texts:
    """The recorded cluster, and where there is none the one that the object lay in."""
    found = recorded.codes.copy()
    elsewhere = found == 0
    found[elsewhere] = by_place(plan.clusters, all.columns.x_cm[elsewhere], all.columns.y_cm[elsewhere])
    return Texts(found, recorded.names)


def by_place(clusters: tuple[Cluster, ...], x_cm: np.ndarray, y_cm: np.ndarray) -> np.ndarray:
    """1 + the place of the first cluster that holds each point, 0 for none."""
    found = np.zeros(len(x_cm), np.int32)
    for number, cluster in reversed(list(enumerate(clusters, start=1))):
        inside = (abs(x_cm - cluster.x_cm) <= cluster.size_x_cm / 2) & (
            abs(y_cm - cluster.y_cm) <= cluster.size_y_cm / 2
        )
        found[inside] = number
    return found


def _counted(first: np.ndarray, second: np.ndarray, mask: np.ndarray, *more: np.ndarray) -> Mapping[tuple, int]:
    if not mask.any():
        return {}
    columns = [column[mask].astype(np.int64) for column in (first, second, *more)]
    lows = [int(column.min()) for column in columns]
    shape = [int(column.max()) - low + 1 for column, low in zip(columns, lows, strict=True)]
    if math.prod(shape) > _MOST_PLACES:  # an odd position number: sort instead of counting places
        found, numbers = np.unique(np.column_stack(columns), axis=0, return_counts=True)
        return {tuple(key): int(n) for key, n in zip(found.tolist(), numbers, strict=True)}
    flat = np.ravel_multi_index([c - low for c, low in zip(columns, lows, strict=True)], shape)
    counts = np.bincount(flat)
    there = np.flatnonzero(counts)
    places = zip(*(part.tolist() for part in np.unravel_index(there, shape)), strict=True)
    return {
        tuple(part + low for part, low in zip(place, lows, strict=True)): int(n)
        for place, n in zip(places, counts[there], strict=True)
    }


def _clusters(
    plan: Plan, all: Gathered, cluster: Texts, positions: Mapping[tuple[str, int], int]
) -> tuple[ClusterCount, ...]:
    size = len(cluster.names)
    recoveries = np.bincount(cluster.codes[all.counts & all.recovery], minlength=size)
    rejected = np.bincount(cluster.codes[~all.counts], minlength=size)
    planned = planned_recoveries(plan)
    indices = range(plan.positions_per_cluster)
    return tuple(
        ClusterCount(
            name=one.name,
            held_out=one.name in plan.held_out,
            nominal=sum(min(plan.takes_per_position, positions.get((one.name, index), 0)) for index in indices),
            nominal_planned=plan.positions_per_cluster * plan.takes_per_position,
            recovery=int(recoveries[cluster.code(one.name)]) if one.name in cluster.names else 0,
            recovery_planned=planned[one.name],
            rejected=int(rejected[cluster.code(one.name)]) if one.name in cluster.names else 0,
        )
        for one in plan.clusters
    )


def _orientations(plan: Plan, cluster: Texts, places: Mapping[tuple, int]) -> Counter[tuple[str, str]]:
    """By the position's place in the plan, as the queue deals them."""
    found: Counter[tuple[str, str]] = Counter()
    for (code, position), count in places.items():
        known = position >= 0 and plan.orientations
        name = plan.orientations[position % len(plan.orientations)].name if known else ""
        found[(cluster.names[code], name)] += count
    return found
