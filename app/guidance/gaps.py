"""The largest gaps of a dataset in plain words: what to record next, and why."""

from __future__ import annotations

from dataclasses import dataclass

from app.guidance.plan import Plan
from app.guidance.progress import ClusterCount, Progress


@dataclass(frozen=True)
class Gap:
    """One thing that is missing: how many takes close it, and where."""

    text: str
    missing: int
    cluster: str = ""


def record_next(plan: Plan, progress: Progress, *, most: int = 5) -> tuple[Gap, ...]:
    """At most `most` gaps, largest first; empty when the plan is fulfilled."""
    gaps = [gap for gap in (_recovery_gap(plan, progress), *_cluster_gaps(plan, progress)) if gap is not None]
    gaps += _orientation_gaps(plan, progress)
    return tuple(sorted(gaps, key=lambda gap: -gap.missing)[:most])


def _recovery_gap(plan: Plan, progress: Progress) -> Gap | None:
    missing = sum(max(0, cluster.recovery_planned - cluster.recovery) for cluster in progress.clusters)
    share = progress.share.by_episodes
    if missing == 0:
        return None
    now = "none so far" if not share else f"{share:.0%} of {progress.share.episodes} episodes so far"
    return Gap(
        f"{_takes(missing)} that begin in a partly failed state ({now}, planned {plan.recovery_share:.0%}).", missing
    )


def _cluster_gaps(plan: Plan, progress: Progress) -> list[Gap]:
    return [_cluster_gap(cluster) for cluster in progress.clusters if cluster.nominal < cluster.nominal_planned]


def _cluster_gap(cluster: ClusterCount) -> Gap:
    missing = cluster.nominal_planned - cluster.nominal
    held = " (held out, for validation)" if cluster.held_out else ""
    where = f"in cluster {cluster.name}{held}"
    if cluster.nominal == 0:
        return Gap(f"{_takes(missing)} {where}: nothing is recorded there yet.", missing, cluster.name)
    return Gap(
        f"{_takes(missing)} {where}: {cluster.nominal} of {cluster.nominal_planned} are there.", missing, cluster.name
    )


def _orientation_gaps(plan: Plan, progress: Progress) -> list[Gap]:
    """Only where a cluster has takes and one way of lying is wholly absent: else the cluster's gap says it."""
    gaps = []
    for cluster in progress.clusters:
        if cluster.nominal == 0:
            continue
        for orientation in plan.orientations:
            if progress.orientations.get((cluster.name, orientation.name), 0) == 0:
                missing = max(1, cluster.nominal_planned // len(plan.orientations))
                lying = f'with the {plan.object.name} lying "{orientation.name}"'
                gaps.append(Gap(f"{_takes(missing)} in cluster {cluster.name} {lying}.", missing, cluster.name))
    return gaps


def _takes(count: int) -> str:
    return "1 take" if count == 1 else f"{count} takes"
