"""Writes a LeRobot v3.0 dataset whose pictures lie in the data files as PNG: small ones load much faster than video.

For training views: made once, read at random, thrown away with the run. Not
journalled like a take; an unfinished one has no info.json and is no dataset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.datasets.columns import data_schema, episode_schema, episode_table, fact_values, stat_values
from app.datasets.disk import DISK, Disk
from app.datasets.errors import EncodingFailed
from app.datasets.layout import (
    ACTION,
    DATA_PATH,
    EPISODES_PATH,
    INFO,
    STATE,
    STATS,
    TASKS,
    DatasetHead,
    video_key,
)
from app.datasets.models import CameraFormat, EpisodeFacts
from app.datasets.stats import KEYS, FeatureStats, aggregate, column_stats
from app.datasets.tables import parquet_bytes, stats_bytes, tasks_bytes

_FILE_BYTES = 64 * 2**20
_PICTURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1]  # read thousands of times: quick to open matters more than a few percent


@dataclass(frozen=True)
class PictureEpisode:
    """One episode to write: `state`, `action` (N, A) float32, N pictures as PNG and their statistics by camera."""

    task: str
    facts: EpisodeFacts
    state: npt.NDArray[np.float32]
    action: npt.NDArray[np.float32]
    pictures: Mapping[str, Sequence[bytes]]
    picture_stats: Mapping[str, FeatureStats]


def png(image: npt.NDArray[np.uint8]) -> bytes:
    """An RGB picture (H, W, 3) as PNG."""
    done, body = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _PNG)
    if not done:
        raise EncodingFailed(f"A picture of {image.shape} could not be written as PNG.")
    return body.tobytes()


def pictures_stats(images: Sequence[npt.NDArray[np.uint8]]) -> FeatureStats:
    """Statistics over every pixel of RGB pictures, values in 0..1, each (3, 1, 1) but `count`."""
    pixels = np.concatenate([image.reshape(-1, 3) for image in images]).astype(np.float32) / 255.0
    stats = column_stats(pixels)
    shaped = {key: np.asarray(stats[key]).reshape(3, 1, 1) for key in KEYS if key != "count"}
    return {**shaped, "count": np.array([len(images)])}


@dataclass
class PictureDataset:
    """`add` episodes in order, then `finish`."""

    folder: Path
    fps: int
    robot_type: str
    joints: tuple[str, ...]
    cameras: tuple[CameraFormat, ...]
    disk: Disk = DISK
    _tables: list[pa.Table] = field(default_factory=list)
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _stats: list[dict[str, FeatureStats]] = field(default_factory=list)
    _tasks: list[str] = field(default_factory=list)
    _frames: int = 0
    _bytes: int = 0
    _file: int = 0

    def add(self, episode: PictureEpisode) -> None:
        if episode.task not in self._tasks:
            self._tasks.append(episode.task)
        table = self._table(episode)
        stats = {key: column_stats(_numbers(table, key)) for key in table.column_names if _counted(key)}
        stats |= {video_key(name): dict(found) for name, found in episode.picture_stats.items()}
        row: dict[str, Any] = {
            "episode_index": len(self._rows),
            "tasks": [episode.task],
            "length": table.num_rows,
            "data/chunk_index": 0,
            "data/file_index": self._file,
            "dataset_from_index": self._frames,
            "dataset_to_index": self._frames + table.num_rows,
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
        }
        self._rows.append(row | stat_values(stats) | fact_values(episode.facts))
        self._stats.append(stats)
        self._tables.append(table)
        self._frames += table.num_rows
        self._bytes += sum(len(body) for bodies in episode.pictures.values() for body in bodies)
        if self._bytes >= _FILE_BYTES:
            self._flush()

    def finish(self) -> DatasetHead:
        """Write what is left and then the head, which makes it a dataset."""
        self._flush()
        disk, folder = self.disk, self.folder
        head = DatasetHead(self.fps, self.robot_type, self._features()).with_totals(
            len(self._rows), self._frames, len(self._tasks)
        )
        episodes = folder / EPISODES_PATH.format(chunk_index=0, file_index=0)
        disk.make_folder(episodes.parent)
        disk.write(episodes, parquet_bytes(episode_table(self._rows, episode_schema(self._features()))))
        disk.write(folder / TASKS, tasks_bytes(self._tasks))
        disk.write(folder / STATS, stats_bytes(aggregate(self._stats)))
        disk.write(folder / INFO, head.json_bytes())
        disk.sync_folder(folder / "meta")
        return head

    def _flush(self) -> None:
        if not self._tables:
            return
        path = self.folder / DATA_PATH.format(chunk_index=0, file_index=self._file)
        self.disk.make_folder(path.parent)
        joined = pa.concat_tables(self._tables)
        self.disk.write(path, parquet_bytes(joined, row_groups=[table.num_rows for table in self._tables]))
        self._tables, self._bytes, self._file = [], 0, self._file + 1

    def _table(self, episode: PictureEpisode) -> pa.Table:
        count = len(episode.state)
        frames = np.arange(count, dtype=np.int64)
        made: dict[str, Any] = {
            ACTION: pa.FixedSizeListArray.from_arrays(episode.action.ravel(), len(self.joints)),
            STATE: pa.FixedSizeListArray.from_arrays(episode.state.ravel(), len(self.joints)),
            "timestamp": (frames / self.fps).astype(np.float32),
            "frame_index": frames,
            "episode_index": np.full(count, len(self._rows), np.int64),
            "index": frames + self._frames,
            "task_index": np.full(count, self._tasks.index(episode.task), np.int64),
        }
        for name, bodies in episode.pictures.items():
            made[video_key(name)] = [{"bytes": body, "path": None} for body in bodies]
        table = self._features()
        plain = data_schema({key: one for key, one in table.items() if one["dtype"] != "image"})
        schema = pa.schema(
            [pa.field(key, _PICTURE) if one["dtype"] == "image" else plain.field(key) for key, one in table.items()]
        )
        return pa.table([pa.array(made[one.name], one.type) for one in schema], schema=schema)

    def _features(self) -> dict[str, dict[str, Any]]:
        names = [f"{joint}.pos" for joint in self.joints]
        vector = {"dtype": "float32", "shape": [len(names)], "names": names}
        table: dict[str, dict[str, Any]] = {ACTION: vector, STATE: dict(vector)}
        for camera in self.cameras:
            shape = [camera.height, camera.width, 3]
            table[video_key(camera.name)] = {
                "dtype": "image",
                "shape": shape,
                "names": ["height", "width", "channels"],
            }
        table["timestamp"] = {"dtype": "float32", "shape": [1], "names": None}
        for name in ("frame_index", "episode_index", "index", "task_index"):
            table[name] = {"dtype": "int64", "shape": [1], "names": None}
        return table


def _counted(key: str) -> bool:
    return not key.startswith("observation.images.")


def _numbers(table: pa.Table, key: str) -> np.ndarray:
    column = table.column(key).combine_chunks()
    if pa.types.is_fixed_size_list(column.type):
        return np.asarray(column.flatten()).reshape(len(column), -1)
    return column.to_numpy(zero_copy_only=False)
