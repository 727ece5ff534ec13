"""What the studio knows about a dataset's episodes besides the format: the standing verdicts, the held-out clusters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from app.curation.carry import REVIEWS
from app.datasets import Dataset
from app.datasets.layout import STUDIO_FOLDER


def verdicts_of(dataset: Dataset) -> Mapping[str, str]:
    """The standing verdict of each reviewed episode, by uuid."""
    found: dict[str, str] = {}
    try:
        lines = (dataset.folder / STUDIO_FOLDER / REVIEWS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            raw = json.loads(line)
            found[raw["uuid"]] = raw["verdict"]
        except (ValueError, KeyError, TypeError):
            continue
    return found


def held_out_of(dataset: Dataset) -> Sequence[str]:
    """The clusters that the dataset's plan holds out; none without a plan."""
    try:
        raw = json.loads((dataset.folder / STUDIO_FOLDER / "plan.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(raw.get("held_out", ()))
