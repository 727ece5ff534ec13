"""One printed sheet with four markers: laid flat on the table, it tells the camera where the table is."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.guidance.markers import Marker, MarkerFamily, marker_picture

SHEET_MM = (297, 210)  # A4, landscape
SIDE_MM = 40.0
OFFSET_MM = (110.0, 70.0)  # of each marker's middle from the sheet's cross
_CELLS = {MarkerFamily.april_36h11: 10, MarkerFamily.aruco_4x4: 6}


@dataclass(frozen=True)
class SheetPlace:
    """Where the sheet's cross lies (cm in the workspace frame), and its turn: at 0 its arrow points ahead."""

    x_cm: float = 25.0
    y_cm: float = 0.0
    yaw_deg: float = 0.0


def layout(place: SheetPlace) -> dict[int, Marker]:
    """The four markers by number: far left, far right, near right, near left of the sheet."""
    yaw = math.radians(place.yaw_deg)
    markers = {}
    for number, (ahead, left) in enumerate(_corners()):
        x, y = ahead / 10, left / 10
        markers[number] = Marker(
            place.x_cm + x * math.cos(yaw) - y * math.sin(yaw),
            place.y_cm + x * math.sin(yaw) + y * math.cos(yaw),
            SIDE_MM / 10,
            place.yaw_deg,
        )
    return markers


def sheet_svg(family: MarkerFamily) -> str:
    """The sheet to print at 100 %, sizes in mm, with a ruler to check the printer by."""
    wide, high = SHEET_MM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}mm" height="{high}mm" viewBox="0 0 {wide} {high}">',
        f'<rect width="{wide}" height="{high}" fill="#fff"/>',
        f"<title>Understudy table markers, {family}, {SIDE_MM:g} mm</title>",
    ]
    for number, (ahead, left) in enumerate(_corners()):
        x, y = wide / 2 - left - SIDE_MM / 2, high / 2 - ahead - SIDE_MM / 2
        parts += _marker(number, family, x, y)
    parts += _cross_and_ruler()
    return "\n".join([*parts, "</svg>"])


def _corners() -> tuple[tuple[float, float], ...]:
    """(ahead, left) of each marker's middle from the cross, mm."""
    left, ahead = OFFSET_MM
    return (ahead, left), (ahead, -left), (-ahead, -left), (-ahead, left)


def _marker(number: int, family: MarkerFamily, x: float, y: float) -> Iterator[str]:
    cells = _CELLS[family]
    picture = marker_picture(number, cells, family)
    cell = SIDE_MM / cells
    yield f'<g transform="translate({x:g} {y:g})" shape-rendering="crispEdges">'
    for row, column in np.argwhere(picture < 128):
        yield f'<rect x="{column * cell:g}" y="{row * cell:g}" width="{cell:g}" height="{cell:g}"/>'
    yield "</g>"


def _cross_and_ruler() -> list[str]:
    wide, high = SHEET_MM
    x, y = wide / 2, high / 2
    return [
        '<g stroke="#000" stroke-width="0.5" fill="none">',
        f'<path d="M{x - 12} {y}H{x + 12}M{x} {y + 12}V{y - 40}M{x - 4} {y - 33}L{x} {y - 40}L{x + 4} {y - 33}"/>',
        f'<path d="M{x - 50} {high - 14}H{x + 50}M{x - 50} {high - 17}v6M{x + 50} {high - 17}v6"/>',
        "</g>",
        '<g font-family="sans-serif" font-size="5" text-anchor="middle">',
        f'<text x="{x}" y="{y - 44}">ahead, away from the arm</text>',
        f'<text x="{x}" y="{high - 19}">100 mm: print at 100 %, then measure this line</text>',
        "</g>",
    ]
