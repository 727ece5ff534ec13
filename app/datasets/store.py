"""The folder of datasets: what is there, by name."""

from __future__ import annotations

import logging
from pathlib import Path

from app.core.errors import StudioError
from app.datasets.compaction import COMPACT
from app.datasets.dataset import Dataset
from app.datasets.disk import DISK, Disk
from app.datasets.episodes import EpisodeIndex
from app.datasets.errors import DatasetBusy
from app.datasets.generation import interrupted, recover_generation
from app.datasets.layout import require_name
from app.datasets.lock import dataset_lock
from app.datasets.models import DatasetFormat, DatasetSummary
from app.datasets.reviews import ReviewLog
from app.datasets.trash import clear_left_over

logger = logging.getLogger(__name__)


class DatasetStore:
    """Datasets by name. Keeps what it read of their episodes, so that lists stay quick; safe to share by threads."""

    def __init__(self, datasets_folder: Path, disk: Disk = DISK) -> None:
        self._folder = datasets_folder
        self._disk = disk
        self._indexes: dict[str, EpisodeIndex] = {}
        self._reviews: dict[str, ReviewLog] = {}

    def recover(self) -> list[str]:
        """Complete what a crash interrupted, in every dataset; the names concerned. Call it before `unfinished_takes`.

        A take whose commit was decided becomes an episode here, so only after
        this is a take that is left one to be offered.
        """
        clear_left_over(self._folder, self._disk)
        recovered = {folder.name for folder in interrupted(self._folder) if self._recover_generation(folder)}
        for name in self.names():
            try:
                if Dataset.recover(self._folder / name, self._disk):
                    recovered.add(name)
            except StudioError as error:
                logger.warning("Dataset %s could not be recovered: %s", name, error)
        return sorted(recovered)

    def names(self) -> list[str]:
        """Every dataset folder, readable or not, in alphabetical order."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and not path.name.startswith("."))

    def folder_of(self, name: str) -> Path:
        """Where a dataset lies, or would lie. Raises DatasetNameInvalid."""
        return self._folder / require_name(name)

    def create(self, name: str, format: DatasetFormat) -> Dataset:
        """A new dataset. Raises DatasetNameInvalid, DatasetExists."""
        return Dataset.create(self._folder / require_name(name), format, self._disk)

    def open(self, name: str) -> Dataset:
        """An existing dataset. Raises DatasetNameInvalid, DatasetNotFound, DatasetUnreadable."""
        index = self._indexes.setdefault(require_name(name), EpisodeIndex())
        return Dataset.open(self._folder / name, self._disk, index)

    def reviews(self, name: str) -> ReviewLog:
        """What people said about its episodes. Raises as `open`."""
        folder = self.open(name).folder
        return self._reviews.setdefault(name, ReviewLog(folder, self._disk))

    def summary(self, name: str) -> DatasetSummary:
        """Raises as `open`."""
        return self.open(name).summary()

    def summaries(self) -> list[DatasetSummary]:
        """Every dataset; one that cannot be read is listed with the reason."""
        found = []
        for name in self.names():
            try:
                found.append(self.summary(name))
            except StudioError as error:
                found.append(DatasetSummary(name, problem=str(error)))
        return found

    def _recover_generation(self, folder: Path) -> bool:
        try:
            with dataset_lock(folder, what=COMPACT, wait_s=0.0), dataset_lock(folder):
                return recover_generation(folder, self._disk)
        except DatasetBusy:
            return False
