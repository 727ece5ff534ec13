"""What is kept of an episode when it is trimmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.errors import Invalid
from app.datasets.errors import EpisodeNotFound
from app.datasets.layout import DatasetHead

MIN_ROWS = 2


@dataclass(frozen=True)
class Cut:
    """Keep the rows `start..stop` (half open) of episode `episode`, which becomes `uuid`."""

    episode: int
    start: int
    stop: int
    uuid: str


class CutInvalid(Invalid):
    code = "cut_invalid"


def require_cuts(head: DatasetHead, lengths: Mapping[int, int], cuts: list[Cut]) -> None:
    """Raises EpisodeNotFound, CutInvalid."""
    for cut in cuts:
        length = lengths.get(cut.episode)
        if length is None:
            raise EpisodeNotFound(
                f"There is no episode {cut.episode}.", todo=f"There are 0 to {head.total_episodes - 1}."
            )
        if not 0 <= cut.start < cut.stop <= length or cut.stop - cut.start < MIN_ROWS:
            raise CutInvalid(
                f"Episode {cut.episode} has rows 0 to {length - 1}; {cut.start} to {cut.stop - 1} cannot be kept.",
                todo=f"Keep {MIN_ROWS} rows or more that are in it.",
            )
        if cut.stop - cut.start == length:
            raise CutInvalid(f"That keeps all of episode {cut.episode}.", todo="Move the start or the end.")
