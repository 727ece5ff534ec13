"""Arrow types of everything that goes into a table: rows of a take, data of an episode, episodes of a dataset."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from app.datasets.layout import (
    ACTION,
    IMAGES,
    INTERVENTION,
    MONOTONIC,
    RECOVERY,
    STATE,
    STUDIO,
    age_column,
    features,
    repeated_column,
)
from app.datasets.models import DatasetFormat, EpisodeFacts
from app.datasets.stats import KEYS, FeatureStats

_SCALARS: Mapping[str, pa.DataType] = {
    "float32": pa.float32(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "bool": pa.bool_(),
    "string": pa.string(),
}
_FACT_TYPES: Mapping[str, pa.DataType] = {"int": pa.int64(), "float": pa.float64(), "str": pa.string()}
FACT_NAMES = tuple(field.name for field in dataclasses.fields(EpisodeFacts))
UNKNOWN_FACTS = EpisodeFacts(uuid="")


def row_schema(format: DatasetFormat) -> pa.Schema:
    """A take's journal: what only the recorder knows; the rest of a data row follows from its place."""
    vector = pa.list_(pa.float32(), len(format.joints))
    fields = [pa.field(ACTION, vector), pa.field(STATE, vector)]
    for camera in format.cameras:
        fields.append(pa.field(age_column(camera.name), pa.float32()))
        fields.append(pa.field(repeated_column(camera.name), pa.bool_()))
    fields.append(pa.field(MONOTONIC, pa.float64()))
    fields += [pa.field(INTERVENTION, pa.bool_()), pa.field(RECOVERY, pa.bool_())]
    return pa.schema(fields)


def data_schema(table: Mapping[str, Mapping[str, Any]]) -> pa.Schema:
    """The data parquet's columns for the `features` of info.json, in their order."""
    fields = []
    for name, feature in table.items():
        if feature["dtype"] == "video":
            continue
        scalar = _SCALARS[feature["dtype"]]
        size = int(np.prod(feature["shape"]))
        fields.append(pa.field(name, scalar if size == 1 else pa.list_(scalar, size)))
    return pa.schema(fields)


def data_table(rows: pa.Table, format: DatasetFormat, episode: int, first_index: int, task: int) -> pa.Table:
    """A take's rows as one episode's data; `timestamp` is always frame_index / fps."""
    count = rows.num_rows
    frames = np.arange(count, dtype=np.int64)
    made = {
        "timestamp": (frames / format.fps).astype(np.float32),
        "frame_index": frames,
        "episode_index": np.full(count, episode, np.int64),
        "index": frames + first_index,
        "task_index": np.full(count, task, np.int64),
    }
    schema = data_schema(features(format))
    columns = [pa.array(made[name]) if name in made else rows.column(name) for name in schema.names]
    return pa.table(columns, schema=schema)


def to_numpy(column: pa.ChunkedArray) -> np.ndarray:
    """A data column as (N,) or (N, D)."""
    joined = column.combine_chunks()
    if pa.types.is_fixed_size_list(joined.type):
        return np.asarray(joined.flatten()).reshape(len(joined), joined.type.list_size)
    if pa.types.is_list(joined.type) or pa.types.is_large_list(joined.type):
        return np.array(joined.to_pylist())
    return joined.to_numpy(zero_copy_only=False)


def episode_schema(table: Mapping[str, Mapping[str, Any]]) -> pa.Schema:
    """The columns of meta/episodes for the `features` of info.json: LeRobot's, statistics, then the studio's."""
    integer = pa.int64()
    fields = [
        pa.field("episode_index", integer),
        pa.field("tasks", pa.list_(pa.string())),
        pa.field("length", integer),
        pa.field("data/chunk_index", integer),
        pa.field("data/file_index", integer),
        pa.field("dataset_from_index", integer),
        pa.field("dataset_to_index", integer),
    ]
    for key, feature in table.items():
        if feature["dtype"] == "video":
            fields += [pa.field(f"videos/{key}/{part}", integer) for part in ("chunk_index", "file_index")]
            fields += [pa.field(f"videos/{key}/{part}", pa.float64()) for part in ("from_timestamp", "to_timestamp")]
    for key, feature in table.items():
        if feature["dtype"] not in ("string", "language"):
            fields += [pa.field(f"stats/{key}/{name}", _stat_type(feature, name)) for name in KEYS]
    fields += [pa.field(f"meta/episodes/{part}", integer) for part in ("chunk_index", "file_index")]
    return pa.schema(fields + fact_fields())


def _stat_type(feature: Mapping[str, Any], name: str) -> pa.DataType:
    if name == "count":
        return pa.list_(pa.int64())
    if feature["dtype"] in ("video", "image"):
        return pa.list_(pa.list_(pa.list_(pa.float64())))
    return pa.list_(pa.float64())


def fact_fields() -> list[pa.Field]:
    """The `studio/...` columns, of one fixed type each and never null."""
    return [
        pa.field(f"{STUDIO}{field.name}", _FACT_TYPES[str(field.type)]) for field in dataclasses.fields(EpisodeFacts)
    ]


def fact_values(facts: EpisodeFacts) -> dict[str, Any]:
    return {f"{STUDIO}{name}": _plain(getattr(facts, name)) for name in FACT_NAMES}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def facts_of(row: Mapping[str, Any]) -> EpisodeFacts:
    """The facts in a row of meta/episodes; what it lacks, or has as null, is unknown."""
    known: dict[str, Any] = {}
    for field in dataclasses.fields(EpisodeFacts):
        value = row.get(f"{STUDIO}{field.name}")
        if value is None or (field.type == "int" and math.isnan(value)):  # a merge makes NaN of a missing number
            continue
        known[field.name] = int(value) if field.type == "int" else value
    return dataclasses.replace(UNKNOWN_FACTS, **known)


def stat_values(stats: Mapping[str, FeatureStats]) -> dict[str, Any]:
    """Episode statistics as columns of meta/episodes."""
    return {
        f"stats/{key}/{name}": np.asarray(value).tolist() for key, one in stats.items() for name, value in one.items()
    }


def stats_of(row: Mapping[str, Any]) -> dict[str, FeatureStats]:
    """The statistics in a row of meta/episodes."""
    found: dict[str, FeatureStats] = {}
    for column, value in row.items():
        if column.startswith("stats/") and value is not None:
            key, name = column.removeprefix("stats/").rsplit("/", 1)
            array = np.atleast_1d(np.asarray(value))
            if key.startswith(IMAGES) and name != "count":
                array = array.reshape(-1, 1, 1)
            found.setdefault(key, {})[name] = array
    return found


def episode_table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows of meta/episodes in exactly `schema`."""
    return pa.table([pa.array([row[name] for row in rows], schema.field(name).type) for name in schema.names], schema)
