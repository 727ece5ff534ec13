"""What coverage knows of every episode, as one array a column: counted at once, never row by row."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.review.arrow import pc
from app.review.moments import days_of, moments_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_STUDIO = "studio/"
_RECOVERY_MEAN = "stats/studio.recovery/mean"
_TEXTS = ("cluster", "kind", "recovery_cause", "outcome", "operator", "driver", "rig")
_NUMBERS = ("placed_x_cm", "placed_y_cm", "placed_yaw_deg", "target_x_cm", "target_y_cm", "target_yaw_deg")

COLUMN_NAMES = (
    *("episode_index", "length", _RECOVERY_MEAN),
    *(f"{_STUDIO}{name}" for name in (*_TEXTS, *_NUMBERS, "uuid", "position", "recorded_at")),
)


@dataclass(frozen=True)
class Texts:
    """A column of few different texts: `names[codes[i]]` is the i-th; "" is unknown."""

    codes: npt.NDArray[np.int32]
    names: tuple[str, ...]

    def code(self, name: str) -> int:
        """-1 where nothing has that name."""
        return self.names.index(name) if name in self.names else -1

    def among(self, wanted: Sequence[str]) -> Mask:
        return np.isin(self.codes, [self.code(name) for name in wanted if name in self.names])

    def __getitem__(self, rows: Any) -> Texts:
        return Texts(self.codes[rows], self.names)


@dataclass(frozen=True)
class Columns:
    """Arrays of one length, an entry an episode.

    `x_cm`, `y_cm`, `yaw_deg` are where the object lay, where that is unknown
    where it should have lain, NaN where neither is known; `off_x_cm`,
    `off_y_cm` are from target to placement. `recovery_frames` counts rows marked
    as recovery (all of a recovery take that nobody marked). `recorded_s` is Unix
    time, NaN where unknown. `known` is false where a file has no studio columns.
    """

    index: Ints
    length: Ints
    recovery_frames: Ints
    x_cm: Floats
    y_cm: Floats
    yaw_deg: Floats
    off_x_cm: Floats
    off_y_cm: Floats
    position: Ints
    recorded_s: Floats
    known: Mask
    uuid: npt.NDArray[Any]
    cluster: Texts
    kind: Texts
    cause: Texts
    outcome: Texts
    operator: Texts
    driver: Texts
    station: Texts
    day: Texts

    def __len__(self) -> int:
        return len(self.index)

    def rows(self, rows: Any) -> Columns:
        """These rows only: a mask, a slice or positions."""
        return Columns(**{name: getattr(self, name)[rows] for name in FIELDS})


FIELDS = tuple(field.name for field in dataclasses.fields(Columns))


def columns_of(table: pa.Table) -> Columns:
    """The columns in rows of meta/episodes; what they lack is unknown."""
    count = table.num_rows
    texts = {name: _texts(table, name) for name in _TEXTS}
    numbers = {name: _numbers(table, name) for name in _NUMBERS}
    placed = ~np.isnan(numbers["placed_x_cm"] + numbers["placed_y_cm"])
    moments = _column(table, f"{_STUDIO}recorded_at", pa.string())
    length = _integers(table, "length", 0)
    return Columns(
        index=_integers(table, "episode_index", -1),
        length=length,
        recovery_frames=_recovery_frames(table, length, texts["kind"]),
        x_cm=np.where(placed, numbers["placed_x_cm"], numbers["target_x_cm"]),
        y_cm=np.where(placed, numbers["placed_y_cm"], numbers["target_y_cm"]),
        yaw_deg=np.where(placed, numbers["placed_yaw_deg"], numbers["target_yaw_deg"]),
        off_x_cm=numbers["placed_x_cm"] - numbers["target_x_cm"],
        off_y_cm=numbers["placed_y_cm"] - numbers["target_y_cm"],
        position=_integers(table, f"{_STUDIO}position", -1),
        recorded_s=moments_of(moments),
        known=np.full(count, f"{_STUDIO}uuid" in table.column_names),
        uuid=_column(table, f"{_STUDIO}uuid", pa.string()).fill_null("").to_numpy(zero_copy_only=False),
        cluster=texts["cluster"],
        kind=texts["kind"],
        cause=texts["recovery_cause"],
        outcome=texts["outcome"],
        operator=texts["operator"],
        driver=texts["driver"],
        station=texts["rig"],
        day=_encoded(days_of(moments)),
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Parts of one dataset, or several datasets, one after the other."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return EMPTY
    return Columns(**{name: _join([getattr(part, name) for part in parts]) for name in FIELDS})


def join_texts(parts: Sequence[Texts]) -> Texts:
    """One numbering for all."""
    numbers: dict[str, int] = {}
    codes = []
    for part in parts:
        mapping = np.array([numbers.setdefault(name, len(numbers)) for name in part.names], np.int32)
        codes.append(mapping[part.codes] if len(mapping) else part.codes)
    return Texts(np.concatenate(codes), tuple(numbers))


def _join(values: Sequence[Any]) -> Any:
    return join_texts(values) if isinstance(values[0], Texts) else np.concatenate(values)


def _column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, kind)
    column = table.column(name).combine_chunks()
    if isinstance(column, pa.ChunkedArray):  # pyarrow leaves an empty column so
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.nulls(0, column.type)
    return column if column.type == kind else pc.cast(column, kind, safe=False)


def _numbers(table: pa.Table, name: str) -> Floats:
    column = pc.fill_null(_column(table, f"{_STUDIO}{name}", pa.float64()), float("nan"))
    return column.to_numpy(zero_copy_only=False)


def _integers(table: pa.Table, name: str, unknown: int) -> Ints:
    """A merge by LeRobot may have made floating point, and NaN, of a missing number."""
    found = pc.fill_null(_column(table, name, pa.float64()), float(unknown)).to_numpy(zero_copy_only=False)
    return np.where(np.isnan(found), unknown, found).astype(np.int64)


def _texts(table: pa.Table, name: str) -> Texts:
    return _encoded(_column(table, f"{_STUDIO}{name}", pa.string()))


def _encoded(column: pa.Array) -> Texts:
    encoded = pc.dictionary_encode(pc.fill_null(column, ""))
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    return Texts(codes, tuple(encoded.dictionary.to_pylist()))


def _recovery_frames(table: pa.Table, length: Ints, kind: Texts) -> Ints:
    """From the episode's statistics: the mean of a column of yes and no is the share of yes."""
    share = np.zeros(len(length))
    if _RECOVERY_MEAN in table.column_names:
        column = table.column(_RECOVERY_MEAN)
        lists = pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
        if pa.types.is_list(lists.type) or pa.types.is_fixed_size_list(lists.type):
            share = pc.fill_null(pc.list_element(_whole(lists), 0), 0.0).to_numpy(zero_copy_only=False)
    marked = np.rint(np.nan_to_num(share) * length).astype(np.int64)
    unmarked = kind.among(("recovery",)) & (marked == 0)
    return np.where(unmarked, length, marked)


def _whole(lists: pa.Array) -> pa.Array:
    """Lists without an element become null, so that element 0 may be asked of each."""
    empty = pc.fill_null(pc.less(pc.list_value_length(lists), 1), True)
    if not pc.any(empty).as_py():
        return lists
    return pa.array([value or [None] for value in lists.to_pylist()], pa.list_(pa.float64()))


EMPTY = columns_of(pa.table({"episode_index": pa.array([], pa.int64())}))
