"""Everything the coverage page shows of a selection, in plain lists: aggregates, never rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.guidance.gaps import record_next
from app.guidance.plan import Plan
from app.guidance.progress import ClusterCount, Progress
from app.review.columns import Texts
from app.review.counting import clusters_on_the_map, progress_of, recorded_clusters, share_of
from app.review.differences import Difference, differences, same_clusters
from app.review.evenness import evenness
from app.review.gathered import UNKNOWN, Filter, Gathered, gather
from app.review.index import CoverageIndex
from app.review.layers import (
    SECTORS,
    Cells,
    Scale,
    cells_of,
    plain,
    scale_of,
    sector_of,
    values_of,
)
from app.review.marks import Marks, marks_of
from app.review.models import Layer, VerdictCode
from app.review.rates import Rate, rates_of

LENGTH_BINS = 12
_SYMMETRY_DEG = 180.0


@dataclass(frozen=True)
class ClusterCover:
    """One cluster of the plan. `accepted` fills a place: not rejected, not failed. None is unknown.

    `filled` of `planned` are places of the plan, over all episodes; the other
    counts are of the selection. `value` is the layer's.
    """

    name: str
    x_cm: float
    y_cm: float
    size_x_cm: float
    size_y_cm: float
    held_out: bool
    planned: int
    filled: int
    missing_recoveries: int
    recorded: int
    accepted: int
    rejected: int
    recovery_share: float | None
    evenness: float | None
    sectors: list[int]
    value: float | None


@dataclass(frozen=True)
class Totals:
    """Of the selection. `length_*` describe the takes' lengths in seconds; shares are 0 to 1, None where unknown."""

    episodes: int
    accepted: int
    rejected: int
    unreviewed: int
    failed: int
    frames: int
    hours: float
    recovery_by_episodes: float | None
    recovery_by_frames: float | None
    sectors: list[int]
    evenness: float | None
    operators: int
    length_median_s: float | None
    length_p10_s: float | None
    length_p90_s: float | None
    length_from_s: float
    length_bin_s: float
    lengths: list[int]


@dataclass(frozen=True)
class RecordNext:
    """A gap in words; `clusters` are what the operator's queue would put first for it."""

    text: str
    missing: int
    clusters: list[str]


@dataclass(frozen=True)
class Choice:
    """A value that a filter may take, and how many episodes of the datasets have it."""

    name: str
    count: int


@dataclass(frozen=True)
class Choices:
    operators: list[Choice]
    stations: list[Choice]
    clusters: list[Choice]
    days: list[Choice]


@dataclass(frozen=True)
class Survey:
    """`known` counts episodes that carry the studio's columns, of `total`; `without_cluster` of the selection."""

    datasets: list[str]
    total: int
    known: int
    has_plan: bool
    plan_version: int
    remaining: int | None
    pace_s: float | None
    layer: Layer
    scale: Scale
    cells: Cells
    marks: Marks
    clusters: list[ClusterCover]
    without_cluster: int
    totals: Totals
    days: list[Rate]
    operators: list[Rate]
    stations: list[Rate]
    gaps: list[RecordNext]
    choices: Choices
    differences: list[Difference]


def survey(
    index: CoverageIndex,
    names: Sequence[str],
    plans: Sequence[Plan | None],
    chosen: Filter,
    layer: Layer,
    *,
    now_s: float,
) -> Survey:
    """The datasets `names` as one; `plans` are theirs, in the same order, and the first one there is gives the map."""
    all, reads = gather(index, names)
    part = all.rows(chosen.mask(all))
    plan = next((plan for plan in plans if plan is not None), None)
    symmetry = plan.object.symmetry_deg if plan else _SYMMETRY_DEG
    same = np.array([plan is not None and same_clusters(plan, one) for one in plans], bool)
    progress = progress_of(plan, all, recorded_clusters(plan, all, same)) if plan else None
    cluster = clusters_on_the_map(plan, part, recorded_clusters(plan, part, same)) if plan else None
    cells = cells_of(part, layer, now_s=now_s, symmetry_deg=symmetry)
    covers = _covers(plan, progress, part, cluster, layer, now_s) if plan and progress and cluster is not None else []
    shown = [value for value in cells.value if value is not None]
    return Survey(
        datasets=list(names),
        total=len(all.columns),
        known=int(all.columns.known.sum()),
        has_plan=plan is not None,
        plan_version=plan.version if plan else 0,
        remaining=progress.remaining if progress else None,
        pace_s=progress.pace_s if progress else None,
        layer=layer,
        scale=scale_of(layer, np.array(shown, np.float64), part.columns.operator.names),
        cells=cells,
        marks=marks_of(part),
        clusters=covers,
        without_cluster=int((cluster.codes == 0).sum()) if cluster is not None else len(part.columns),
        totals=_totals(part, covers, symmetry),
        days=rates_of(part, part.columns.day),
        operators=rates_of(part, part.columns.operator),
        stations=rates_of(part, part.columns.station),
        gaps=_gaps(plan, progress) if plan and progress else [],
        choices=_choices(all),
        differences=differences(reads, plans) if len(reads) > 1 else [],
    )


def _covers(
    plan: Plan, progress: Progress, part: Gathered, cluster: Texts, layer: Layer, now_s: float
) -> list[ClusterCover]:
    size = len(cluster.names)
    symmetry = plan.object.symmetry_deg
    values = values_of(part, layer, cluster.codes.astype(np.int64), size, now_s=now_s, symmetry_deg=symmetry)
    counts = {count.name: count for count in progress.clusters}
    return [
        _cover(plan, counts[one.name], part, cluster.codes == number, plain(values)[number], symmetry)
        for number, one in enumerate(plan.clusters, start=1)
    ]


def _cover(
    plan: Plan, count: ClusterCount, part: Gathered, mine: np.ndarray, value: float | None, symmetry_deg: float
) -> ClusterCover:
    cluster = plan.cluster(count.name)
    accepted = mine & part.counts
    planned = count.nominal_planned + count.recovery_planned
    filled = count.nominal + min(count.recovery, count.recovery_planned)
    recoveries = int((accepted & part.recovery).sum())
    even = evenness(cluster, part.columns.x_cm[accepted], part.columns.y_cm[accepted])
    return ClusterCover(
        name=cluster.name,
        x_cm=cluster.x_cm,
        y_cm=cluster.y_cm,
        size_x_cm=cluster.size_x_cm,
        size_y_cm=cluster.size_y_cm,
        held_out=count.held_out,
        planned=planned,
        filled=filled,
        missing_recoveries=max(0, count.recovery_planned - count.recovery),
        recorded=int(mine.sum()),
        accepted=int(accepted.sum()),
        rejected=int((mine & (part.verdict == VerdictCode.rejected)).sum()),
        recovery_share=round(recoveries / int(accepted.sum()), 4) if accepted.any() else None,
        evenness=None if even is None else round(even, 3),
        sectors=_sectors(part.columns.yaw_deg[accepted], symmetry_deg),
        value=value,
    )


def _sectors(yaw_deg: np.ndarray, symmetry_deg: float) -> list[int]:
    known = yaw_deg[~np.isnan(yaw_deg)]
    return np.bincount(sector_of(known, symmetry_deg), minlength=SECTORS).tolist()


def _totals(part: Gathered, covers: Sequence[ClusterCover], symmetry_deg: float) -> Totals:
    seconds = part.seconds
    share = share_of(part.rows(part.counts))
    even = [cover.evenness for cover in covers if cover.evenness is not None]
    low, high = (float(seconds.min()), float(seconds.max())) if len(seconds) else (0.0, 0.0)
    width = (high - low) / LENGTH_BINS or 1.0
    quantiles = [round(float(q), 2) for q in np.percentile(seconds, (10, 50, 90))] if len(seconds) else [None] * 3
    operators = {part.columns.operator.names[code] for code in np.unique(part.columns.operator.codes)} - {""}
    return Totals(
        episodes=len(seconds),
        accepted=int(part.counts.sum()),
        rejected=int((part.verdict == VerdictCode.rejected).sum()),
        unreviewed=int((part.verdict == VerdictCode.none).sum()),
        failed=int(part.failed.sum()),
        frames=int(part.columns.length.sum()),
        hours=round(float(seconds.sum()) / 3600, 4),
        recovery_by_episodes=share.by_episodes if part.columns.known.any() else None,
        recovery_by_frames=share.by_frames if part.columns.known.any() else None,
        sectors=_sectors(part.columns.yaw_deg[part.counts], symmetry_deg),
        evenness=round(float(np.mean(even)), 3) if even else None,
        operators=len(operators),
        length_median_s=quantiles[1],
        length_p10_s=quantiles[0],
        length_p90_s=quantiles[2],
        length_from_s=round(low, 3),
        length_bin_s=round(width, 4),
        lengths=np.histogram(seconds, bins=LENGTH_BINS, range=(low, low + LENGTH_BINS * width))[0].tolist(),
    )


def _gaps(plan: Plan, progress: Progress) -> list[RecordNext]:
    """A gap of recoveries names the clusters that lack most of them."""
    lacking = sorted(progress.clusters, key=lambda one: one.recovery - one.recovery_planned)
    recovering = [one.name for one in lacking if one.recovery < one.recovery_planned][:3]
    return [
        RecordNext(gap.text, gap.missing, [gap.cluster] if gap.cluster else recovering)
        for gap in record_next(plan, progress)
    ]


def _choices(all: Gathered) -> Choices:
    columns = all.columns
    return Choices(
        operators=_counts(columns.operator),
        stations=_counts(columns.station),
        clusters=_counts(columns.cluster),
        days=_counts(columns.day),
    )


def _counts(texts: Texts) -> list[Choice]:
    numbers = np.bincount(texts.codes, minlength=len(texts.names))
    named = [Choice(name or UNKNOWN, int(n)) for name, n in zip(texts.names, numbers, strict=True) if n]
    return sorted(named, key=lambda choice: choice.name)
