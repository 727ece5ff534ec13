"""The parquet and JSON files of `meta/`, read and made as bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.errors import DatasetUnreadable
from app.datasets.layout import STATS, TASKS
from app.datasets.stats import FeatureStats, stats_from_json, stats_to_json

_TASK = "task"
_INDEX = "task_index"
_PANDAS_INDEX = "__index_level_0__"


def parquet_bytes(table: pa.Table, *, row_groups: list[int] | None = None) -> bytes:
    """A parquet file of `table`, one row group for each length in `row_groups`."""
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, compression="snappy", use_dictionary=True) as writer:
        start = 0
        for length in row_groups or [table.num_rows]:
            writer.write_table(table.slice(start, length))
            start += length
    return sink.getvalue().to_pybytes()


def read_tasks(folder: Path) -> list[str]:
    """The tasks in the order of their index; none when there is no tasks file yet."""
    path = folder / TASKS
    if not path.exists():
        return []
    table = pq.read_table(path)
    text = next((name for name in (_TASK, _PANDAS_INDEX) if name in table.column_names), None)
    if text is None or _INDEX not in table.column_names:
        raise DatasetUnreadable(f"{folder.name}/{TASKS} has no columns {_TASK} and {_INDEX}.")
    pairs = sorted(zip(table.column(_INDEX).to_pylist(), table.column(text).to_pylist(), strict=True))
    return [task for _, task in pairs]


def tasks_bytes(tasks: list[str]) -> bytes:
    """meta/tasks.parquet as pandas writes it: the task is the index, `task_index` the column."""
    pandas = {
        "index_columns": [_TASK],
        "column_indexes": [],
        "columns": [
            {"name": _INDEX, "field_name": _INDEX, "pandas_type": "int64", "numpy_type": "int64", "metadata": None},
            {"name": _TASK, "field_name": _TASK, "pandas_type": "unicode", "numpy_type": "object", "metadata": None},
        ],
        "creator": {"library": "pyarrow", "version": pa.__version__},
    }
    schema = pa.schema([pa.field(_INDEX, pa.int64()), pa.field(_TASK, pa.string())], {"pandas": json.dumps(pandas)})
    return parquet_bytes(pa.table([list(range(len(tasks))), tasks], schema=schema))


def read_stats(folder: Path) -> dict[str, FeatureStats] | None:
    """meta/stats.json; None before the first episode."""
    path = folder / STATS
    return stats_from_json(json.loads(path.read_text())) if path.exists() else None


def stats_bytes(stats: dict[str, FeatureStats]) -> bytes:
    return json.dumps(stats_to_json(stats), indent=4).encode()
