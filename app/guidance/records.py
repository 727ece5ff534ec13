"""A dataset's saved episodes as guidance counts them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from app.checks.episode import Usual
from app.checks.models import Check
from app.datasets import Dataset
from app.devices.models import Placement
from app.guidance.progress import Recorded

RECOVERY = "studio.recovery"


class Records:
    """Reads every episode's marked rows once; what is saved does not change. Used from one thread at a time."""

    def __init__(self) -> None:
        self._marked: dict[str, int] = {}

    def read(self, dataset: Dataset, rejected: Collection[str] = ()) -> tuple[Recorded, ...]:
        """In the order of the dataset; `rejected` are the uuids that a review took out."""
        found = []
        for episode in dataset.episodes():
            uuid = episode.facts.uuid
            if uuid not in self._marked:
                column = dataset.signals(episode.index).get(RECOVERY)
                self._marked[uuid] = int(column.sum()) if column is not None else 0
            found.append(Recorded(episode.facts, uuid not in rejected, episode.length, self._marked[uuid]))
        return tuple(found)


def usual_of(recorded: Sequence[Recorded], kind: str, fps: int) -> Usual:
    """What accepted takes of this kind are like: their lengths, and their jerks as the verdicts stored them."""
    alike = [item for item in recorded if item.counts and item.facts.kind == kind]
    jerks = (_jerk(item.facts.checks) for item in alike)
    return Usual([(item.frames - 1) / fps for item in alike], [jerk for jerk in jerks if jerk is not None])


def _jerk(checks: str) -> float | None:
    try:
        return float(json.loads(checks)[str(Check.jerk)]["numbers"]["jerk"])
    except (ValueError, KeyError, TypeError):
        return None


def last_placements(recorded: Sequence[Recorded], count: int = 6) -> tuple[Placement, ...]:
    """Where the object lay in the last takes, newest first; takes that do not know it are passed over."""
    places = (
        Placement(item.facts.placed_x_cm, item.facts.placed_y_cm, item.facts.placed_yaw_deg)
        for item in reversed(recorded)
        if item.facts.placed_source and item.facts.placed_x_cm == item.facts.placed_x_cm
    )
    return tuple(place for place, _ in zip(places, range(count), strict=False))
