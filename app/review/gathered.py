"""The episodes of one or several datasets, side by side, and which of them a filter leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from app.datasets.models import EpisodeKind
from app.devices.models import Outcome
from app.review.columns import Columns, Mask, joined
from app.review.index import Codes, CoverageIndex, Read
from app.review.models import CheckLevel, VerdictCode

UNKNOWN = "unknown"
"""What a filter calls the text that nobody wrote."""


@dataclass(frozen=True)
class Gathered:
    """`dataset[i]` is the place in `names` of the i-th episode's dataset. `origin`: of what this is a selection."""

    names: tuple[str, ...]
    columns: Columns
    dataset: npt.NDArray[np.int32]
    verdict: Codes
    fps: npt.NDArray[np.float64]
    index: CoverageIndex
    origin: tuple[Gathered, Mask] | None = None

    @cached_property
    def levels(self) -> Codes:
        """`CheckLevel`s; read only when somebody asks for them."""
        if self.origin is not None:
            whole, mask = self.origin
            return whole.levels[mask]
        counts = np.bincount(self.dataset, minlength=len(self.names)).tolist()
        return np.concatenate([self.index.levels(name, n) for name, n in zip(self.names, counts, strict=True)])

    @cached_property
    def recovery(self) -> Mask:
        return self.columns.kind.among((EpisodeKind.recovery,))

    @cached_property
    def failed(self) -> Mask:
        return self.columns.outcome.among((Outcome.failure,))

    @cached_property
    def counts(self) -> Mask:
        """Fills a place of the plan: nobody rejected it, and it is no failed attempt."""
        return (self.verdict != VerdictCode.rejected) & ~self.failed

    @cached_property
    def seconds(self) -> npt.NDArray[np.float64]:
        return self.columns.length / self.fps

    def rows(self, mask: Mask) -> Gathered:
        """The episodes of `mask`."""
        columns = self.columns.rows(mask)
        return Gathered(
            self.names, columns, self.dataset[mask], self.verdict[mask], self.fps[mask], self.index, (self, mask)
        )


def gather(index: CoverageIndex, names: Sequence[str]) -> tuple[Gathered, tuple[Read, ...]]:
    """Read the datasets `names`, in this order."""
    reads = tuple(index.read(name) for name in names)
    sizes = [len(read.columns) for read in reads]
    gathered = Gathered(
        names=tuple(names),
        columns=joined([read.columns for read in reads]),
        dataset=np.repeat(np.arange(len(reads), dtype=np.int32), sizes),
        verdict=np.concatenate([read.verdict for read in reads]),
        fps=np.repeat([float(read.head.fps or 1) for read in reads], sizes),
        index=index,
    )
    return gathered, reads


@dataclass(frozen=True)
class Filter:
    """Which episodes are meant; an empty field leaves all.

    Days are ISO dates, both included; `area_cm` is x0, y0, x1, y1.
    """

    operator: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    station: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    day_from: str = ""
    day_to: str = ""
    area_cm: tuple[float, float, float, float] | None = None

    def mask(self, all: Gathered) -> Mask:
        """(N,) the episodes that it leaves."""
        columns = all.columns
        mask = np.ones(len(columns), bool)
        for wanted, texts in (
            (self.operator, columns.operator),
            (self.outcome, columns.outcome),
            (self.kind, columns.kind),
            (self.cluster, columns.cluster),
            (self.station, columns.station),
        ):
            if wanted:
                mask &= texts.among(["" if one == UNKNOWN else one for one in wanted])
        if self.verdict:
            mask &= np.isin(all.verdict, [VerdictCode[one] for one in self.verdict])
        if self.checks:
            mask &= np.isin(all.levels, [CheckLevel[one] for one in self.checks])
        return mask & self._days(columns) & self._inside(columns)

    def _days(self, columns: Columns) -> Any:
        if not (self.day_from or self.day_to):
            return True
        fits = [bool(d) and d >= self.day_from and (not self.day_to or d <= self.day_to) for d in columns.day.names]
        return np.array([*fits, False], bool)[columns.day.codes]

    def _inside(self, columns: Columns) -> Any:
        if self.area_cm is None:
            return True
        x0, y0, x1, y1 = self.area_cm
        x, y = columns.x_cm, columns.y_cm
        low_x, high_x, low_y, high_y = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        return (x >= low_x) & (x <= high_x) & (y >= low_y) & (y <= high_y)
