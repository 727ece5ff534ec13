"""The edits as their job's child runs them, in this process."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.jobs import JobFile, Work
from app.jobs.folder import JobFolder
from app.storage.paths import DataFolder
from tests.datasets.conftest import lerobot

__all__ = ["lerobot"]


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path)
    folder.prepare()
    return folder


@pytest.fixture
def work(data: DataFolder) -> Callable[[], Work]:
    """A new job's `Work`."""
    numbers = itertools.count()

    def make() -> Work:
        id_ = f"job-{next(numbers)}"
        file = JobFile(id_, "k", "t", {}, (), (), True, "local", "test", "")
        folder = JobFolder(data.jobs / id_)
        folder.create(file)
        return Work(folder, file, data)

    return make


@pytest.fixture
def bars_restored() -> Iterator[None]:
    """The edits put their progress into LeRobot's modules; here those live on."""
    from lerobot.datasets import aggregate, dataset_tools

    before: tuple[Any, Any] = dataset_tools.tqdm, aggregate.tqdm
    yield
    dataset_tools.tqdm, aggregate.tqdm = before
