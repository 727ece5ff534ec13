"""The placements as marks: all of them while they can be told apart, else an even choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.review.gathered import Gathered

MOST = 2000
_SPREAD_CM = 1.0
_MIX = 2654435761


@dataclass(frozen=True)
class Marks:
    """One list a column. `outcome` and `operator` are places in the lists of names; `yaw_deg` is null where unknown.

    `unplaced` counts episodes of which no place is known; `of` those with one, of which `len(x_cm)` are here.
    """

    x_cm: list[float]
    y_cm: list[float]
    yaw_deg: list[float | None]
    recovery: list[bool]
    outcome: list[int]
    verdict: list[int]
    dataset: list[int]
    index: list[int]
    outcomes: list[str]
    newest: int | None
    of: int
    unplaced: int


def marks_of(all: Gathered, most: int = MOST) -> Marks:
    """At most `most` marks, spread over the table; the newest take is always among them."""
    placed = ~np.isnan(all.columns.x_cm + all.columns.y_cm)
    part = all if placed.all() else all.rows(placed)
    newest = _newest(part)
    of = len(part.columns)
    if of > most:
        chosen = thinned(part.columns.x_cm, part.columns.y_cm, most - 1)
        if newest is not None:
            chosen[newest] = True
            newest = int(chosen[:newest].sum())
        part = part.rows(chosen)
    columns = part.columns
    return Marks(
        x_cm=np.round(columns.x_cm, 2).tolist(),
        y_cm=np.round(columns.y_cm, 2).tolist(),
        yaw_deg=[None if yaw != yaw else round(yaw) for yaw in columns.yaw_deg.tolist()],
        recovery=part.recovery.tolist(),
        outcome=columns.outcome.codes.tolist(),
        verdict=part.verdict.tolist(),
        dataset=part.dataset.tolist(),
        index=columns.index.tolist(),
        outcomes=list(columns.outcome.names),
        newest=newest,
        of=of,
        unplaced=len(all.columns) - of,
    )


def thinned(x_cm: np.ndarray, y_cm: np.ndarray, most: int) -> np.ndarray:
    """(N,) which `most` points to draw: one of each square centimetre first, then a second of each, and so on.

    A lonely mark is therefore never the one that is left out, and the same takes give the same choice.
    """
    i, j = np.floor(x_cm / _SPREAD_CM).astype(np.int64), np.floor(y_cm / _SPREAD_CM).astype(np.int64)
    cell = (i - i.min()) * (int(j.max() - j.min()) + 1) + (j - j.min())
    mix = (np.arange(len(cell), dtype=np.uint64) * np.uint64(_MIX)) & np.uint64(0xFFFFFFFF)
    order = np.lexsort((mix, cell))
    begins = np.flatnonzero(np.diff(cell[order], prepend=cell[order[0]] - 1))
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    first = order[np.lexsort((mix[order], rank))[:most]]
    chosen = np.zeros(len(cell), bool)
    chosen[first] = True
    return chosen


def _newest(part: Gathered) -> int | None:
    moments = part.columns.recorded_s
    return None if not len(moments) or np.isnan(moments).all() else int(np.nanargmax(moments))
