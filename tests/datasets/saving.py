"""Datasets with a few small episodes in them, whose pictures and rows say which ones they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.datasets import Dataset, EpisodeFacts
from app.datasets.disk import Disk
from app.datasets.models import DatasetFormat
from tests.datasets.scenes import QUICK, record, small_format

TASK = "Stack the bricks"


def save(dataset: Dataset, takes: Path, first: int, rows: int, task: str = TASK, **facts: object) -> tuple[int, int]:
    """Save one episode whose codes begin at `first`; what the oracle expects of it."""
    uuid = f"{dataset.name}-{first}"
    record(takes, uuid, rows=rows, first=first, task=task, format=dataset.format).stop()
    known = {"outcome": "success", "cluster": f"A{first}", "driver": "person"} | facts
    dataset.commit(takes, uuid, EpisodeFacts("", **known))  # type: ignore[arg-type]
    return first, rows


def filled(
    folder: Path,
    episodes: Sequence[tuple[int, int]],
    *,
    format: DatasetFormat | None = None,
    compact: bool = False,
    disk: Disk = QUICK,
    **facts: object,
) -> Dataset:
    """Dataset `folder` with `episodes`, each (first code, rows); in one file each kind when `compact`."""
    dataset = Dataset.create(folder, format or small_format(), disk)
    takes = folder.parent.parent / "takes"
    for first, rows in episodes:
        save(dataset, takes, first, rows, **facts)
    if compact:
        dataset.compact()
    return dataset


def uuids(dataset: Dataset) -> list[str]:
    return [episode.facts.uuid for episode in dataset.episodes()]
