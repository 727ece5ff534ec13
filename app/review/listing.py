"""The selected episodes as a list, page by page: the only rows that go to a browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from app.review.gathered import Gathered
from app.review.models import VerdictCode


@dataclass(frozen=True)
class Listed:
    """One episode; None and "" are unknown."""

    dataset: str
    index: int
    uuid: str
    x_cm: float | None
    y_cm: float | None
    cluster: str
    kind: str
    outcome: str
    verdict: str
    operator: str
    duration_s: float
    recorded_at: str | None


@dataclass(frozen=True)
class Listing:
    total: int
    episodes: list[Listed]


def listing(part: Gathered, offset: int, limit: int) -> Listing:
    """Newest first; of the same age in the order of the datasets."""
    moments = np.nan_to_num(part.columns.recorded_s, nan=-1.0)
    order = np.argsort(-moments, kind="stable")[offset : offset + limit]
    return Listing(len(part.columns), [_listed(part, int(row)) for row in order])


def _listed(part: Gathered, row: int) -> Listed:
    columns = part.columns
    moment = float(columns.recorded_s[row])
    return Listed(
        dataset=part.names[part.dataset[row]],
        index=int(columns.index[row]),
        uuid=str(columns.uuid[row]),
        x_cm=_known(columns.x_cm[row]),
        y_cm=_known(columns.y_cm[row]),
        cluster=columns.cluster.names[columns.cluster.codes[row]],
        kind=columns.kind.names[columns.kind.codes[row]],
        outcome=columns.outcome.names[columns.outcome.codes[row]],
        verdict=VerdictCode(int(part.verdict[row])).name,
        operator=columns.operator.names[columns.operator.codes[row]],
        duration_s=round(float(part.seconds[row]), 2),
        recorded_at=None if moment != moment else datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds"),
    )


def _known(value: float) -> float | None:
    return None if value != value else round(float(value), 2)
