"""Where to record next: computed from where the policy fails and from what the plan still lacks there."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.evaluation.models import Part
from app.evaluation.results import ClusterScore, EntrantResult, RecordNext
from app.guidance.plan import Cluster, Plan

GOOD = 0.8  # a cluster whose success is at least this, as far as the trials tell, wants nothing
_MOST = 5
_SHARE = 0.5  # of the demonstrations a cluster has, so many more are asked for at a time
_LEAST_TAKES = 4
_TELLING = 3


def record_next(entrant: EntrantResult, plan: Plan, missing: dict[str, int]) -> list[RecordNext]:
    """At most five, the most urgent first. `missing` is what the plan still asks for, by cluster.

    A held-out cluster is never recorded for training: where it fails, its neighbours are asked for, since that is
    where a policy learns what lies between.
    """
    failing = [one for one in entrant.clusters if _fails(one)]
    found: dict[str, RecordNext] = {}
    for one in sorted(failing, key=lambda one: (_urgency(one), one.density, one.name)):
        if one.part is Part.training:
            found.setdefault(one.name, _in_cluster(one, missing.get(one.name, 0)))
        else:
            for name in _neighbours(plan, one.name, [c.name for c in entrant.clusters if c.part is Part.training]):
                found.setdefault(name, _beside(name, one, missing.get(name, 0)))
    for one in sorted(entrant.clusters, key=lambda one: -missing.get(one.name, 0)):
        if missing.get(one.name, 0) and one.part is Part.training:
            found.setdefault(one.name, _gap(one, missing[one.name]))
    return list(found.values())[:_MOST]


def _fails(one: ClusterScore) -> bool:
    """Whether its trials say anything, and not that it is good."""
    return one.score.trials >= _TELLING and (one.score.share or 0.0) < GOOD


def _urgency(one: ClusterScore) -> float:
    """The rate that the trials still allow: the worst and best known failures first."""
    return one.score.high if one.score.high is not None else 1.0


def _in_cluster(one: ClusterScore, missing: int) -> RecordNext:
    takes = max(missing, _LEAST_TAKES, math.ceil(_SHARE * one.recorded))
    why = f"{one.score.rate} there, with {one.recorded} demonstrations"
    taken = f", {one.taken_over} taken over" if one.taken_over else ""
    return RecordNext(clusters=[one.name], takes=takes, words=f"{takes} takes in cluster {one.name}: {why}{taken}.")


def _beside(name: str, held: ClusterScore, missing: int) -> RecordNext:
    takes = max(missing, _LEAST_TAKES)
    words = f"{takes} takes in cluster {name}, beside {held.name}, which stays held out: {held.score.rate} there."
    return RecordNext(clusters=[name], takes=takes, words=words)


def _gap(one: ClusterScore, missing: int) -> RecordNext:
    tried = f"{one.score.rate} there" if one.score.trials else "not tried yet"
    return RecordNext(
        clusters=[one.name],
        takes=missing,
        words=f"{missing} takes in cluster {one.name}: the plan still asks for them ({tried}).",
    )


def _neighbours(plan: Plan, name: str, among: Sequence[str]) -> list[str]:
    """The two nearest clusters that may be trained on."""
    here = plan.cluster(name)

    def apart(other: Cluster) -> float:
        return math.hypot(other.x_cm - here.x_cm, other.y_cm - here.y_cm)

    others = [one for one in plan.clusters if one.name in among and one.name != name]
    return [one.name for one in sorted(others, key=apart)[:2]]
