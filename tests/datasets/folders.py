"""Datasets made in a moment, whose pictures say which frame of which episode they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.datasets import Dataset, EpisodeFacts
from app.datasets.models import DatasetFormat
from tests.datasets.scenes import QUICK, record, small_format


def a_dataset(
    root: Path,
    name: str = "bricks",
    *,
    lengths: Sequence[int] = (20, 24, 18),
    facts: Sequence[dict[str, Any]] = (),
    format: DatasetFormat | None = None,
) -> Dataset:
    """`root/datasets/name`: episode i has lengths[i] frames, which count on from 100 * i."""
    made = Dataset.create(root / "datasets" / name, format or small_format(), QUICK)
    for i, rows in enumerate(lengths):
        uuid = f"{name}-{i}"
        record(root / "takes", uuid, format=format, rows=rows, first=100 * i).stop()
        made.commit(root / "takes", uuid, EpisodeFacts(uuid, outcome="success", **(facts[i] if facts else {})))
    return made
