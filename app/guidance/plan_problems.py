"""What is wrong with a plan, all of it and before anything is recorded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import combinations

from app.guidance.errors import PlanInvalid, Problem
from app.guidance.plan import Cluster, Plan
from app.guidance.polygon import area, contains, crosses_itself
from app.guidance.targets import position_targets

type Reach = Callable[[float, float], bool]
"""Whether the arm can grasp at (x_cm, y_cm) on the table, by its kinematics."""


def require_sound(plan: Plan, reachable: Reach) -> Plan:
    """The plan itself, or `PlanInvalid` with every problem it has."""
    problems = problems_of(plan, reachable)
    if problems:
        raise PlanInvalid(problems)
    return plan


def problems_of(plan: Plan, reachable: Reach) -> tuple[Problem, ...]:
    """Numbers first: geometry is judged only once every number is finite and in range."""
    numbers = tuple(_number_problems(plan))
    if numbers:
        return numbers
    shape = (*_workspace_problems(plan), *_cluster_problems(plan), *_held_out_problems(plan), *_recovery_problems(plan))
    return shape or tuple(_target_problems(plan, reachable))


def _number_problems(plan: Plan) -> Iterator[Problem]:
    for where, value in _numbers(plan):
        if not math.isfinite(value):
            yield Problem(where, f"{where} is {value}, not a number.", "Give a finite number.")
    if not plan.task.strip():
        yield Problem("task", "The plan has no task sentence.", 'Say what the robot shall do, as "put the … in the …".')
    if not 0 <= plan.recovery_share < 1:
        yield Problem(
            "recovery_share",
            f"The recovery share is {plan.recovery_share:g}; it is a part of all takes.",
            "Choose a share from 0 to below 1, 0.2 for one take in five.",
        )
    for where, count in (
        ("positions_per_cluster", plan.positions_per_cluster),
        ("takes_per_position", plan.takes_per_position),
    ):
        if not 1 <= count <= 1000:
            yield Problem(where, f"{where} is {count}.", "Choose a whole number from 1 to 1000.")
    for where, length in _lengths(plan):
        if not length > 0:
            yield Problem(where, f"{where} is {length:g}.", "Choose a value above 0.")
    if plan.margin_cm < 0:
        yield Problem("margin_cm", f"The margin is {plan.margin_cm:g} cm.", "Choose 0 or more.")


def _numbers(plan: Plan) -> Iterator[tuple[str, float]]:
    yield "recovery_share", plan.recovery_share
    yield "margin_cm", plan.margin_cm
    for index, (x, y) in enumerate(plan.workspace):
        yield f"workspace[{index}].x_cm", x
        yield f"workspace[{index}].y_cm", y
    for cluster in plan.clusters:
        for name in ("x_cm", "y_cm", "size_x_cm", "size_y_cm"):
            yield f"clusters[{cluster.name}].{name}", getattr(cluster, name)
    for orientation in plan.orientations:
        yield f"orientations[{orientation.name}].yaw_deg", orientation.yaw_deg
        yield f"orientations[{orientation.name}].spread_deg", orientation.spread_deg
    yield from (("goal.x_cm", plan.goal.x_cm), ("goal.y_cm", plan.goal.y_cm))
    yield from _lengths(plan)
    for name, value in vars(plan.thresholds).items():
        yield f"thresholds.{name}", value


def _lengths(plan: Plan) -> Iterator[tuple[str, float]]:
    yield "tolerance.position_cm", plan.tolerance.position_cm
    yield "tolerance.yaw_deg", plan.tolerance.yaw_deg
    yield "object.length_cm", plan.object.length_cm
    yield "object.width_cm", plan.object.width_cm
    yield "object.symmetry_deg", plan.object.symmetry_deg
    yield "goal.radius_cm", plan.goal.radius_cm


def _workspace_problems(plan: Plan) -> Iterator[Problem]:
    if len(plan.workspace) < 3 or area(plan.workspace) < 1.0:
        yield Problem("workspace", "The workspace has no area.", "Draw at least three corners around the table's part.")
    elif crosses_itself(plan.workspace):
        yield Problem("workspace", "The workspace's border crosses itself.", "Draw its corners in order around it.")


def _cluster_problems(plan: Plan) -> Iterator[Problem]:
    if not plan.clusters:
        yield Problem("clusters", "The plan has no clusters.", "Let the program lay them out, or draw one.")
    for name in sorted({c.name for c in plan.clusters if [d.name for d in plan.clusters].count(c.name) > 1}):
        yield Problem("clusters", f"Two clusters are named {name!r}.", "Give each cluster its own name.")
    for cluster in plan.clusters:
        yield from _one_cluster(plan, cluster)
    for one, other in combinations(plan.clusters, 2):
        if one.overlaps(other):
            yield Problem(
                f"clusters[{other.name}]",
                f"Clusters {one.name} and {other.name} overlap.",
                "Move them apart: a take must belong to one cluster.",
            )


def _one_cluster(plan: Plan, cluster: Cluster) -> Iterator[Problem]:
    where = f"clusters[{cluster.name}]"
    if not cluster.name.strip():
        yield Problem("clusters", "A cluster has no name.", "Give each cluster a name.")
    least = 2 * plan.margin_cm
    if min(cluster.size_x_cm, cluster.size_y_cm) <= max(0.0, least):
        size = f"{cluster.size_x_cm:g} x {cluster.size_y_cm:g} cm"
        yield Problem(
            where,
            f"Cluster {cluster.name} is empty: {size} leaves no place inside a margin of {plan.margin_cm:g} cm.",
            f"Make it larger than {least:g} cm, or lower the margin.",
        )
    elif not all(contains(plan.workspace, corner, slack=0.05) for corner in cluster.corners):
        yield Problem(where, f"Cluster {cluster.name} leaves the workspace.", "Move it inside, or widen the workspace.")


def _held_out_problems(plan: Plan) -> Iterator[Problem]:
    names = {cluster.name for cluster in plan.clusters}
    for name in plan.held_out:
        if name not in names:
            yield Problem("held_out", f"The held-out cluster {name!r} does not exist.", "Choose one of the clusters.")
    kept = names & set(plan.held_out)
    if not kept:
        yield Problem(
            "held_out",
            "No cluster is held out, so nothing would tell whether the policy works where it was not taught.",
            "Hold out one cluster.",
        )
    elif kept == names:
        yield Problem("held_out", "Every cluster is held out; nothing is left to train on.", "Hold out fewer.")


def _recovery_problems(plan: Plan) -> Iterator[Problem]:
    if not plan.orientations:
        yield Problem("orientations", "The plan has no orientation.", "Name at least one way the object lies.")
    if plan.recovery_share > 0 and not plan.causes:
        yield Problem("causes", "Recoveries are asked for without a cause.", "Name a cause, or set the share to 0.")


def _target_problems(plan: Plan, reachable: Reach) -> Iterator[Problem]:
    """Targets only: a cluster may stick out of the reach where no position lies."""
    out_of_reach: dict[str, int] = {}
    for target in position_targets(plan):
        x, y = target.placement.x_cm, target.placement.y_cm
        if math.hypot(x - plan.goal.x_cm, y - plan.goal.y_cm) < plan.goal.radius_cm:
            yield Problem(
                f"clusters[{target.cluster}]",
                f"Position {target.position + 1} of cluster {target.cluster} lies under the {plan.goal.name}.",
                f"Move the cluster away from the {plan.goal.name}.",
            )
        elif not reachable(x, y):
            out_of_reach[target.cluster] = out_of_reach.get(target.cluster, 0) + 1
    for name, count in out_of_reach.items():
        yield Problem(
            f"clusters[{name}]",
            f"The arm cannot reach {count} of {plan.positions_per_cluster} positions of cluster {name}.",
            "Move the cluster nearer to where the arm reaches, or make it smaller.",
        )
