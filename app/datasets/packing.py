"""Writing a dataset's episodes into other files: merging small ones, splitting one off, new columns.

Works on whole units: a unit is a piece of a source file with the episodes in
it. Units in, files out; the table of episodes comes back with new places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.disk import Disk
from app.datasets.layout import EPISODES_PATH, DatasetHead, next_file
from app.datasets.tables import parquet_bytes
from app.datasets.video import copy_frames, count_packets

type FileIndex = tuple[int, int]


@dataclass(frozen=True)
class Unit:
    """Episodes `first..last` (inclusive) of one source file, which they fill when `whole`.

    `frames` are the frames from..to of a video that is not taken whole.
    """

    path: Path
    place: FileIndex
    first: int
    last: int
    bytes: int
    whole: bool = True
    frames: tuple[int, int] = (0, 0)


def units_of(table: pa.Table, prefix: str, path_of: Callable[[FileIndex], Path]) -> list[Unit]:
    """One unit a source file, in the order of episodes; `prefix` names the columns of its place in `table`."""
    chunks, files = (table.column(f"{prefix}/{part}_index").to_pylist() for part in ("chunk", "file"))
    units: list[Unit] = []
    for episode, place in enumerate(zip(chunks, files, strict=True)):
        if units and units[-1].place == place:
            known = units[-1]
            units[-1] = Unit(known.path, place, known.first, episode, known.bytes)
        else:
            path = path_of(place)
            units.append(Unit(path, place, episode, episode, path.stat().st_size))
    return units


def pack(units: Sequence[Unit], limit_bytes: int, *, keep_last: bool = True) -> list[list[Unit]]:
    """Consecutive units joined up to `limit_bytes`; the last one stays alone, so that undo stays cheap."""
    groups: list[list[Unit]] = []
    size = 0
    for number, unit in enumerate(units):
        alone = keep_last and number == len(units) - 1
        if groups and not alone and size + unit.bytes <= limit_bytes:
            groups[-1].append(unit)
            size += unit.bytes
        else:
            groups.append([unit])
            size = unit.bytes
    return groups


def split_off(units: Sequence[Unit], episode: int, frames: tuple[int, int] = (0, 0)) -> list[Unit]:
    """The units with the last `episode`, frames `frames` of its video, in a unit of its own."""
    shared = units[-1]
    if shared.first == episode:
        return list(units)
    front = replace(shared, last=episode - 1, whole=False, frames=(0, frames[0]))
    return [*units[:-1], front, replace(shared, first=episode, whole=False, frames=frames)]


def write_data(
    groups: Sequence[Sequence[Unit]], beside: Path, table: pa.Table, head: DatasetHead, disk: Disk
) -> pa.Table:
    """Write the data files of `groups` under `beside`; the table with their new places."""
    places: list[FileIndex] = []
    place = (0, 0)
    for group in groups:
        target = beside / head.data_path.format(chunk_index=place[0], file_index=place[1])
        disk.make_folder(target.parent)
        if len(group) == 1 and group[0].whole:
            disk.link(group[0].path, target)
        else:
            disk.write(target, _joined(group))
        places += [place] * (group[-1].last - group[0].first + 1)
        place = next_file(place, head.chunks_size)
    return _placed(table, "data", places)


def _joined(group: Sequence[Unit]) -> bytes:
    """The episodes of a group as one parquet, one row group each."""
    parts = []
    for unit in group:
        rows = pq.ParquetFile(unit.path).read()
        episodes = rows.column("episode_index").to_numpy()
        parts.append(rows.filter(pa.array((episodes >= unit.first) & (episodes <= unit.last))))
    joined = pa.concat_tables(parts, promote_options="permissive").combine_chunks()
    lengths = np.bincount(joined.column("episode_index").to_numpy() - group[0].first)
    return parquet_bytes(joined, row_groups=[int(length) for length in lengths])


def write_videos(
    groups: Sequence[Sequence[Unit]], key: str, beside: Path, table: pa.Table, head: DatasetHead, disk: Disk
) -> pa.Table:
    """Write the videos of `groups` under `beside` by copying packets; the table with places and times."""
    begins = np.array(table.column(f"videos/{key}/from_timestamp").to_pylist(), np.float64)
    ends = np.array(table.column(f"videos/{key}/to_timestamp").to_pylist(), np.float64)
    places: list[FileIndex] = []
    place = (0, 0)
    for group in groups:
        target = beside / head.video_path.format(video_key=key, chunk_index=place[0], file_index=place[1])
        disk.make_folder(target.parent)
        if len(group) == 1 and group[0].whole:
            disk.link(group[0].path, target)
        else:
            _copy_group(group, target, head.fps, begins, ends)
        places += [place] * (group[-1].last - group[0].first + 1)
        place = next_file(place, head.chunks_size)
    table = _placed(table, f"videos/{key}", places)
    table = _with(table, f"videos/{key}/from_timestamp", begins)
    return _with(table, f"videos/{key}/to_timestamp", ends)


def _copy_group(group: Sequence[Unit], target: Path, fps: int, begins: np.ndarray, ends: np.ndarray) -> None:
    written = 0
    ranges = []
    for unit in group:
        start, stop = (0, count_packets(unit.path)) if unit.whole else unit.frames
        ranges.append((unit.path, start, stop))
        shift = (written - start) / fps
        mine = slice(unit.first, unit.last + 1)
        begins[mine] += shift
        ends[mine] += shift
        written += stop - start
    copied = copy_frames(ranges, target, fps)
    if copied != written:
        raise OSError(f"{target.name} took {copied} of {written} frames; its sources are damaged.")


def write_episodes(table: pa.Table, beside: Path, head: DatasetHead, disk: Disk, *, apart: bool) -> None:
    """Write meta/episodes under `beside`: all in one file, the last episode in one of its own if `apart`.

    Its size is bounded by the number of episodes; LeRobot reads it whole in any case.
    """
    cut = table.num_rows - 1 if apart and table.num_rows > 1 else table.num_rows
    place = (0, 0)
    for start, stop in ((0, cut), (cut, table.num_rows)):
        if start == stop:
            continue
        part = _placed(table.slice(start, stop - start), "meta/episodes", [place] * (stop - start))
        target = beside / EPISODES_PATH.format(chunk_index=place[0], file_index=place[1])
        disk.make_folder(target.parent)
        disk.write(target, parquet_bytes(part))
        place = next_file(place, head.chunks_size)


def _placed(table: pa.Table, prefix: str, places: Sequence[FileIndex]) -> pa.Table:
    table = _with(table, f"{prefix}/chunk_index", [chunk for chunk, _ in places])
    return _with(table, f"{prefix}/file_index", [file for _, file in places])


def _with(table: pa.Table, name: str, values: Sequence[float] | np.ndarray) -> pa.Table:
    """The table with the column `name` replaced; its type stays."""
    position = table.schema.get_field_index(name)
    field = table.schema.field(position)
    return table.set_column(position, field, pa.array(values, field.type))
