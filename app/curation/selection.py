"""Which episodes go where: by verdict, by cluster, or by whether the plan holds their cluster out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import Refused
from app.datasets import Episode

TRAIN, HELD_OUT = "train", "held-out"
ACCEPTED, REJECTED, UNDECIDED = "accepted", "rejected", "undecided"
NO_CLUSTER = "no-cluster"


class SplitBy(StrEnum):
    verdict = "verdict"
    cluster = "cluster"
    held_out = "held_out"


@dataclass(frozen=True)
class Group:
    """One part of a split: episodes by their index, in order."""

    name: str
    episodes: tuple[int, ...]


def groups(
    episodes: Sequence[Episode], by: SplitBy, verdicts: Mapping[int, str], held_out: Sequence[str]
) -> list[Group]:
    """Every part of the split, none empty; `verdicts` are the standing ones by index. Raises Refused."""
    match by:
        case SplitBy.verdict:
            names = {"accepted": ACCEPTED, "rejected": REJECTED}
            key = [names.get(verdicts.get(episode.index, ""), UNDECIDED) for episode in episodes]
            order = [ACCEPTED, REJECTED, UNDECIDED]
        case SplitBy.cluster:
            key = [episode.facts.cluster or NO_CLUSTER for episode in episodes]
            order = sorted(set(key), key=lambda name: (name == NO_CLUSTER, name))
        case SplitBy.held_out:
            if not held_out:
                raise Refused("The plan of this dataset holds no cluster out.", todo="Name one in its plan first.")
            key = [HELD_OUT if episode.facts.cluster in held_out else TRAIN for episode in episodes]
            order = [TRAIN, HELD_OUT]
    found = [
        Group(name, tuple(episode.index for episode, mine in zip(episodes, key, strict=True) if mine == name))
        for name in order
    ]
    parts = [group for group in found if group.episodes]
    if len(parts) < 2:
        whole = parts[0].name if parts else "nothing"
        raise Refused(
            f"There is nothing to split: every episode is {whole}.", todo="Split by something else, or record more."
        )
    return parts
