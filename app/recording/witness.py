"""Whoever looks on while a take is recorded, and whose judgement goes into the episode's columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from app.control.messages import Tick
from app.datasets.models import EpisodeFacts, Picture


class Witness(Protocol):
    """`row` is called from the recorder's row thread, `close` from its disk thread after the last row."""

    def begin(self, facts: EpisodeFacts) -> None:
        """A take begins; no row came yet."""
        ...

    def row(self, tick: Tick, pictures: Mapping[str, Picture]) -> None:
        """One row and its pictures, as recorded."""
        ...

    def close(self, frames: Mapping[str, int]) -> None:
        """The take has ended and its files are closed; `frames` by camera, {} in practice."""
        ...

    def columns(self) -> dict[str, object]:
        """Columns of the episode that are known only now (`checks`)."""
        ...


class NoWitness:
    """Nobody looks."""

    def begin(self, facts: EpisodeFacts) -> None:
        pass

    def row(self, tick: Tick, pictures: Mapping[str, Picture]) -> None:
        pass

    def close(self, frames: Mapping[str, int]) -> None:
        pass

    def columns(self) -> dict[str, object]:
        return {}
