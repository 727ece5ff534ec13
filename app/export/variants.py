"""What each stage can be, over all lanes: converted once each and kept beside the float32 file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.errors import StudioError
from app.export.audit import Audit
from app.export.cards import PlacedStage, on_the_bench
from app.export.lanes.lane import Lane, Source
from app.export.observations import evenly
from app.export.precision import StagePrecision
from app.export.runner import ExportedPolicy, Session, StageFile, open_session
from app.export.stages import Interface, Observation, Runs

FP32 = StagePrecision.of("fp32")
type Said = Callable[[str], None]


@dataclass(frozen=True)
class Variant:
    """One stage at one precision in one lane, or why it could not be had."""

    placed: PlacedStage
    audit: Audit | None = None
    refused: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def variants(
    source: Source,
    lanes: Sequence[Lane],
    precisions: Sequence[StagePrecision] | None = None,
    said: Said = lambda words: None,
) -> list[Variant]:
    """The stage in every lane at every precision worth trying, float32 in ONNX Runtime first.

    `precisions` replaces what ONNX Runtime would try. What was refused is kept, with its reason.
    """
    made = [Variant(source.placed)]
    for lane in lanes:
        if why := lane.lacks():
            made.append(Variant(replace(source.placed, lane=lane.name), refused=why))
            continue
        named = precisions if precisions is not None and lane.name == "onnxruntime" else lane.precisions(source)
        for precision in named:
            if (lane.name, precision) != (source.placed.lane, FP32):
                made.append(_variant(source, lane, precision, said))
    return made


def _variant(source: Source, lane: Lane, precision: StagePrecision, said: Said) -> Variant:
    one = replace(source.placed, precision=precision, lane=lane.name)
    said(f"{one.stage.name} as {one.words}")
    try:
        found = lane.convert(source, precision)
    except StudioError as error:
        return Variant(one, refused=error.message)
    return Variant(found.placed, found.audit, facts=found.facts)


def feeds_of(
    interface: Interface, placed: Sequence[PlacedStage], observations: Sequence[Observation], most: int = 24
) -> dict[str, list[dict[str, np.ndarray]]]:
    """What each float32 stage was fed on these observations: the calibration data. At most `most` a stage, spread
    evenly over all its runs, so that every episode that was chosen counts.
    """
    kept: dict[str, list[dict[str, np.ndarray]]] = {one.stage.name: [] for one in placed}
    times = {Runs.per_camera: len(interface.cameras), Runs.once: 1, Runs.per_step: interface.steps}
    wanted = {one.stage.name: evenly(times[one.stage.runs] * len(observations), most) for one in placed}

    def opener(stage: StageFile, path: Path) -> Session:
        return _Listening(open_session(stage, path), kept[stage.name], wanted[stage.name])

    policy = ExportedPolicy(on_the_bench(interface, placed), opener)
    for number, seen in enumerate(observations):
        noise = np.random.default_rng(number).standard_normal(interface.noise).astype(np.float32)
        policy.reset()
        policy.chunk(seen.pictures, seen.state, task=seen.task, noise=noise if interface.noise else None)
    return kept


class _Listening:
    """A session that keeps copies of what it is given, in the runs that are wanted."""

    def __init__(self, session: Session, kept: list[dict[str, np.ndarray]], wanted: Sequence[int]) -> None:
        self._session, self._kept, self._wanted, self._run = session, kept, wanted, 0

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        if self._run in self._wanted:
            self._kept.append({name: value.copy() for name, value in inputs.items()})
        self._run += 1
        return self._session.run(inputs)
