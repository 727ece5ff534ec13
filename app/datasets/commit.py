"""Take to episode: everything is built beside, then decided by one rename, then moved into place.

The order of the moves lets LeRobot itself open the dataset after each of them:
files that info.json does not count yet are ignored by it, so they come first,
and info.json comes last. Nothing that grows with the dataset is rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import data_table, episode_schema, episode_table, fact_values, stat_values, to_numpy
from app.datasets.disk import Disk
from app.datasets.errors import DatasetUnreadable, TakeEmpty
from app.datasets.header import ROWS, StoppedTake, TakeHeader, video_name
from app.datasets.intent import Step, decide, outside, roll_forward, stage, staged
from app.datasets.layout import (
    DATA_PATH,
    EPISODES_PATH,
    INFO,
    STATS,
    TASKS,
    VIDEO_PATH,
    DatasetHead,
    features,
    free_file,
    repeated_column,
    video_key,
)
from app.datasets.models import EpisodeFacts, SaveReceipt
from app.datasets.rows import read_rows
from app.datasets.stats import FeatureStats, aggregate, column_stats
from app.datasets.tables import parquet_bytes, read_stats, read_tasks, stats_bytes, tasks_bytes
from app.datasets.takesfolder import saved_name
from app.datasets.video import count_frames


@dataclass(frozen=True)
class EpisodeFiles:
    """Where a new episode's files go: (chunk, file) by kind."""

    data: tuple[int, int]
    episodes: tuple[int, int]
    videos: Mapping[str, tuple[int, int]]

    @classmethod
    def free(cls, folder: Path, head: DatasetHead) -> EpisodeFiles:
        """After everything that is there."""
        size = head.chunks_size
        return cls(
            data=free_file(folder / "data", ".parquet", size),
            episodes=free_file(folder / "meta/episodes", ".parquet", size),
            videos={key: free_file(folder / "videos" / key, ".mp4", size) for key in head.video_keys},
        )

    @property
    def data_path(self) -> str:
        return DATA_PATH.format(chunk_index=self.data[0], file_index=self.data[1])

    @property
    def episodes_path(self) -> str:
        return EPISODES_PATH.format(chunk_index=self.episodes[0], file_index=self.episodes[1])

    def video_path(self, key: str) -> str:
        chunk, file = self.videos[key]
        return VIDEO_PATH.format(video_key=key, chunk_index=chunk, file_index=file)


def commit_take(folder: Path, take: Path, stopped: StoppedTake, facts: EpisodeFacts, disk: Disk) -> SaveReceipt:
    """Make the stopped take at `take` the next episode of the dataset at `folder`.

    The caller holds the dataset's lock and has checked the format. Raises
    TakeEmpty; OSError leaves dataset and take as they were.
    """
    header = TakeHeader.read(take)
    rows = read_rows(take / ROWS, header.format)
    if rows.num_rows == 0 or stopped.summary.rows == 0:
        raise TakeEmpty(f"Take {header.uuid} has no rows.", todo="Discard it and record again.", uuid=header.uuid)
    head = DatasetHead.read(folder)
    tasks = read_tasks(folder)
    new_task = header.task not in tasks
    tasks = [*tasks, header.task] if new_task else tasks
    files = EpisodeFiles.free(folder, head)
    table = data_table(rows, header.format, head.total_episodes, head.total_frames, tasks.index(header.task))
    stats = _episode_stats(table, header, stopped)
    row = _episode_row(header, table, stats, files, facts)

    staging = stage(folder, header.uuid, disk)
    disk.write(staging / "data.parquet", parquet_bytes(table))
    schema = episode_schema(features(header.format))
    disk.write(staging / "episodes.parquet", parquet_bytes(episode_table([row], schema)))
    before = read_stats(folder)
    disk.write(staging / STATS.name, stats_bytes(aggregate([before, stats] if before else [stats])))
    grown = head.with_totals(head.total_episodes + 1, head.total_frames + table.num_rows, len(tasks))
    disk.write(staging / INFO.name, grown.json_bytes())
    if new_task:
        disk.write(staging / TASKS.name, tasks_bytes(tasks))
    for camera in header.format.cameras:
        disk.link(take / video_name(camera.name), staging / video_name(camera.name))
    decide(folder, staging, _steps(folder, header, files, take, new_task=new_task), disk)
    roll_forward(folder, disk)
    return _receipt(folder, header, stopped, files, grown)


def _steps(folder: Path, header: TakeHeader, files: EpisodeFiles, take: Path, *, new_task: bool) -> list[Step]:
    saved = take.with_name(saved_name(header.uuid))
    videos = [
        Step(staged(video_name(camera.name)), files.video_path(video_key(camera.name)))
        for camera in header.format.cameras
    ]
    return [
        *videos,
        Step(staged("data.parquet"), files.data_path),
        *([Step(staged(TASKS.name), str(TASKS))] if new_task else []),
        Step(staged("episodes.parquet"), files.episodes_path),
        Step(staged(STATS.name), str(STATS)),
        Step(staged(INFO.name), str(INFO), barrier=True),
        Step(outside(folder, take), outside(folder, saved), barrier=True, passing=True),
        Step(outside(folder, saved)),
    ]


def _episode_stats(table: pa.Table, header: TakeHeader, stopped: StoppedTake) -> dict[str, FeatureStats]:
    """In the order of the features, as LeRobot computes them."""
    result: dict[str, FeatureStats] = {}
    for key in features(header.format):
        if key in table.column_names:
            result[key] = column_stats(to_numpy(table.column(key)))
    for camera in header.format.cameras:
        result[video_key(camera.name)] = stopped.pictures[camera.name].stats()
    return result


def _episode_row(
    header: TakeHeader,
    table: pa.Table,
    stats: Mapping[str, FeatureStats],
    files: EpisodeFiles,
    facts: EpisodeFacts,
) -> dict[str, object]:
    length = table.num_rows
    first = table.column("index")[0].as_py()
    row: dict[str, object] = {
        "episode_index": table.column("episode_index")[0].as_py(),
        "tasks": [header.task],
        "length": length,
        "data/chunk_index": files.data[0],
        "data/file_index": files.data[1],
        "dataset_from_index": first,
        "dataset_to_index": first + length,
        "meta/episodes/chunk_index": files.episodes[0],
        "meta/episodes/file_index": files.episodes[1],
    }
    for key, (chunk, file) in files.videos.items():
        row |= {f"videos/{key}/chunk_index": chunk, f"videos/{key}/file_index": file}
        row |= {f"videos/{key}/from_timestamp": 0.0, f"videos/{key}/to_timestamp": length / header.format.fps}
    return row | stat_values(stats) | fact_values(facts)


def _receipt(
    folder: Path, header: TakeHeader, stopped: StoppedTake, files: EpisodeFiles, head: DatasetHead
) -> SaveReceipt:
    """Open the saved files again and count what is in them."""
    flags = pq.read_table(folder / files.data_path, columns=[repeated_column(c.name) for c in header.format.cameras])
    rows = flags.num_rows
    paths = [folder / files.data_path, folder / files.episodes_path]
    for camera in header.format.cameras:
        path = folder / files.video_path(video_key(camera.name))
        paths.append(path)
        frames = count_frames(path)
        if frames != rows:
            raise DatasetUnreadable(
                f"Episode {head.total_episodes - 1} has {rows} rows but {frames} frames of camera {camera.name}.",
                todo="Undo the last save and look at the disk.",
            )
    return SaveReceipt(
        dataset=folder.name,
        episode_index=head.total_episodes - 1,
        uuid=header.uuid,
        rows=rows,
        duration_s=rows / head.fps,
        repeated=int(np.logical_or.reduce([to_numpy(column).ravel() for column in flags.columns]).sum()),
        bytes=sum(path.stat().st_size for path in paths),
        saved_episodes=head.total_episodes,
    )
