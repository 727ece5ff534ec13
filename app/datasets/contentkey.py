"""A name for an episode that has no uuid: what its rows say, whatever its index becomes.

A dataset that another program recorded carries no uuid, and its indexes move
when an episode is deleted or datasets are merged. Reviews are kept by this
name instead (docs/decisions/0087): the same rows have the same name in every
file layout. Two episodes with exactly the same rows share it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import to_numpy
from app.datasets.errors import DatasetUnreadable
from app.datasets.layout import ACTION, STATE

PREFIX = "rows-"
_PLACES = {"index", "episode_index", "task_index", "frame_index", "timestamp"}  # say where, not what


class ContentKeys:
    """Keys by data file; a file is read again only when it changed."""

    def __init__(self) -> None:
        self._files: dict[Path, tuple[tuple[int, int, int], dict[int, str]]] = {}

    def of_file(self, path: Path) -> dict[int, str]:
        """The key of each episode with rows in `path`, by its index. Raises DatasetUnreadable."""
        try:
            stat = path.stat()
            now = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            known = self._files.get(path)
            if known is None or known[0] != now:
                known = self._files[path] = (now, _keys(path))
        except (OSError, pa.ArrowInvalid) as error:
            raise DatasetUnreadable(f"{path.name} of data cannot be read ({error}).", todo="Verify it.") from error
        return known[1]


def _keys(path: Path) -> dict[int, str]:
    file = pq.ParquetFile(path)
    found: dict[int, hashlib._Hash] = {}
    counts: dict[int, int] = {}
    names = _names(file.schema_arrow)
    for batch in file.iter_batches(columns=["episode_index", *names]):
        table = pa.Table.from_batches([batch])
        episodes = to_numpy(table.column("episode_index")).ravel()
        values = [_bytes_of(table.column(name)) for name in names]
        for episode in np.unique(episodes).tolist():
            mine = episodes == episode
            digest = found.setdefault(episode, hashlib.sha256())
            counts[episode] = counts.get(episode, 0) + int(mine.sum())
            for value in values:
                digest.update(np.ascontiguousarray(value[mine]).tobytes())
    return {episode: f"{PREFIX}{counts[episode]}-{digest.hexdigest()[:24]}" for episode, digest in found.items()}


def _names(schema: pa.Schema) -> list[str]:
    chosen = [name for name in (ACTION, STATE) if name in schema.names]
    if chosen:
        return chosen
    return [field.name for field in schema if field.name not in _PLACES and _numeric(field.type)]


def _numeric(type_: pa.DataType) -> bool:
    inner = type_.value_type if pa.types.is_list(type_) or pa.types.is_fixed_size_list(type_) else type_
    return pa.types.is_floating(inner) or pa.types.is_integer(inner)


def _bytes_of(column: pa.ChunkedArray) -> np.ndarray:
    """(N, D) in one precision: a tool that rewrites a file may widen its floats."""
    values = np.asarray(to_numpy(column), dtype="<f4")
    return values.reshape(len(values), -1)
