"""What the map can show of a group of episodes, be it a square of the table or a cluster: one number each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.datasets.models import EpisodeKind
from app.devices.models import Outcome
from app.review.columns import Floats, Texts
from app.review.gathered import Gathered
from app.review.models import CheckLevel, Layer

CELL_CM = 2.0
SECTORS = 6
DAY_S = 86_400.0

Groups = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Scale:
    """How to read a layer: `low` and `high` are the ends of its colours, None where nothing has a value."""

    words: str
    unit: str
    low: float | None
    high: float | None
    names: list[str]


@dataclass(frozen=True)
class Cells:
    """Squares of the table, `size_cm` wide, that hold a take: square (i, j) begins at i * size, j * size."""

    size_cm: float
    i: list[int]
    j: list[int]
    count: list[int]
    value: list[float | None]


WORDS: Mapping[Layer, tuple[str, str]] = {
    Layer.progress: ("Accepted takes of those planned", "%"),
    Layer.density: ("Takes in each square", "takes"),
    Layer.success: ("Successes among labelled takes", "%"),
    Layer.recovery: ("Recoveries among takes", "%"),
    Layer.orientation: ("Ways of lying that are covered, of six 30-degree sectors", "%"),
    Layer.operator: ("Who recorded most", ""),
    Layer.age: ("Days since the newest take", "days"),
    Layer.checks: ("Takes without a warning among those checked", "%"),
}


def cells_of(all: Gathered, layer: Layer, *, now_s: float, symmetry_deg: float) -> Cells:
    """Every square with a placement in it; for the layer of progress the squares show density."""
    columns = all.columns
    there = ~np.isnan(columns.x_cm + columns.y_cm)
    part = all if there.all() else all.rows(there)
    i = np.floor(part.columns.x_cm / CELL_CM).astype(np.int64)
    j = np.floor(part.columns.y_cm / CELL_CM).astype(np.int64)
    if not len(i):
        return Cells(CELL_CM, [], [], [], [])
    low_i, low_j = i.min(), j.min()
    wide = int(j.max() - low_j) + 1
    keys, groups = np.unique((i - low_i) * wide + (j - low_j), return_inverse=True)
    shown = Layer.density if layer is Layer.progress else layer
    values = values_of(part, shown, groups, len(keys), now_s=now_s, symmetry_deg=symmetry_deg)
    return Cells(
        size_cm=CELL_CM,
        i=(keys // wide + low_i).tolist(),
        j=(keys % wide + low_j).tolist(),
        count=np.bincount(groups, minlength=len(keys)).tolist(),
        value=plain(values),
    )


def values_of(all: Gathered, layer: Layer, groups: Groups, size: int, *, now_s: float, symmetry_deg: float) -> Floats:
    """(size,) the layer's number of each group, NaN where nothing is known."""
    columns = all.columns
    match layer:
        case Layer.success:
            known = columns.outcome.codes != columns.outcome.code("")
            return _share(groups, size, columns.outcome.among((Outcome.success,)), known)
        case Layer.recovery:
            return _share(groups, size, columns.kind.among((EpisodeKind.recovery,)), columns.known)
        case Layer.checks:
            return _share(groups, size, all.levels == CheckLevel.ok, all.levels != CheckLevel.none)
        case Layer.orientation:
            return sectors_covered(columns.yaw_deg, groups, size, symmetry_deg)
        case Layer.operator:
            return _commonest(columns.operator, groups, size)
        case Layer.age:
            newest = np.full(size, -np.inf)
            known = ~np.isnan(columns.recorded_s)
            np.maximum.at(newest, groups[known], columns.recorded_s[known])
            return np.where(np.isinf(newest), np.nan, np.maximum(0.0, (now_s - newest) / DAY_S))
        case _:
            return np.bincount(groups, minlength=size).astype(np.float64)


def scale_of(layer: Layer, values: Floats, operators: tuple[str, ...]) -> Scale:
    """Shares go from 0 to 100 %; what counts, from nothing to the most there is."""
    words, unit = WORDS[layer]
    known = values[~np.isnan(values)]
    if layer is Layer.operator:
        return Scale(words, unit, None, None, [name or "unknown" for name in operators])
    if not len(known):
        return Scale(words, unit, None, None, [])
    return Scale(words, unit, 0.0, 100.0 if unit == "%" else max(1.0, float(known.max())), [])


def sector_of(yaw_deg: Floats, symmetry_deg: float) -> Groups:
    """Which sixth of what can be told apart a yaw lies in; the first begins at 0 degrees. NaN must be left out."""
    turn = np.mod(yaw_deg, symmetry_deg or 360.0)
    return np.minimum(turn / (symmetry_deg or 360.0) * SECTORS, SECTORS - 1).astype(np.int64)


def sectors_covered(yaw_deg: Floats, groups: Groups, size: int, symmetry_deg: float) -> Floats:
    """Percent of the sectors that each group has a take in; NaN where no yaw is known."""
    known = ~np.isnan(yaw_deg)
    if not known.any():
        return np.full(size, np.nan)
    seen = np.unique(groups[known] * SECTORS + sector_of(yaw_deg[known], symmetry_deg))
    counts = np.bincount(seen // SECTORS, minlength=size)
    return np.where(counts > 0, 100.0 * counts / SECTORS, np.nan)


def plain(values: Floats) -> list[float | None]:
    """For JSON, which knows no NaN."""
    return [None if value != value else round(value, 2) for value in values.tolist()]


def _share(groups: Groups, size: int, hit: np.ndarray, of: np.ndarray) -> Floats:
    total = np.bincount(groups[of], minlength=size)
    hits = np.bincount(groups[of & hit], minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, 100.0 * hits / total, np.nan)


def _commonest(texts: Texts, groups: Groups, size: int) -> Floats:
    width = max(1, len(texts.names))
    table = np.bincount(groups * width + texts.codes, minlength=size * width).reshape(size, width)
    return np.where(table.sum(axis=1) > 0, table.argmax(axis=1), np.nan).astype(np.float64)
