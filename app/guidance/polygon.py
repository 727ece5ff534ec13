"""Plane polygons in cm: area, containment, crossing edges. Corners are (x, y), closed implicitly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

type Point = tuple[float, float]


def area(corners: Sequence[Point]) -> float:
    """The unsigned area, cm^2; 0 for fewer than three corners."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in edges(corners))) / 2


def edges(corners: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    for index, corner in enumerate(corners):
        yield corner, corners[(index + 1) % len(corners)]


def contains(corners: Sequence[Point], point: Point, *, slack: float = 1e-6) -> bool:
    """Whether `point` lies in the polygon; the border counts (within `slack` cm)."""
    inside = False
    x, y = point
    for (ax, ay), (bx, by) in edges(corners):
        if _distance_to_edge(point, (ax, ay), (bx, by)) <= slack:
            return True
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside


def crosses_itself(corners: Sequence[Point]) -> bool:
    """Whether two edges that are not neighbours cross."""
    sides = list(edges(corners))
    for first in range(len(sides)):
        for second in range(first + 1, len(sides)):
            apart = second - first
            if apart in (1, len(sides) - 1):
                continue
            if _cross(*sides[first], *sides[second]):
                return True
    return False


def _distance_to_edge(point: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length
    t = min(1.0, max(0.0, t))
    return ((point[0] - a[0] - t * dx) ** 2 + (point[1] - a[1] - t * dy) ** 2) ** 0.5


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
