"""What a runtime is to an export: which precisions it offers for a stage, and how a stage becomes its file.

A new runtime is a new file with these three members, and one line in `lanes/here.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.export.audit import Audit
from app.export.cards import PlacedStage
from app.export.precision import StagePrecision
from app.export.stages import Observation, StagedPolicy

type Feed = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Source:
    """A stage in float32 as ONNX, and all that a lane may want to convert it."""

    placed: PlacedStage
    policy: StagedPolicy
    feeds: Sequence[Feed] = ()  # the stage's inputs on the calibration episodes
    observations: Sequence[Observation] = ()  # those episodes' moments

    @property
    def folder(self) -> Path:
        return self.placed.path.parent

    def target(self, lane: str, precision: StagePrecision, suffix: str) -> Path:
        """Where a lane puts its file: beside the float32 one, and never on another's."""
        words = "" if lane == "onnxruntime" else f".{lane}"
        return self.folder / f"{self.placed.stage.name}{words}.{file_word(precision)}{suffix}"

    def moved(self, target: Path, precision: StagePrecision, **changes: Any) -> PlacedStage:
        return replace(self.placed, path=target, precision=precision, **changes)


@dataclass(frozen=True)
class Converted:
    """A stage in a runtime, with what was counted in it. `facts` is what else the file says of itself."""

    placed: PlacedStage
    audit: Audit | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Lane(Protocol):
    """One runtime. `convert` raises a `StudioError` with the reason where a stage cannot be had at a precision."""

    @property
    def name(self) -> str: ...

    def lacks(self) -> str:
        """What keeps this lane from being used here, with what to do; "" where nothing does."""
        ...

    def precisions(self, source: Source) -> list[StagePrecision]:
        """The precisions worth trying of this stage; [] where the lane is not for it."""
        ...

    def convert(self, source: Source, precision: StagePrecision) -> Converted: ...


def file_word(precision: StagePrecision) -> str:
    return str(precision).replace("=", "-").replace(",", "+")
