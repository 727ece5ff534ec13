"""Trimming episodes: LeRobot has no tool for it, so it is done on the format itself.

A trimmed episode is a new one: it gets a new uuid and names its parent. Its
rows count from 0 again, its statistics are computed anew, and its pictures lie
in a file of their own: packets are copied where the cut falls on a keyframe (a
GOP is two frames), decoded and encoded again where it does not. Rows of later
episodes move up in the dataset's index; everything before is a hard link.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import episode_schema, episode_table, fact_values, facts_of, stat_values, stats_of, to_numpy
from app.datasets.cuts import Cut, require_cuts
from app.datasets.disk import DISK, Disk
from app.datasets.episodes import data_path, read_episode_tables, video_path
from app.datasets.layout import INFO, STATS, STUDIO, TASKS, DatasetHead
from app.datasets.packing import write_episodes
from app.datasets.stats import FeatureStats, aggregate, column_stats
from app.datasets.tables import parquet_bytes, stats_bytes
from app.datasets.trimvideo import VideoCutter

type Said = Callable[[str, int, int], None]


def trim(source: Path, target: Path, cuts: list[Cut], said: Said, disk: Disk = DISK) -> None:
    """Write dataset `source` to the empty folder `target` with `cuts` made. `said(words, step, steps)` hears progress.

    Raises EpisodeNotFound, CutInvalid, EncodingFailed.
    """
    head = DatasetHead.read(source)
    table = read_episode_tables(source).slice(0, head.total_episodes)
    rows = table.to_pylist()
    wanted = {cut.episode: cut for cut in cuts}
    require_cuts(head, {row["episode_index"]: row["length"] for row in rows}, cuts)
    steps = len(cuts) * len(head.video_keys) + 1
    done = 0
    for key in head.video_keys:
        cutter = VideoCutter(source, target, head, key, wanted, disk)
        for path, members in _files(rows, lambda row, key=key: video_path(source, head, row, key)).items():
            said("Cutting videos", done, steps)
            cutter.write(path, members)
            done += sum(row["episode_index"] in wanted for row in members)
    said("Writing rows", steps - 1, steps)
    _write_rows(source, target, head, rows, wanted, disk)
    for row in rows:
        _place_in_studio(row, wanted.get(row["episode_index"]))
    _write_meta(source, target, head, rows, disk, table.schema)
    said("Writing rows", steps, steps)


# ---- rows ----


def _write_rows(
    source: Path, target: Path, head: DatasetHead, rows: list[dict[str, Any]], cuts: Mapping[int, Cut], disk: Disk
) -> None:
    """Every data file again from the first cut on; `rows` of meta/episodes follow."""
    index = 0
    for path, members in _files(rows, lambda row: data_path(source, head, row)).items():
        copy = target / path.relative_to(source)
        disk.make_folder(copy.parent)
        if index == members[0]["dataset_from_index"] and not any(row["episode_index"] in cuts for row in members):
            disk.link(path, copy)
            index = members[-1]["dataset_to_index"]
            continue
        read = pq.ParquetFile(path).read()
        episodes = read.column("episode_index").to_numpy()
        parts = []
        for row in members:
            mine = read.filter(pa.array(episodes == row["episode_index"]))
            cut = cuts.get(row["episode_index"])
            part = _renumbered(mine.slice(cut.start, cut.stop - cut.start) if cut else mine, head.fps, index)
            parts.append(part)
            row |= stat_values(_column_stats(part, head) if cut else _index_stats(part, head))
            row |= {
                "length": part.num_rows,
                "dataset_from_index": index,
                "dataset_to_index": index + part.num_rows,
            }
            index += part.num_rows
        joined = pa.concat_tables(parts)
        disk.write(copy, parquet_bytes(joined, row_groups=[part.num_rows for part in parts]))


def _files(rows: list[dict[str, Any]], path_of: Callable[[dict[str, Any]], Path]) -> dict[Path, list[dict[str, Any]]]:
    """The episodes of each file, in order."""
    files: dict[Path, list[dict[str, Any]]] = {}
    for row in rows:
        files.setdefault(path_of(row), []).append(row)
    return files


def _renumbered(part: pa.Table, fps: int, first: int) -> pa.Table:
    frames = np.arange(part.num_rows, dtype=np.int64)
    made = {"frame_index": frames, "index": frames + first, "timestamp": (frames / fps).astype(np.float32)}
    for name, values in made.items():
        position = part.schema.get_field_index(name)
        field = part.schema.field(position)
        part = part.set_column(position, field, pa.array(values).cast(field.type))
    return part


def _index_stats(part: pa.Table, head: DatasetHead) -> dict[str, FeatureStats]:
    """Of an episode that only moved."""
    return {"index": column_stats(to_numpy(part.column("index")))} if "index" in head.features else {}


def _column_stats(part: pa.Table, head: DatasetHead) -> dict[str, FeatureStats]:
    return {
        key: column_stats(to_numpy(part.column(key)))
        for key, feature in head.features.items()
        if key in part.column_names and feature["dtype"] not in ("string", "language")
    }


# ---- meta ----


def _place_in_studio(row: dict[str, Any], cut: Cut | None) -> None:
    facts = facts_of(row)
    if cut is not None and f"{STUDIO}uuid" in row:
        row |= fact_values(dataclasses.replace(facts, uuid=cut.uuid, parent_uuid=facts.uuid))


def _write_meta(
    source: Path, target: Path, head: DatasetHead, rows: list[dict[str, Any]], disk: Disk, schema: pa.Schema
) -> None:
    disk.make_folder(target / INFO.parent)
    frames = sum(row["length"] for row in rows)
    grown = head.with_totals(len(rows), frames, head.total_tasks)
    disk.write(target / INFO, grown.json_bytes())
    disk.write(target / STATS, stats_bytes(aggregate([stats_of(row) for row in rows])))
    disk.link(source / TASKS, target / TASKS)
    for path in _foreign(source / "meta"):
        disk.link(path, target / "meta" / path.name)
    if f"{STUDIO}uuid" in schema.names:
        episodes = episode_table([row | fact_values(facts_of(row)) for row in rows], episode_schema(head.features))
    else:
        episodes = pa.Table.from_pylist(rows, schema=schema)
    write_episodes(episodes, target, head, disk, apart=True)


def _foreign(meta: Path) -> Iterator[Path]:
    ours = {INFO.name, STATS.name, TASKS.name}
    return (path for path in sorted(meta.iterdir()) if path.is_file() and path.name not in ours)
