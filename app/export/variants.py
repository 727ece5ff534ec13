"""The precisions worth trying of each stage, converted once each and kept beside the float32 file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.export.audit import Audit
from app.export.cards import PlacedStage, on_the_bench
from app.export.convert import convert
from app.export.errors import PrecisionMismatch
from app.export.graph import load
from app.export.precision import Group, StagePrecision
from app.export.runner import ExportedPolicy, Session, StageFile, open_session
from app.export.stages import Interface, Observation
from app.export.targets import targets

FP32 = StagePrecision.of("fp32")


@dataclass(frozen=True)
class Variant:
    """One stage at one precision, or why it could not be had."""

    placed: PlacedStage
    audit: Audit | None = None
    refused: str = ""


def candidates(path: Path) -> list[StagePrecision]:
    """What a stage can be, by its float32 graph: static where it convolves, dynamic and 4 bits where it multiplies."""
    found = targets(load(path)).groups
    words = ["fp16"]
    if len(found[Group.products]) > 1:
        words += ["int8_dynamic", "int4", "products=int8_dynamic"]
        if found[Group.tables]:
            words.append("products=int8_dynamic,head=int8_dynamic")
    if len(found[Group.convolutions]) > 1:
        words.append("int8_static")
    return [StagePrecision.of(word) for word in words]


def variants(
    placed: PlacedStage,
    precisions: Sequence[StagePrecision],
    feeds: Sequence[Mapping[str, np.ndarray]],
    said: Callable[[str], None] = lambda words: None,
) -> list[Variant]:
    """The stage at each precision, float32 first. A mismatch is kept as refused, with its reason."""
    made = [Variant(placed)]
    for precision in precisions:
        said(f"{placed.stage.name} as {precision}")
        target = placed.path.with_name(f"{placed.stage.name}.{file_word(precision)}.onnx")
        one = replace(placed, path=target, precision=precision)
        try:
            found = convert(placed.path, target, precision, feeds if precision.needs_calibration else ())
        except PrecisionMismatch as error:
            made.append(Variant(one, refused=error.message))
            continue
        made.append(Variant(replace(one, operators=found.operators), found))
    return made


def file_word(precision: StagePrecision) -> str:
    return str(precision).replace("=", "-").replace(",", "+")


def feeds_of(
    interface: Interface, placed: Sequence[PlacedStage], observations: Sequence[Observation], most: int = 24
) -> dict[str, list[dict[str, np.ndarray]]]:
    """What each float32 stage was fed on these observations: the calibration data. At most `most` a stage."""
    kept: dict[str, list[dict[str, np.ndarray]]] = {one.stage.name: [] for one in placed}

    def opener(stage: StageFile, path: Path) -> Session:
        return _Listening(open_session(stage, path), kept[stage.name], most)

    policy = ExportedPolicy(on_the_bench(interface, placed), opener)
    for number, seen in enumerate(observations):
        noise = np.random.default_rng(number).standard_normal(interface.noise).astype(np.float32)
        policy.reset()
        policy.chunk(seen.pictures, seen.state, task=seen.task, noise=noise if interface.noise else None)
    return kept


class _Listening:
    """A session that keeps copies of what it is given."""

    def __init__(self, session: Session, kept: list[dict[str, np.ndarray]], most: int) -> None:
        self._session, self._kept, self._most = session, kept, most

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        if len(self._kept) < self._most:
            self._kept.append({name: value.copy() for name, value in inputs.items()})
        return self._session.run(inputs)
