"""Where an evaluation tries: places drawn from the plan and a seed, the same for every entrant, in a shuffled order."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from app.datasets import Dataset
from app.devices import Placement
from app.evaluation.errors import EvaluationInvalid
from app.evaluation.models import EvaluationProtocol, Part, Place, Places, Planned
from app.guidance.plan import Cluster, Plan
from app.guidance.polygon import contains
from app.guidance.targets import fraction, position_placement
from app.training.selection import cluster_of

FRESH = 1000  # positions of a cluster from here on were recorded by nobody; training scores begin here too
_APART = 7919  # seeds of evaluations differ by it, so that two of them share no place
_NEAR_CM = 1.0
_DRAWS = 4000

type Reachable = Callable[[float, float], bool]


def places_of(
    protocol: EvaluationProtocol, plan: Plan, dataset: Dataset, trained_on: Sequence[str], reachable: Reachable
) -> tuple[Place, ...]:
    """Every place once, by part and cluster. `trained_on` are the clusters that some entrant learnt from.

    Raises EvaluationInvalid for a cluster that the plan does not have, and where nothing would be tried.
    """
    named = [plan.cluster(name) for name in protocol.clusters] or list(plan.clusters)
    training = [one for one in named if one.name not in plan.held_out and (not trained_on or one.name in trained_on)]
    held_out = [one for one in named if one.name in plan.held_out]
    drawn: list[tuple[str, Part, int, Placement]] = []
    for clusters, part, count in (
        (training, Part.training, protocol.training),
        (held_out, Part.held_out, protocol.held_out),
    ):
        for cluster in clusters:
            drawn += [(cluster.name, part, *one) for one in _in_cluster(protocol, plan, dataset, cluster, count)]
    drawn += [("", Part.new, *one) for one in _outside(protocol, plan, reachable)]
    if not drawn:
        raise EvaluationInvalid(
            "This protocol tries nothing: no cluster with trials is left.",
            todo="Choose clusters, and one trial or more in each.",
        )
    return tuple(
        Place(
            key=f"{cluster or 'new'}/{position}",
            cluster=cluster,
            part=part,
            position=position,
            x_cm=place.x_cm,
            y_cm=place.y_cm,
            yaw_deg=place.yaw_deg,
            seed=FRESH + number,
        )
        for number, (cluster, part, position, place) in enumerate(drawn)
    )


def schedule(protocol: EvaluationProtocol, places: Sequence[Place], entrants: Sequence[str]) -> tuple[Planned, ...]:
    """Place after place in an order shuffled by the seed; at each, every entrant, their order shuffled too."""
    order = sorted(places, key=lambda place: fraction(protocol.seed, "order", place.key))
    turns = [
        (place, entrant)
        for place in order
        for entrant in sorted(entrants, key=lambda key: fraction(protocol.seed, place.key, key))
    ]
    return tuple(
        Planned(number=number, entrant=entrant, place=place) for number, (place, entrant) in enumerate(turns, start=1)
    )


def _in_cluster(
    protocol: EvaluationProtocol, plan: Plan, dataset: Dataset, cluster: Cluster, count: int
) -> list[tuple[int, Placement]]:
    if protocol.places is Places.recorded:
        return _recorded(protocol, plan, dataset, cluster, count)
    first = FRESH + protocol.seed * _APART
    return [(first + lap, position_placement(plan, cluster, first + lap)) for lap in range(count)]


def _recorded(
    protocol: EvaluationProtocol, plan: Plan, dataset: Dataset, cluster: Cluster, count: int
) -> list[tuple[int, Placement]]:
    """Where episodes of the cluster began, in an order of the seed; again from the first when there are too few."""
    known = [
        (episode.facts.uuid, Placement(facts.placed_x_cm, facts.placed_y_cm, facts.placed_yaw_deg))
        for episode in dataset.episodes()
        if (facts := episode.facts).kind != "recovery"
        and cluster_of(episode, plan) == cluster.name
        and np.isfinite([facts.placed_x_cm, facts.placed_y_cm, facts.placed_yaw_deg]).all()
    ]
    known.sort(key=lambda one: fraction(protocol.seed, one[0]))
    return [(number, known[number % len(known)][1]) for number in range(count if known else 0)]


def _outside(protocol: EvaluationProtocol, plan: Plan, reachable: Reachable) -> list[tuple[int, Placement]]:
    """Places in the workspace and in reach, outside every cluster and clear of the goal."""
    xs, ys = zip(*plan.workspace, strict=True)
    found: list[tuple[int, Placement]] = []
    for number in range(_DRAWS if protocol.new else 0):
        u, v, w = (fraction(protocol.seed, "new", axis, number) for axis in "xyw")
        x, y = min(xs) + u * (max(xs) - min(xs)), min(ys) + v * (max(ys) - min(ys))
        if _is_new(plan, x, y) and reachable(x, y):
            yaw = plan.orientations[number % len(plan.orientations)]
            turned = (yaw.yaw_deg + (2 * w - 1) * yaw.spread_deg + 180) % 360 - 180
            found.append((number, Placement(round(x, 2), round(y, 2), round(turned, 1))))
        if len(found) == protocol.new:
            return found
    if protocol.new:
        raise EvaluationInvalid(
            f"Only {len(found)} of {protocol.new} places outside the clusters are in the arm's reach.",
            todo="Ask for fewer new places, or make the workspace larger.",
        )
    return found


def _is_new(plan: Plan, x: float, y: float) -> bool:
    clear = math.hypot(x - plan.goal.x_cm, y - plan.goal.y_cm) > plan.goal.radius_cm + plan.object.length_cm
    return clear and contains(plan.workspace, (x, y)) and not any(one.contains(x, y) for one in plan.clusters)
