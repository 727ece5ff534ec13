"""The episodes of a dataset, ours or a foreign one, read from `meta/episodes`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import facts_of, to_numpy
from app.datasets.contentkey import ContentKeys
from app.datasets.errors import DatasetUnreadable, EpisodeNotFound
from app.datasets.layout import STUDIO, DatasetHead
from app.datasets.models import Episode

type Identity = tuple[int, int, int]


def identity(path: Path) -> Identity:
    """What changes when a file is replaced or rewritten."""
    stat = path.stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def episode_files(folder: Path) -> list[Path]:
    """The files of meta/episodes in the order in which LeRobot reads them."""
    return sorted((folder / "meta/episodes").glob("*/*.parquet"))


def read_episode_tables(folder: Path) -> pa.Table:
    """Every column of every episode, statistics too; columns missing in a file are null in its rows."""
    tables = [pq.ParquetFile(path).read() for path in episode_files(folder)]
    if not tables:
        return pa.table({"episode_index": pa.array([], pa.int64())})
    joined = pa.concat_tables([table.replace_schema_metadata() for table in tables], promote_options="permissive")
    return joined.combine_chunks()


class EpisodeIndex:
    """Rows of meta/episodes without statistics; a file is read again only when it changed."""

    def __init__(self) -> None:
        self.content = ContentKeys()
        self._files: dict[Path, tuple[Identity, list[dict[str, Any]]]] = {}

    def rows(self, folder: Path, head: DatasetHead) -> list[dict[str, Any]]:
        """One row an episode, in order; files that info.json does not count yet are left out."""
        rows: list[dict[str, Any]] = []
        for path in episode_files(folder):
            rows += self._read(path)
            if len(rows) >= head.total_episodes:
                break
        return rows[: head.total_episodes]

    def _read(self, path: Path) -> list[dict[str, Any]]:
        now = identity(path)
        known = self._files.get(path)
        if known and known[0] == now:
            return known[1]
        try:
            file = pq.ParquetFile(path)
            names = [name for name in file.schema_arrow.names if not name.startswith("stats/")]
            rows = file.read(columns=names).to_pylist()
        except (OSError, pa.ArrowInvalid) as error:
            raise DatasetUnreadable(
                f"{path.name} of meta/episodes is damaged ({error}).", todo="Restore the file from a copy."
            ) from error
        self._files[path] = (now, rows)
        return rows


def episode_of(row: Mapping[str, Any], fps: int) -> Episode:
    return Episode(
        index=row["episode_index"],
        length=row["length"],
        duration_s=row["length"] / fps,
        tasks=tuple(row["tasks"] or ()),
        facts=facts_of(row),
        has_facts=f"{STUDIO}uuid" in row,
    )


def data_path(folder: Path, head: DatasetHead, row: Mapping[str, Any]) -> Path:
    chunk, file = row["data/chunk_index"], row["data/file_index"]
    return folder / head.data_path.format(chunk_index=chunk, file_index=file)


def video_path(folder: Path, head: DatasetHead, row: Mapping[str, Any], key: str) -> Path:
    chunk, file = row[f"videos/{key}/chunk_index"], row[f"videos/{key}/file_index"]
    return folder / head.video_path.format(video_key=key, chunk_index=chunk, file_index=file)


def signals(folder: Path, head: DatasetHead, row: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Every data column of an episode as (N,) or (N, D)."""
    path = data_path(folder, head, row)
    try:
        table = pq.ParquetFile(path)
        groups = _groups_of(table, row["episode_index"])
        found = table.read_row_groups(groups) if groups else table.schema_arrow.empty_table()
    except (OSError, pa.ArrowInvalid) as error:
        raise DatasetUnreadable(
            f"{path.relative_to(folder)} cannot be read ({error}).", todo="Restore the file from a copy."
        ) from error
    mine = found.filter(pa.array(to_numpy(found.column("episode_index")) == row["episode_index"]))
    return {name: to_numpy(mine.column(name)) for name in mine.column_names}


def _groups_of(file: pq.ParquetFile, episode: int) -> list[int]:
    """The row groups whose statistics admit the episode; one, where an episode is a group of its own.

    `file.schema` is not asked: it and the footer hold each other, and megabytes stay until a collector comes by.
    """
    footer = file.metadata
    groups, position = [], None
    for group in range(footer.num_row_groups):
        read = footer.row_group(group)
        if position is None:
            paths = [read.column(index).path_in_schema for index in range(read.num_columns)]
            position = paths.index("episode_index")
        stats = read.column(position).statistics
        if stats is None or not stats.has_min_max or stats.min <= episode <= stats.max:
            groups.append(group)
    return groups


def video_range(folder: Path, head: DatasetHead, row: Mapping[str, Any], camera: str) -> tuple[Path, float, float]:
    """The file of a camera's video and the seconds in it that belong to the episode."""
    key = head.key_of(camera)
    if f"videos/{key}/chunk_index" not in row or key not in head.features:
        cameras = ", ".join(one.name for one in head.cameras)
        raise EpisodeNotFound(f"Dataset {folder.name} has no camera {camera!r}.", todo=f"It has {cameras or 'none'}.")
    path = video_path(folder, head, row, key)
    return path, row[f"videos/{key}/from_timestamp"], row[f"videos/{key}/to_timestamp"]
