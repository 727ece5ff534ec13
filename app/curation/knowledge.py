"""What the studio knows about a dataset's episodes besides the format: the standing verdicts, the held-out clusters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from app.curation.carry import REVIEWS
from app.datasets import Dataset
from app.datasets.layout import STUDIO_FOLDER
from app.guidance.plan import Plan
from app.guidance.plan_json import versions_from_bytes
from app.guidance.store import PLAN


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
    """The clusters that the dataset's newest plan holds out; none without a plan. Raises PlanInvalid."""
    plan = plan_of(dataset)
    return plan.held_out if plan else ()


def plan_of(dataset: Dataset) -> Plan | None:
    """The newest version of the dataset's plan. Raises PlanInvalid."""
    path = dataset.folder / PLAN
    versions = versions_from_bytes(path.read_bytes()) if path.exists() else ()
    return versions[-1] if versions else None
