"""Taking back the last save: the episode leaves the dataset and lies in the trash of takes as a take."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import facts_of, row_schema, stats_of
from app.datasets.disk import Disk
from app.datasets.episodes import data_path, read_episode_tables, video_path
from app.datasets.errors import EpisodeNotFound
from app.datasets.generation import new_generation
from app.datasets.header import HEADER, ROWS, TRASH, StoppedTake, TakeHeader, video_name
from app.datasets.intent import Step, decide, outside, roll_forward, stage, staged
from app.datasets.layout import EPISODES_PATH, INFO, STATS, DatasetHead, repeated_column, video_key
from app.datasets.models import TakeSummary
from app.datasets.packing import split_off
from app.datasets.rows import write_rows
from app.datasets.snapshot import Layout, carry_over
from app.datasets.stats import aggregate
from app.datasets.tables import stats_bytes

_TAKE = "take"


def undo_last(folder: Path, takes_folder: Path, disk: Disk) -> str:
    """Take the last episode out; return its uuid. The caller holds the lock and has rolled forward.

    Raises EpisodeNotFound when there is none.
    """
    head = DatasetHead.read(folder)
    if head.total_episodes == 0:
        raise EpisodeNotFound(f"Dataset {folder.name} has no episode to take back.", todo="Record one first.")
    table = read_episode_tables(folder).slice(0, head.total_episodes)
    if _shares_files(table, head):
        _set_apart(folder, disk)
        table = read_episode_tables(folder).slice(0, head.total_episodes)
    row = table.slice(table.num_rows - 1).to_pylist()[0]
    uuid = facts_of(row).uuid or f"episode-{row['episode_index']}"
    staging = stage(folder, uuid, disk)
    disk.make_folder(staging / _TAKE)
    _stage_take(folder, head, row, uuid, staging / _TAKE, disk)
    shrunk = head.with_totals(head.total_episodes - 1, head.total_frames - row["length"], head.total_tasks)
    disk.write(staging / INFO.name, shrunk.json_bytes())
    rest = table.slice(0, table.num_rows - 1)
    if rest.num_rows:
        disk.write(staging / STATS.name, stats_bytes(aggregate(_all_stats(rest))))
    decide(folder, staging, _steps(folder, head, row, uuid, takes_folder, last=rest.num_rows == 0), disk)
    roll_forward(folder, disk)
    return uuid


def _steps(
    folder: Path, head: DatasetHead, row: Mapping[str, Any], uuid: str, takes_folder: Path, *, last: bool
) -> list[Step]:
    trash = Path(outside(folder, takes_folder / TRASH / f"{uuid}.{time.time_ns()}"))
    place = {"chunk_index": row["meta/episodes/chunk_index"], "file_index": row["meta/episodes/file_index"]}
    steps = [
        Step(staged(INFO.name), str(INFO)),
        Step(str(STATS)) if last else Step(staged(STATS.name), str(STATS)),
        Step(staged(_TAKE), str(trash), barrier=True),
        Step(EPISODES_PATH.format(**place), str(trash / "episode.parquet")),
        Step(str(data_path(folder, head, row).relative_to(folder)), str(trash / "data.parquet")),
    ]
    for camera in head.cameras:
        source = video_path(folder, head, row, video_key(camera.name)).relative_to(folder)
        steps.append(Step(str(source), str(trash / video_name(camera.name))))
    return steps


def _stage_take(folder: Path, head: DatasetHead, row: Mapping[str, Any], uuid: str, target: Path, disk: Disk) -> None:
    """The files that make a take of the episode again, but for its videos."""
    task = row["tasks"][0] if row["tasks"] else ""
    facts = dataclasses.replace(facts_of(row), uuid=uuid)
    disk.write(target / HEADER, TakeHeader(uuid, folder.name, head.format, task, facts).json_bytes())
    rows = pq.ParquetFile(data_path(folder, head, row)).read()
    schema = row_schema(head.format)
    repeated = {}
    if all(name in rows.column_names for name in schema.names):
        write_rows(target / ROWS, pa.table([rows.column(name) for name in schema.names], schema=schema), disk)
        for camera in head.cameras:
            repeated[camera.name] = sum(rows.column(repeated_column(camera.name)).to_pylist())
    length = row["length"]
    summary = TakeSummary(
        uuid=uuid,
        dataset=folder.name,
        task=task,
        rows=length,
        duration_s=length / head.fps,
        repeated=repeated,
        frames={camera.name: length for camera in head.cameras},
        bytes=sum(path.stat().st_size for path in _files_of(folder, head, row)),
        note=f"It was episode {row['episode_index']} of dataset {folder.name} and was taken back.",
    )
    StoppedTake(summary, {}).write(target, disk)


def _files_of(folder: Path, head: DatasetHead, row: Mapping[str, Any]) -> list[Path]:
    videos = [video_path(folder, head, row, video_key(camera.name)) for camera in head.cameras]
    return [data_path(folder, head, row), *videos]


def _all_stats(table: pa.Table) -> list[dict[str, Any]]:
    names = [name for name in table.column_names if name.startswith("stats/")]
    return [stats_of(row) for row in table.select(names).to_pylist()]


def _shares_files(table: pa.Table, head: DatasetHead) -> bool:
    """Whether the last episode lies in a file together with another."""
    if table.num_rows < 2:
        return False
    prefixes = ["data", "meta/episodes", *(f"videos/{key}" for key in head.video_keys)]
    last, previous = table.slice(table.num_rows - 1), table.slice(table.num_rows - 2, 1)
    return any(
        all(last.column(f"{p}/{i}")[0] == previous.column(f"{p}/{i}")[0] for i in ("chunk_index", "file_index"))
        for p in prefixes
    )


def _set_apart(folder: Path, disk: Disk) -> None:
    """A generation in which the last episode has files of its own."""
    layout = Layout.read(folder)
    last = layout.head.total_episodes - 1
    data = [[unit] for unit in split_off(layout.data, last)]
    videos = {
        key: [[unit] for unit in split_off(units, last, _frames_of_last(layout, key))]
        for key, units in layout.videos.items()
    }
    with new_generation(folder, disk) as beside:
        layout.write(beside, data, videos, disk, last_apart=True)
        carry_over(folder, beside, disk)


def _frames_of_last(layout: Layout, key: str) -> tuple[int, int]:
    """The frames of the last episode in its video."""
    row = layout.table.num_rows - 1
    begin, end = (layout.table.column(f"videos/{key}/{part}_timestamp")[row].as_py() for part in ("from", "to"))
    return round(begin * layout.head.fps), round(end * layout.head.fps)
