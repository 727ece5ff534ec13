"""Throughput, rejection and drift, per day, operator and station."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.guidance.progress import PAUSE_S
from app.review.columns import Texts
from app.review.gathered import Gathered
from app.review.models import VerdictCode

MOST_ROWS = 60


@dataclass(frozen=True)
class Rate:
    """One day, operator or station; None is unknown.

    `per_hour` counts takes in an hour of work, breaks over ten minutes left out.
    `length_change` is the median length against that of everything shown, `off_cm`
    how far placements lie from their targets on the average, direction kept: what
    a shifted camera or a habit would do.
    """

    name: str
    episodes: int
    hours: float
    per_hour: float | None
    rejected: float
    failed: float | None
    median_s: float
    length_change: float | None
    off_cm: float | None


def rates_of(all: Gathered, by: Texts) -> list[Rate]:
    """In the order of names; of more than `MOST_ROWS` groups the last ones."""
    if not len(all.columns):
        return []
    last = sorted(by.names[code] for code in np.flatnonzero(np.bincount(by.codes)))[-MOST_ROWS:]
    rows = np.flatnonzero(by.among(last))
    order = rows[np.lexsort((all.columns.recorded_s[rows], by.codes[rows]))]
    codes = by.codes[order]
    begins = np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))
    usual_s = float(np.median(all.seconds))
    found = [
        _rate(by.names[by.codes[rows[0]]] or "unknown", all, rows, usual_s) for rows in np.split(order, begins[1:])
    ]
    return sorted(found, key=lambda rate: rate.name)


def _rate(name: str, all: Gathered, rows: np.ndarray, usual_s: float) -> Rate:
    """`rows` are in the order of time."""
    columns = all.columns
    gaps = np.diff(columns.recorded_s[rows])
    working = gaps[(gaps > 0) & (gaps < PAUSE_S)]
    labelled = columns.outcome.codes[rows] != columns.outcome.code("")
    off = np.column_stack([columns.off_x_cm[rows], columns.off_y_cm[rows]])
    off = off[~np.isnan(off).any(axis=1)]
    median_s = float(np.median(all.seconds[rows]))
    return Rate(
        name=name,
        episodes=len(rows),
        hours=round(float(all.seconds[rows].sum()) / 3600, 4),
        per_hour=round(3600.0 * len(working) / float(working.sum()), 1) if len(working) else None,
        rejected=round(float((all.verdict[rows] == VerdictCode.rejected).mean()), 4),
        failed=round(float(all.failed[rows][labelled].mean()), 4) if labelled.any() else None,
        median_s=round(median_s, 2),
        length_change=round(median_s / usual_s - 1, 4) if usual_s else None,
        off_cm=round(float(np.hypot(*off.mean(axis=0))), 2) if len(off) else None,
    )
