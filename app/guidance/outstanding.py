"""Targets that were given out and whose takes are not recorded yet."""

from __future__ import annotations

from collections.abc import Sequence

from app.datasets.models import EpisodeKind
from app.guidance.progress import Progress
from app.guidance.targets import Target

type Place = tuple[str, int]
"""What an episode can fill: a cluster's position, or (position -1) a cluster's recovery."""


def place_of(target: Target) -> Place:
    return target.cluster, target.position if target.kind == EpisodeKind.nominal else -1


class Outstanding:
    """Who was given what. An episode says its place, not which target it was for: so places are counted."""

    def __init__(self) -> None:
        self._given: list[Target] = []
        self._recorded: dict[Place, int] = {}

    def give(self, target: Target) -> None:
        self._given.append(target)

    def take_back(self, target: Target) -> None:
        if target in self._given:
            self._given.remove(target)

    def settle(self, progress: Progress) -> None:
        """Forget the oldest given of each place for every episode that has appeared there since the last look."""
        for place in {place_of(target) for target in self._given}:
            for _ in range(_recorded(progress, place) - self._recorded.get(place, 0)):
                self._forget_oldest(place)
        self._recorded = _all_recorded(progress)

    def without(self, unfilled: Sequence[Target]) -> list[Target]:
        """`unfilled` less what is given out: the very target, or else another of its place."""
        free = list(unfilled)
        for target in self._given:
            same_place = [other for other in free if place_of(other) == place_of(target)]
            if target in same_place:
                free.remove(target)
            elif same_place:
                free.remove(same_place[0])
        return free

    def _forget_oldest(self, place: Place) -> None:
        for target in self._given:
            if place_of(target) == place:
                self._given.remove(target)
                return


def _recorded(progress: Progress, place: Place) -> int:
    return _all_recorded(progress).get(place, 0)


def _all_recorded(progress: Progress) -> dict[Place, int]:
    counts: dict[Place, int] = dict(progress.positions)
    for (cluster, _, _), count in progress.recoveries.items():
        counts[cluster, -1] = counts.get((cluster, -1), 0) + count
    return counts
