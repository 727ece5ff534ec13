"""Several stations record one plan: each take belongs to exactly one of them, by the plan's seed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.errors import Invalid
from app.guidance.targets import Target, fraction


class StationInvalid(Invalid):
    code = "station_invalid"


@dataclass(frozen=True)
class Station:
    """Station `number` (from 1) of `count`."""

    number: int = 1
    count: int = 1

    @staticmethod
    def parse(text: str) -> Station:
        """From the command line: "2/3". Raises `StationInvalid`."""
        match = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text.strip())
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise StationInvalid(f"{text!r} is not a station.", todo='Say which of how many, as "2/3".', station=text)
        return Station(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def share_of_station(targets: Iterable[Target], station: Station, seed: int) -> tuple[Target, ...]:
    """The station's part: shuffled by the seed and dealt in turn within each cluster and kind.

    The parts are disjoint, together everything, and differ by at most one take
    a cluster and kind; each cluster begins at another station, so that the sums
    stay level too.
    """
    if station.count == 1:
        return tuple(targets)
    groups: dict[tuple[str, str], list[Target]] = {}
    for target in targets:
        groups.setdefault((target.cluster, target.kind), []).append(target)
    mine: list[Target] = []
    dealt = 0
    for group in groups.values():
        shuffled = sorted(group, key=lambda target: fraction(seed, "station", target.key))
        mine += [t for i, t in enumerate(shuffled, dealt) if i % station.count == station.number - 1]
        dealt += len(group)
    return tuple(mine)
