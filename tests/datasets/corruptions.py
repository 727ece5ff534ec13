"""Ways in which a dataset goes wrong on disk, each planted by one function; what `verify` must call it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.layout import INFO, STATS, TASKS
from app.datasets.video import copy_frames

TOP = "videos/observation.images.top/chunk-000/file-001.mp4"
DATA = "data/chunk-000/file-001.parquet"
EPISODES = "meta/episodes/chunk-000/file-001.parquet"


@dataclass(frozen=True)
class Corruption:
    """`mendable`: after a repair the dataset is sound again."""

    name: str
    code: str
    plant: Callable[[Path], None]
    mendable: bool


ALL: list[Corruption] = []


def corruption(code: str, *, mendable: bool = False) -> Callable[[Callable[[Path], None]], Callable[[Path], None]]:
    def add(plant: Callable[[Path], None]) -> Callable[[Path], None]:
        ALL.append(Corruption(plant.__name__, code, plant, mendable))
        return plant

    return add


def table(path: Path, **columns: Callable[[list[Any]], list[Any]]) -> None:
    """Rewrite columns of a parquet file."""
    read = pq.read_table(path)
    for name, change in columns.items():
        name = name.replace("__", "/")
        place = read.schema.get_field_index(name)
        field = read.schema.field(place)
        read = read.set_column(place, field, pa.array(change(read.column(name).to_pylist()), field.type))
    path.unlink()
    pq.write_table(read, path)


def info(folder: Path, **changes: Any) -> None:
    raw = json.loads((folder / INFO).read_text())
    (folder / INFO).write_text(json.dumps(raw | changes))


@corruption("info_unreadable")
def info_is_cut_off(folder: Path) -> None:
    (folder / INFO).write_text((folder / INFO).read_text()[:200])


@corruption("info_unreadable")
def info_lost_a_feature_s_shape(folder: Path) -> None:
    features = json.loads((folder / INFO).read_text())["features"]
    del features["action"]["shape"]
    info(folder, features=features)


@corruption("total_episodes", mendable=True)
def too_many_episodes_are_claimed(folder: Path) -> None:
    info(folder, total_episodes=9)


@corruption("total_frames", mendable=True)
def too_few_frames_are_claimed(folder: Path) -> None:
    info(folder, total_frames=3)


@corruption("total_tasks", mendable=True)
def too_many_tasks_are_claimed(folder: Path) -> None:
    info(folder, total_tasks=4)


@corruption("splits", mendable=True)
def splits_are_stale(folder: Path) -> None:
    info(folder, splits={"train": "0:1"})


@corruption("tasks_missing", mendable=True)
def tasks_are_gone(folder: Path) -> None:
    (folder / TASKS).unlink()


@corruption("tasks_damaged", mendable=True)
def tasks_are_garbage(folder: Path) -> None:
    (folder / TASKS).write_bytes(b"PAR1 and then nothing")


@corruption("task_order", mendable=True)
def tasks_count_from_five(folder: Path) -> None:
    table(folder / TASKS, task_index=lambda values: [value + 5 for value in values])


@corruption("episodes_missing")
def episodes_are_gone(folder: Path) -> None:
    for path in (folder / "meta/episodes").glob("*/*"):
        path.unlink()


@corruption("episodes_damaged")
def an_episodes_file_has_no_footer(folder: Path) -> None:
    path = folder / EPISODES
    path.write_bytes(path.read_bytes()[:-200])


@corruption("episodes_columns", mendable=True)
def a_later_file_lacks_our_columns(folder: Path) -> None:
    read = pq.read_table(folder / EPISODES)
    names = [name for name in read.column_names if not name.startswith("studio/")]
    (folder / EPISODES).unlink()
    pq.write_table(read.select(names), folder / EPISODES)


@corruption("episode_order", mendable=True)
def an_episode_is_numbered_twice(folder: Path) -> None:
    table(folder / EPISODES, episode_index=lambda values: [0 for _ in values])


@corruption("episode_span", mendable=True)
def an_episode_begins_elsewhere(folder: Path) -> None:
    table(folder / EPISODES, dataset_from_index=lambda values: [value + 2 for value in values])


@corruption("episode_task", mendable=True)
def an_episode_names_an_unknown_task(folder: Path) -> None:
    table(folder / EPISODES, tasks=lambda values: [["Juggle"] for _ in values])


@corruption("studio_null", mendable=True)
def a_column_of_ours_is_null(folder: Path) -> None:
    table(folder / EPISODES, studio__cluster=lambda values: [None for _ in values])


@corruption("episodes_types", mendable=True)
def a_column_of_ours_lost_its_type(folder: Path) -> None:
    read = pq.read_table(folder / EPISODES)
    place = read.schema.get_field_index("studio/checkpoint")
    read = read.set_column(place, "studio/checkpoint", pa.nulls(read.num_rows))
    (folder / EPISODES).unlink()
    pq.write_table(read, folder / EPISODES)


@corruption("uuid_twice")
def two_episodes_are_the_same(folder: Path) -> None:
    table(folder / EPISODES, studio__uuid=lambda values: ["bricks-0" for _ in values])


@corruption("data_missing")
def rows_are_gone(folder: Path) -> None:
    (folder / DATA).unlink()


@corruption("data_damaged")
def rows_are_overwritten(folder: Path) -> None:
    body = bytearray((folder / DATA).read_bytes())
    body[-400:] = bytes(400)
    (folder / DATA).unlink()
    (folder / DATA).write_bytes(body)


@corruption("row_count", mendable=True)
def a_row_is_missing(folder: Path) -> None:
    read = pq.read_table(folder / DATA)
    (folder / DATA).unlink()
    pq.write_table(read.slice(0, read.num_rows - 1), folder / DATA)


@corruption("row_frame", mendable=True)
def frames_count_from_one(folder: Path) -> None:
    table(folder / DATA, frame_index=lambda values: [value + 1 for value in values])


@corruption("row_index", mendable=True)
def rows_have_another_index(folder: Path) -> None:
    table(folder / DATA, index=lambda values: [value + 100 for value in values])


@corruption("row_timestamp", mendable=True)
def a_time_stamp_is_real_time(folder: Path) -> None:
    table(folder / DATA, timestamp=lambda values: [value + 0.02 * (place > 3) for place, value in enumerate(values)])


@corruption("row_episode", mendable=True)
def rows_belong_to_another_episode(folder: Path) -> None:
    table(folder / DATA, episode_index=lambda values: [7 for _ in values])


@corruption("row_task", mendable=True)
def rows_have_no_task(folder: Path) -> None:
    table(folder / DATA, task_index=lambda values: [3 for _ in values])


@corruption("row_not_finite")
def a_state_is_not_a_number(folder: Path) -> None:
    table(folder / DATA, action=lambda values: [[float("nan")] * 6, *values[1:]])


@corruption("column_missing")
def a_column_is_gone(folder: Path) -> None:
    read = pq.read_table(folder / DATA).drop(["intervention"])
    (folder / DATA).unlink()
    pq.write_table(read, folder / DATA)


@corruption("column_type")
def a_column_has_another_type(folder: Path) -> None:
    read = pq.read_table(folder / DATA)
    place = read.schema.get_field_index("capture.monotonic_s")
    read = read.set_column(place, "capture.monotonic_s", read.column(place).cast(pa.float32()))
    (folder / DATA).unlink()
    pq.write_table(read, folder / DATA)


@corruption("stats_unreadable", mendable=True)
def statistics_are_gone(folder: Path) -> None:
    (folder / STATS).unlink()


@corruption("stats_wrong", mendable=True)
def a_mean_is_wrong(folder: Path) -> None:
    raw = json.loads((folder / STATS).read_text())
    raw["action"]["mean"][0] += 1
    (folder / STATS).write_text(json.dumps(raw))


@corruption("episode_stats", mendable=True)
def an_episode_s_statistics_are_another_s(folder: Path) -> None:
    table(folder / EPISODES, stats__action__max=lambda values: [[value + 3 for value in one] for one in values])


@corruption("video_missing")
def pictures_are_gone(folder: Path) -> None:
    (folder / TOP).unlink()


@corruption("video_damaged")
def a_video_is_cut_off(folder: Path) -> None:
    body = (folder / TOP).read_bytes()
    (folder / TOP).unlink()
    (folder / TOP).write_bytes(body[: len(body) // 3])


@corruption("video_damaged")
def pictures_are_overwritten(folder: Path) -> None:
    body = bytearray((folder / TOP).read_bytes())
    start = body.index(b"mdat") + 400
    body[start : start + 600] = np.random.default_rng(1).bytes(600)
    (folder / TOP).unlink()
    (folder / TOP).write_bytes(body)


@corruption("video_short", mendable=True)
def pictures_are_missing_at_the_end(folder: Path) -> None:
    beside = folder / "short.mp4"
    copy_frames([(folder / TOP, 0, 8)], beside, 30)
    beside.rename(folder / TOP)


@corruption("video_span", mendable=True)
def an_episode_s_video_span_is_wrong(folder: Path) -> None:
    key = "videos__observation.images.top__to_timestamp"
    table(folder / EPISODES, **{key: lambda values: [value - 0.1 for value in values]})


@corruption("video_size")
def info_has_another_size(folder: Path) -> None:
    features = json.loads((folder / INFO).read_text())["features"]
    features["observation.images.top"]["shape"] = [480, 640, 3]
    info(folder, features=features)


@corruption("video_codec")
def info_has_another_codec(folder: Path) -> None:
    features = json.loads((folder / INFO).read_text())["features"]
    features["observation.images.top"]["info"]["video.codec"] = "hevc"
    info(folder, features=features)
