"""A dataset on disk: create, open, commit, undo, compact; its episodes, signals and videos."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.datasets.commit import commit_take
from app.datasets.compaction import compact, worth_compacting
from app.datasets.disk import DISK, Disk, is_full
from app.datasets.episodes import EpisodeIndex, data_path, episode_files, episode_of, signals, video_range
from app.datasets.errors import DatasetBusy, DatasetExists, DatasetNotFound, DiskFull, EpisodeNotFound, TakeSaved
from app.datasets.header import TakeHeader
from app.datasets.intent import needs_rolling, roll_forward
from app.datasets.layout import INFO, STUDIO, STUDIO_FOLDER, DatasetHead, require_name, require_same_format
from app.datasets.lock import dataset_lock
from app.datasets.models import DatasetFormat, DatasetSummary, Episode, EpisodeFacts, SaveReceipt
from app.datasets.reattach import needs_columns, reattach_columns
from app.datasets.repair import stopped_take
from app.datasets.takesfolder import take_folder
from app.datasets.undo import undo_last
from app.storage.paths import DataFolder

logger = logging.getLogger(__name__)


class Dataset:
    """One dataset's folder, the only truth about it: nothing is kept in memory between calls."""

    def __init__(self, folder: Path, disk: Disk = DISK, index: EpisodeIndex | None = None) -> None:
        self._folder = folder
        self._disk = disk
        self._index = index or EpisodeIndex()

    @classmethod
    def create(cls, folder: Path, format: DatasetFormat, disk: Disk = DISK) -> Dataset:
        """A new, empty dataset. Raises DatasetNameInvalid, DatasetExists."""
        require_name(folder.name)
        disk.make_folder(folder.parent)
        with dataset_lock(folder):
            if folder.exists():
                raise DatasetExists(
                    f"There already is a dataset {folder.name}.", todo="Open it or choose another name."
                )
            beside = folder.with_name(f".{folder.name}.making")
            disk.remove(beside)
            disk.make_folder(beside / STUDIO_FOLDER)
            disk.write(beside / INFO, DatasetHead.new(format).json_bytes())
            disk.sync_folder(beside / INFO.parent)
            disk.rename(beside, folder)
            disk.sync_folder(folder.parent)
        return cls(folder, disk)

    @classmethod
    def open(cls, folder: Path, disk: Disk = DISK, index: EpisodeIndex | None = None) -> Dataset:
        """Open a LeRobot v3.0 dataset, ours or a foreign one, and complete what a crash interrupted.

        Raises DatasetNotFound, DatasetUnreadable.
        """
        if not folder.is_dir():
            raise DatasetNotFound(f"There is no dataset {folder.name}.", todo="Create it, or choose one of the list.")
        with suppress(DatasetBusy):  # its writer is alive and completes the change itself
            cls.recover(folder, disk)
        DatasetHead.read(folder)
        return cls(folder, disk, index)

    @staticmethod
    def recover(folder: Path, disk: Disk = DISK) -> bool:
        """Complete a change that a crash interrupted; True when there was one. Raises DatasetBusy."""
        if not needs_rolling(folder):
            return False
        with dataset_lock(folder, wait_s=0.0):
            if not roll_forward(folder, disk):
                return False
        logger.info("An interrupted change of dataset %s was completed.", folder.name)
        return True

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def name(self) -> str:
        return self._folder.name

    @property
    def head(self) -> DatasetHead:
        return DatasetHead.read(self._folder)

    @property
    def format(self) -> DatasetFormat:
        return self.head.format

    @property
    def total_episodes(self) -> int:
        return self.head.total_episodes

    @property
    def total_frames(self) -> int:
        return self.head.total_frames

    def require_format(self, format: DatasetFormat) -> None:
        """Raise DatasetFormatMismatch, naming every difference, unless episodes of `format` may be added."""
        require_same_format(self.name, self.head, format)

    def commit(self, takes_folder: Path, uuid: str, facts: EpisodeFacts) -> SaveReceipt:
        """Save take `uuid` as the next episode, with its final facts; durable on return.

        Raises TakeNotFound, TakeBusy, TakeEmpty, DatasetFormatMismatch,
        DatasetBusy, DiskFull: then dataset and take are as they were.
        """
        folder = take_folder(takes_folder, uuid)
        with dataset_lock(self._folder):
            roll_forward(self._folder, self._disk)
            if not folder.is_dir():
                raise TakeSaved(f"Take {uuid} was saved before.", todo="Look at the dataset's last episodes.")
            stopped = stopped_take(takes_folder, uuid, self._disk)
            self.require_format(TakeHeader.read(folder).format)
            try:
                if needs_columns(self._folder, self.head):
                    reattach_columns(self._folder, self._disk)
                return commit_take(self._folder, folder, stopped, replace(facts, uuid=uuid), self._disk)
            except OSError as error:
                if not is_full(error):
                    raise
                raise DiskFull(
                    f"The disk is too full to save take {uuid} in dataset {self.name}.",
                    todo="The take is kept. Free space, then save it again.",
                ) from error

    def undo_last(self, takes_folder: Path | None = None) -> str:
        """Take the last episode out into the trash of `takes_folder`; return its uuid.

        The default is the takes folder of the data folder that the dataset lies
        in. Raises EpisodeNotFound when there is none, DatasetBusy.
        """
        takes = takes_folder or DataFolder(self._folder.parent.parent).takes
        with dataset_lock(self._folder):
            roll_forward(self._folder, self._disk)
            return undo_last(self._folder, takes, self._disk)

    def compact(self) -> bool:
        """Merge small files; see `compaction`. False when there was nothing to merge."""
        return compact(self._folder, self._disk)

    @property
    def worth_compacting(self) -> bool:
        """Whether the rule of docs/dataset.md asks for a compaction now."""
        return worth_compacting(self._folder)

    def reattach(self, facts: Mapping[int, EpisodeFacts]) -> None:
        """Put the studio's columns back after an edit, with the facts of each episode by its index."""
        with dataset_lock(self._folder):
            roll_forward(self._folder, self._disk)
            reattach_columns(self._folder, self._disk, facts)

    # ---- reading ----

    def episodes(self, offset: int = 0, limit: int | None = None) -> list[Episode]:
        """Episodes `offset..offset + limit` in the order of their index."""
        head = self.head
        rows = self._index.rows(self._folder, head)
        return [episode_of(row, head.fps) for row in rows[offset : None if limit is None else offset + limit]]

    def episode(self, index: int) -> Episode:
        """One episode. Raises EpisodeNotFound."""
        head = self.head
        return episode_of(self._row(head, index), head.fps)

    def key(self, index: int) -> str:
        """What an episode is called for good: its uuid, or a name of its content (see `contentkey`).

        Raises EpisodeNotFound, DatasetUnreadable.
        """
        head = self.head
        return self._key(head, self._row(head, index))

    def keys(self) -> list[str]:
        """The key of every episode, by index. Raises DatasetUnreadable."""
        head = self.head
        return [self._key(head, row) for row in self._index.rows(self._folder, head)]

    def _key(self, head: DatasetHead, row: dict[str, Any]) -> str:
        if uuid := row.get(f"{STUDIO}uuid"):
            return str(uuid)
        found = self._index.content.of_file(data_path(self._folder, head, row))
        return found.get(row["episode_index"], f"empty-{row['episode_index']}")

    def signals(self, index: int) -> dict[str, np.ndarray]:
        """Every data column of an episode, (N,) or (N, D). Raises EpisodeNotFound, DatasetUnreadable."""
        head = self.head
        return signals(self._folder, head, self._row(head, index))

    def video_file(self, index: int, camera: str) -> tuple[Path, float, float]:
        """The file with the episode's pictures of `camera` and the seconds from..to in it. Raises EpisodeNotFound."""
        head = self.head
        return video_range(self._folder, head, self._row(head, index), camera)

    def summary(self) -> DatasetSummary:
        """What a list shows of the dataset."""
        head = self.head
        return DatasetSummary(
            name=self.name,
            episodes=head.total_episodes,
            frames=head.total_frames,
            duration_s=head.total_frames / head.fps,
            bytes=sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file()),
            fps=head.fps,
            cameras=head.cameras,
            joints=head.joints,
            robot_type=head.robot_type,
            codec=str(head.codec),
            studio_columns=head.studio_columns,
            last_recorded=self._last_recorded(),
        )

    def _last_recorded(self) -> str:
        """When the last episode was recorded, ISO 8601; of a foreign dataset, when its last file was written."""
        files = episode_files(self._folder)
        if not files:
            return ""
        head = self.head
        said = self.episode(head.total_episodes - 1).facts.recorded_at if head.total_episodes else ""
        return said or datetime.fromtimestamp(files[-1].stat().st_mtime, UTC).isoformat(timespec="seconds")

    def _row(self, head: DatasetHead, index: int) -> dict[str, Any]:
        rows = self._index.rows(self._folder, head)
        if not 0 <= index < len(rows):
            raise EpisodeNotFound(
                f"Dataset {self.name} has no episode {index}.", todo=f"It has episodes 0 to {len(rows) - 1}."
            )
        return rows[index]
