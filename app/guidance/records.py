"""A dataset's saved episodes as guidance counts them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

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


def last_placements(recorded: Sequence[Recorded], count: int = 6) -> tuple[Placement, ...]:
    """Where the object lay in the last takes, newest first; takes that do not know it are passed over."""
    places = (
        Placement(item.facts.placed_x_cm, item.facts.placed_y_cm, item.facts.placed_yaw_deg)
        for item in reversed(recorded)
        if item.facts.placed_source and item.facts.placed_x_cm == item.facts.placed_x_cm
    )
    return tuple(place for place, _ in zip(places, range(count), strict=False))
