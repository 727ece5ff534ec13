"""Computes again what follows from rows and pictures: indices, times, lengths, statistics, totals, tasks.

What cannot be computed, a lost file or a picture that does not decode, is left
as it is: `verify` lists it afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.core.errors import Refused
from app.datasets.columns import episode_schema, episode_table, fact_values, facts_of, stat_values, stats_of, to_numpy
from app.datasets.disk import DISK, Disk
from app.datasets.episodes import data_path, read_episode_tables, video_path
from app.datasets.errors import DatasetUnreadable
from app.datasets.generation import link_tree
from app.datasets.layout import INFO, STATS, STUDIO, TASKS, DatasetHead
from app.datasets.packing import write_episodes
from app.datasets.stats import FeatureStats, PictureStats, aggregate, column_stats
from app.datasets.tables import parquet_bytes, read_tasks, stats_bytes, tasks_bytes
from app.datasets.verification.findings import Report
from app.datasets.video import count_packets, decode

type Said = Callable[[str, int, int], None]
_UNNAMED = "Task without words"
_HOPELESS = ("info_unreadable", "episodes_missing", "episodes_damaged", "data_missing", "data_damaged", "column_type")


class CannotMend(Refused):
    """What is left is not enough to compute the rest from."""

    code = "cannot_mend"


def mend(source: Path, target: Path, report: Report, said: Said, disk: Disk = DISK) -> list[str]:
    """Write dataset `source` to the empty folder `target`, mended; what was done, in words. Raises CannotMend."""
    hopeless = [one for one in report.errors if one.code in (*_HOPELESS, "column_missing") and not one.mendable]
    if hopeless:
        raise CannotMend(
            f"{report.name} cannot be repaired: {hopeless[0]}.",
            todo="Restore that file from a copy, or delete the episodes that lie in it.",
        )
    head = DatasetHead.read(source)
    table = read_episode_tables(source)
    rows = table.to_pylist()
    done: list[str] = []
    tasks = _tasks(source, rows, done)
    if (source / "videos").is_dir():
        link_tree(source / "videos", target / "videos", disk)
    keep = _common_lengths(source, head, rows, done)
    _write_rows(source, target, head, rows, keep, tasks, said, disk)
    _mend_pictures(source, head, rows, done)
    _write_meta(source, target, head, rows, tasks, table, disk)
    done.append("totals, indices, time stamps and statistics were computed again")
    return done


def _tasks(source: Path, rows: list[dict[str, Any]], done: list[str]) -> list[str]:
    """The tasks that are listed, and those that episodes name without their being listed."""
    try:
        tasks = list(dict.fromkeys(read_tasks(source)))
    except (OSError, pa.ArrowInvalid, DatasetUnreadable):
        tasks = []
    named = dict.fromkeys(task for row in rows for task in row["tasks"] or ())
    added = [task for task in named if task not in tasks]
    if added:
        done.append(f"{len(added)} tasks were listed again")
    for place, row in enumerate(rows):
        if not row["tasks"]:
            row["tasks"] = [tasks[0] if tasks else _UNNAMED]
            done.append(f"episode_index {place} had no task and has “{row['tasks'][0]}” now")
            added += [] if tasks or _UNNAMED in added else [_UNNAMED]
    return [*tasks, *added]


def _common_lengths(source: Path, head: DatasetHead, rows: list[dict[str, Any]], done: list[str]) -> list[int | None]:
    """How many rows of each episode have a picture of every camera; None where all have."""
    counts: dict[Path, int] = {}
    keep: list[int | None] = []
    for place, row in enumerate(rows):
        most: int | None = None
        for key in head.video_keys:
            path = video_path(source, head, row, key)
            if not path.exists():
                continue
            frames = counts.setdefault(path, count_packets(path))
            there = frames - round(row[f"videos/{key}/from_timestamp"] * head.fps)
            if 1 < there < (row["length"] or 0):
                most = there if most is None else min(most, there)
        if most is not None:
            done.append(f"episode_index {place} was cut to the {most} rows that have pictures of every camera")
        keep.append(most)
    return keep


def _write_rows(
    source: Path,
    target: Path,
    head: DatasetHead,
    rows: list[dict[str, Any]],
    keep: list[int | None],
    tasks: list[str],
    said: Said,
    disk: Disk,
) -> None:
    files: dict[Path, list[int]] = {}
    for place, row in enumerate(rows):
        files.setdefault(data_path(source, head, row), []).append(place)
    index = 0
    for number, (path, places) in enumerate(files.items()):
        said("Writing rows", number, len(files))
        data = pq.ParquetFile(path).read()
        episodes = data.column("episode_index").to_numpy()
        labelled = set(episodes.tolist()) == {rows[place]["episode_index"] for place in places}
        parts, at = [], 0
        for place in places:
            row = rows[place]
            length = row["length"] if len(places) > 1 else data.num_rows
            mine = data.filter(pa.array(episodes == row["episode_index"])) if labelled else data.slice(at, length)
            at += length
            part = _right(mine.slice(0, keep[place]), place, index, tasks.index(row["tasks"][0]), head.fps)
            row |= stat_values(_stats(part, head))
            row |= {
                "episode_index": place,
                "length": part.num_rows,
                "dataset_from_index": index,
                "dataset_to_index": index + part.num_rows,
            }
            parts.append(part)
            index += part.num_rows
        copy = target / path.relative_to(source)
        disk.make_folder(copy.parent)
        disk.write(copy, parquet_bytes(pa.concat_tables(parts), row_groups=[part.num_rows for part in parts]))


def _right(part: pa.Table, episode: int, first: int, task: int, fps: int) -> pa.Table:
    count = part.num_rows
    frames = np.arange(count, dtype=np.int64)
    made = {
        "timestamp": (frames / fps).astype(np.float32),
        "frame_index": frames,
        "episode_index": np.full(count, episode, np.int64),
        "index": frames + first,
    }
    if not 0 <= part.column("task_index")[0].as_py() == task:
        made["task_index"] = np.full(count, task, np.int64)
    for name, values in made.items():
        position = part.schema.get_field_index(name)
        field = part.schema.field(position)
        part = part.set_column(position, field, pa.array(values).cast(field.type))
    return part


def _stats(part: pa.Table, head: DatasetHead) -> dict[str, FeatureStats]:
    found = {}
    for key, feature in head.features.items():
        if key in part.column_names and feature["dtype"] not in ("string", "language", "image"):
            values = to_numpy(part.column(key))
            if values.dtype != object:
                found[key] = column_stats(values)
    return found


def _mend_pictures(source: Path, head: DatasetHead, rows: list[dict[str, Any]], done: list[str]) -> None:
    """Spans that follow from the lengths, and picture statistics that are missing."""
    for place, row in enumerate(rows):
        for key in head.video_keys:
            begin = row[f"videos/{key}/from_timestamp"]
            row[f"videos/{key}/to_timestamp"] = begin + row["length"] / head.fps
            path = video_path(source, head, row, key)
            if row.get(f"stats/{key}/mean") is None and path.exists():
                stats = PictureStats.for_rate(head.fps)
                first = round(begin * head.fps)
                for picture in decode(path, first, first + row["length"]):
                    stats.add(picture)
                row |= stat_values({key: stats.stats()})
                done.append(f"the statistics of {key} of episode_index {place} were computed from its pictures")


def _write_meta(
    source: Path,
    target: Path,
    head: DatasetHead,
    rows: list[dict[str, Any]],
    tasks: list[str],
    table: pa.Table,
    disk: Disk,
) -> None:
    disk.make_folder(target / INFO.parent)
    frames = sum(row["length"] for row in rows)
    disk.write(target / INFO, head.with_totals(len(rows), frames, len(tasks)).json_bytes())
    disk.write(target / TASKS, tasks_bytes(tasks))
    disk.write(target / STATS, stats_bytes(aggregate([stats_of(row) for row in rows])))
    if f"{STUDIO}uuid" in table.column_names:
        episodes = episode_table([row | fact_values(facts_of(row)) for row in rows], episode_schema(head.features))
    else:
        names = dict.fromkeys(name for row in rows for name in row)
        episodes = pa.table({name: [row.get(name) for row in rows] for name in names})
    write_episodes(episodes, target, head, disk, apart=len(rows) > 1)
