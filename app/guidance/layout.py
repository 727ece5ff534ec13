"""Laying clusters out inside the arm's reach, and the default plan of an arm."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.guidance.errors import PlanInvalid, Problem
from app.guidance.plan import Cluster, Goal, PlacedObject, Plan
from app.guidance.plan_problems import Reach, require_sound

CLUSTERS = 11
SIZE_CM = 10.0
LEAST_SIZE_CM = 4.0
_CELLS = 5  # a cluster is judged at 6 x 6 points


@dataclass(frozen=True)
class Table:
    """The part of the table that is searched for reachable places, cm in the workspace frame.

    Nearer than `clear_of_base_cm` to the arm's base nothing is laid out: the arm
    can fold that far, but it hides the object from the top camera there.
    """

    x_from_cm: float = 0.0
    x_to_cm: float = 50.0
    y_from_cm: float = -50.0
    y_to_cm: float = 50.0
    clear_of_base_cm: float = 7.0


def default_plan(
    task: str,
    reachable: Reach,
    *,
    goal: Goal | None = None,
    placed: PlacedObject | None = None,
    clusters: int = CLUSTERS,
    seed: int = 0,
    table: Table | None = None,
) -> Plan:
    """The guide's plan for an arm: clusters inside its reach, the most central one held out.

    Clusters are 10 cm wide; an arm too short for all of them gets smaller ones
    (half centimetres down to 4 cm). Raises `PlanInvalid` when even those do not fit.
    """
    goal = goal or Goal()
    laid = lay_out(reachable, clusters, goal=goal, table=table or Table())
    plan = Plan(
        task=task,
        workspace=_around(laid),
        clusters=laid,
        held_out=(_most_central(laid).name,),
        goal=goal,
        object=placed or PlacedObject(),
        seed=seed,
    )
    return require_sound(plan, reachable)


def lay_out(reachable: Reach, count: int, *, goal: Goal, table: Table) -> tuple[Cluster, ...]:
    """`count` square clusters wholly inside the reach and clear of the goal, numbered from the far left."""
    size = SIZE_CM
    while size >= LEAST_SIZE_CM:
        centres = _best_sweep(_Grid(reachable, size, goal, table), count)
        if centres is not None:
            ordered = sorted(centres, key=lambda c: (-round(c[0], 3), -c[1]))
            return tuple(Cluster(str(i + 1), x, y, size, size) for i, (x, y) in enumerate(ordered))
        size -= 0.5
    raise PlanInvalid(
        (
            Problem(
                "clusters",
                f"The arm's reach has no room for {count} clusters of at least {LEAST_SIZE_CM:g} cm.",
                "Ask for fewer clusters, or check the arm's calibration and the table's height.",
            ),
        )
    )


class _Grid:
    """Reachability asked once a point, on a grid of a fifth of the cluster's size."""

    def __init__(self, reachable: Reach, size_cm: float, goal: Goal, table: Table) -> None:
        self.step = size_cm / _CELLS
        self.table = table
        self.columns = int((table.x_to_cm - table.x_from_cm) / self.step) + 1
        self.rows = int((table.y_to_cm - table.y_from_cm) / self.step) + 1
        self._reachable = reachable
        self._goal = goal
        self._known: dict[tuple[int, int], bool] = {}

    def point(self, i: int, j: int) -> tuple[float, float]:
        return self.table.x_from_cm + i * self.step, self.table.y_from_cm + j * self.step

    def free(self, i: int, j: int) -> bool:
        key = (i, j)
        if key not in self._known:
            x, y = self.point(i, j)
            clear = math.hypot(x - self._goal.x_cm, y - self._goal.y_cm) > self._goal.radius_cm + 1.0
            clear = clear and math.hypot(x, y) >= self.table.clear_of_base_cm
            self._known[key] = clear and self._reachable(x, y)
        return self._known[key]

    def square(self, i: int, j: int) -> bool:
        """Whether the cluster whose least corner is (i, j) lies wholly in the reach."""
        if i + _CELLS >= self.columns or j + _CELLS >= self.rows:
            return False
        return all(self.free(i + a, j + b) for a in range(_CELLS + 1) for b in range(_CELLS + 1))


def _best_sweep(grid: _Grid, count: int) -> list[tuple[float, float]] | None:
    """Place clusters greedily, sweeping over the table from each side and along rings; the fullest sweep wins.

    None when no sweep places `count`.
    """
    fitting = [(i, j) for i in range(grid.columns) for j in range(grid.rows) if grid.square(i, j)]
    best: list[tuple[int, int]] = []
    for order in _orders(grid):
        placed: list[tuple[int, int]] = []
        for i, j in sorted(fitting, key=order):
            if all(abs(i - a) >= _CELLS or abs(j - b) >= _CELLS for a, b in placed):
                placed.append((i, j))
        best = max(best, placed, key=len)
    if len(best) < count:
        return None
    half = grid.step * _CELLS / 2
    points = [grid.point(i, j) for i, j in best]
    return _most_compact([(round(x + half, 2), round(y + half, 2)) for x, y in points], count)


def _orders(grid: _Grid) -> Iterator[Callable[[tuple[int, int]], tuple[float, float]]]:
    """Ways to sweep the table: straight in 24 directions, and by the distance from the arm, outer or inner first."""
    for angle in range(0, 360, 15):
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        yield lambda at, c=c, s=s: (round(c * at[0] + s * at[1], 6), s * at[0] - c * at[1])

    def distance(at: tuple[int, int]) -> float:
        return math.hypot(*grid.point(*at))

    yield lambda at: (-distance(at), at[1])
    yield lambda at: (distance(at), at[1])


def _most_compact(centres: list[tuple[float, float]], count: int) -> list[tuple[float, float]]:
    """Drop the outliers: those farthest from the middle of all go first."""
    x = sum(c[0] for c in centres) / len(centres)
    y = sum(c[1] for c in centres) / len(centres)
    return sorted(centres, key=lambda c: (round(math.hypot(c[0] - x, c[1] - y), 3), c))[:count]


def _most_central(clusters: tuple[Cluster, ...]) -> Cluster:
    """Held out in the middle: validation then asks for interpolation, as the guide's cluster 6 does."""
    x = sum(c.x_cm for c in clusters) / len(clusters)
    y = sum(c.y_cm for c in clusters) / len(clusters)
    return min(clusters, key=lambda c: (math.hypot(c.x_cm - x, c.y_cm - y), c.name))


def _around(clusters: tuple[Cluster, ...]) -> tuple[tuple[float, float], ...]:
    xs = [x for cluster in clusters for x, _ in cluster.corners]
    ys = [y for cluster in clusters for _, y in cluster.corners]
    return (min(xs), min(ys)), (max(xs), min(ys)), (max(xs), max(ys)), (min(xs), max(ys))
