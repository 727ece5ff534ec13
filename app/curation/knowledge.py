"""What the studio knows about a dataset's episodes besides the format: the standing verdicts, the held-out clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.datasets import Dataset, ReviewLog
from app.guidance.plan import Plan
from app.guidance.plan_json import versions_from_bytes
from app.guidance.store import PLAN


def verdicts_of(dataset: Dataset) -> Mapping[int, str]:
    """The standing verdict of each reviewed episode, by its index."""
    standing = ReviewLog(dataset.folder).standing()
    if not standing:
        return {}
    return {index: standing[key].verdict.value for index, key in enumerate(dataset.keys()) if key in standing}


def proposed_cuts(dataset: Dataset) -> list[tuple[int, int, int]]:
    """(episode, start, stop) of every episode that is to be kept in part, as a review says."""
    standing = ReviewLog(dataset.folder).standing()
    if not standing:
        return []
    found = []
    for episode, key in zip(dataset.episodes(), dataset.keys(), strict=True):
        trim = standing[key].trim if key in standing else None
        if trim is not None and (trim[0] > 0 or trim[1] < episode.length):
            found.append((episode.index, max(0, trim[0]), min(episode.length, trim[1])))
    return found


def held_out_of(dataset: Dataset) -> Sequence[str]:
    """The clusters that the dataset's newest plan holds out; none without a plan. Raises PlanInvalid."""
    plan = plan_of(dataset)
    return plan.held_out if plan else ()


def plan_of(dataset: Dataset) -> Plan | None:
    """The newest version of the dataset's plan. Raises PlanInvalid."""
    path = dataset.folder / PLAN
    versions = versions_from_bytes(path.read_bytes()) if path.exists() else ()
    return versions[-1] if versions else None
