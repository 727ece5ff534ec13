"""A dataset's episodes and the files they lie in, read at one moment, to be written in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from app.datasets.disk import Disk
from app.datasets.episodes import Identity, episode_files, identity, read_episode_tables
from app.datasets.errors import DatasetChanged
from app.datasets.generation import link_tree
from app.datasets.intent import INTENT, STAGING
from app.datasets.layout import INFO, STATS, STUDIO_FOLDER, TASKS, DatasetHead
from app.datasets.packing import FileIndex, Unit, units_of, write_data, write_episodes, write_videos

_EPISODES = "meta/episodes"


@dataclass(frozen=True)
class Layout:
    """`files` are all files of the snapshot as they were; see `unchanged`."""

    head: DatasetHead
    table: pa.Table
    data: Sequence[Unit]
    videos: Mapping[str, Sequence[Unit]]
    files: Mapping[Path, Identity]

    @classmethod
    def read(cls, folder: Path) -> Layout:
        """The caller holds the writer's lock, so that nothing moves meanwhile."""
        head = DatasetHead.read(folder)
        table = read_episode_tables(folder).slice(0, head.total_episodes)

        def data_path(place: FileIndex) -> Path:
            return folder / head.data_path.format(chunk_index=place[0], file_index=place[1])

        def video_path(place: FileIndex, key: str) -> Path:
            return folder / head.video_path.format(video_key=key, chunk_index=place[0], file_index=place[1])

        data = units_of(table, "data", data_path)
        videos = {
            key: units_of(table, f"videos/{key}", lambda place, key=key: video_path(place, key))
            for key in head.video_keys
        }
        paths = [unit.path for units in (data, *videos.values()) for unit in units] + episode_files(folder)
        return cls(head, table, data, videos, {path: identity(path) for path in paths})

    def unchanged(self) -> bool:
        """Whether every file of the snapshot is still there as it was."""
        return all(path.exists() and identity(path) == known for path, known in self.files.items())

    @property
    def file_count(self) -> int:
        return len(self.data) + sum(len(units) for units in self.videos.values())

    def write(
        self,
        beside: Path,
        data: Sequence[Sequence[Unit]],
        videos: Mapping[str, Sequence[Sequence[Unit]]],
        disk: Disk,
        *,
        last_apart: bool,
    ) -> None:
        """Write the episodes under `beside`, each group of units in one file."""
        table = write_data(data, beside, self.table, self.head, disk)
        for key, groups in videos.items():
            table = write_videos(groups, key, beside, table, self.head, disk)
        write_episodes(table, beside, self.head, disk, apart=last_apart)

    @property
    def episodes_in_files(self) -> int:
        """How many files meta/episodes had."""
        return sum(path.parent.parent.name == "episodes" for path in self.files)


def carry_over(folder: Path, beside: Path, disk: Disk, *, since: Layout | None = None) -> None:
    """Link into `beside` the rest of a dataset: totals, statistics, tasks, the studio's and foreign files.

    With `since`, the episodes saved after that snapshot too: their files keep
    their names, which are higher than any of the snapshot's.
    """
    if since is not None:
        _carry_later(folder, beside, since, disk)
    for name in (INFO, STATS, TASKS):
        if (folder / name).exists():
            disk.make_folder((beside / name).parent)
            disk.link(folder / name, beside / name)
    skipped = {INFO.name, STATS.name, TASKS.name, "episodes", STUDIO_FOLDER.name}
    _link_entries(folder, beside, {"meta", "data", "videos"}, disk)
    _link_entries(folder / "meta", beside / "meta", skipped, disk)
    disk.make_folder(beside / STUDIO_FOLDER)
    if (folder / STUDIO_FOLDER).is_dir():
        passing = {path.name for path in (folder / STUDIO_FOLDER).glob(f"{STAGING}*")}
        _link_entries(folder / STUDIO_FOLDER, beside / STUDIO_FOLDER, {INTENT.name} | passing, disk)


def _carry_later(folder: Path, beside: Path, since: Layout, disk: Disk) -> None:
    parts = [("data", ".parquet"), (_EPISODES, ".parquet")]
    parts += [(f"videos/{key}", ".mp4") for key in since.head.video_keys]
    for part, suffix in parts:
        mine = [path.relative_to(folder).as_posix() for path in since.files if path.is_relative_to(folder / part)]
        for path in sorted((folder / part).glob(f"*/*{suffix}")):
            name = path.relative_to(folder).as_posix()
            if name <= max(mine):
                continue
            if (beside / name).exists():
                raise DatasetChanged(f"{name} of {folder.name} is in the way.", todo="Nothing was changed; try again.")
            disk.make_folder((beside / name).parent)
            disk.link(path, beside / name)


def _link_entries(source: Path, target: Path, skipped: set[str], disk: Disk) -> None:
    disk.make_folder(target)
    for path in sorted(source.iterdir()):
        if path.name in skipped:
            continue
        if path.is_dir():
            link_tree(path, target / path.name, disk)
        else:
            disk.link(path, target / path.name)
