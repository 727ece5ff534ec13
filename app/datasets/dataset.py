"""A dataset on disk: create, open, commit, undo, compact."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from app.datasets.commit import commit_take
from app.datasets.disk import DISK, Disk, is_full
from app.datasets.errors import DatasetExists, DatasetNotFound, DiskFull, TakeSaved
from app.datasets.header import TakeHeader
from app.datasets.intent import needs_rolling, roll_forward
from app.datasets.layout import INFO, STUDIO_FOLDER, DatasetHead, require_name, require_same_format
from app.datasets.lock import dataset_lock
from app.datasets.models import DatasetFormat, EpisodeFacts, SaveReceipt
from app.datasets.repair import stopped_take
from app.datasets.takesfolder import take_folder

logger = logging.getLogger(__name__)


class Dataset:
    """One dataset's folder, the only truth about it: nothing is kept in memory between calls."""

    def __init__(self, folder: Path, disk: Disk = DISK) -> None:
        self._folder = folder
        self._disk = disk

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
    def open(cls, folder: Path, disk: Disk = DISK) -> Dataset:
        """Open a LeRobot v3.0 dataset, ours or a foreign one, and complete what a crash interrupted.

        Raises DatasetNotFound, DatasetUnreadable.
        """
        if not folder.is_dir():
            raise DatasetNotFound(f"There is no dataset {folder.name}.", todo="Create it, or choose one of the list.")
        if needs_rolling(folder):
            with dataset_lock(folder):
                if roll_forward(folder, disk):
                    logger.info("An interrupted change of dataset %s was completed.", folder.name)
        DatasetHead.read(folder)
        return cls(folder, disk)

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
                return commit_take(self._folder, folder, stopped, replace(facts, uuid=uuid), self._disk)
            except OSError as error:
                if not is_full(error):
                    raise
                raise DiskFull(
                    f"The disk is too full to save take {uuid} in dataset {self.name}.",
                    todo="The take is kept. Free space, then save it again.",
                ) from error
