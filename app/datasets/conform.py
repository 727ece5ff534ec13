"""Data files as a commit writes them: LeRobot's tools change the types of vectors and join episodes' row groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import data_schema
from app.datasets.disk import DISK, Disk
from app.datasets.layout import DatasetHead
from app.datasets.tables import parquet_bytes

_KNOWN = ("float32", "float64", "int64", "bool", "string", "video")


def conform_rows(folder: Path, disk: Disk = DISK) -> int:
    """Rewrite data files whose types differ from the features'; how many. For a dataset that nobody else has open.

    A dataset with features that the studio does not write stays as it is.
    """
    head = DatasetHead.read(folder)
    if any(feature["dtype"] not in _KNOWN for feature in head.features.values()):
        return 0
    schema, count = data_schema(head.features), 0
    for path in sorted((folder / "data").glob("*/*.parquet")):
        file = pq.ParquetFile(path)
        found = file.schema_arrow
        if set(found.names) != set(schema.names) or found.remove_metadata().equals(schema):
            continue
        table = _cast(file.read(), schema)
        episodes = table.column("episode_index").to_numpy()
        lengths = np.diff([0, *(np.flatnonzero(np.diff(episodes)) + 1), len(episodes)])
        beside = path.with_name(f".{path.name}.new")
        disk.remove(beside)
        disk.write(beside, parquet_bytes(table, row_groups=[int(length) for length in lengths]))
        disk.rename(beside, path)
        count += 1
    return count


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = []
    for field in schema:
        column = table.column(field.name)
        if pa.types.is_fixed_size_list(field.type) and pa.types.is_list(column.type):
            flat = column.combine_chunks().flatten().cast(field.type.value_type)
            columns.append(pa.FixedSizeListArray.from_arrays(flat, field.type.list_size))
        else:
            columns.append(column.cast(field.type))
    return pa.table(columns, schema=schema)
