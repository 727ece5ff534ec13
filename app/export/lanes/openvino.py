"""OpenVINO: float32 and bfloat16 here, int8 by NNCF in the lane's own environment.

What is asked is counted twice: in the file (constants of int8), and in what the processor really executes, which
OpenVINO tells of a compiled model; a product that stayed in float there is a silent fallback.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.export.audit import Audit
from app.export.cards import PlacedStage
from app.export.errors import LaneUnavailable, SilentFallback
from app.export.graph import load
from app.export.lanes.environments import LaneEnvironment
from app.export.lanes.lane import Converted, Source
from app.export.precision import Group, Precision, StagePrecision
from app.export.runner.sessions import silent_openvino
from app.export.targets import Targets, targets

FP32, BF16, INT8 = (StagePrecision.of(word) for word in ("fp32", "bf16", "int8_static"))
# What a precision is called where OpenVINO says what it executes.
_EXECUTED = {Precision.bf16: {"bf16"}, Precision.int8_static: {"u8", "i8"}, Precision.fp32: {"f32"}}
_WEIGHTED = ("Convolution", "FullyConnected")


@dataclass(frozen=True)
class OpenVinoLane:
    """`environment` holds NNCF; without it the stages are had in float32 and bfloat16."""

    environment: LaneEnvironment
    name: str = "openvino"

    def lacks(self) -> str:
        try:
            silent_openvino()
        except ImportError as error:
            return f"OpenVINO is not installed ({error})."
        return ""

    def precisions(self, source: Source) -> list[StagePrecision]:
        groups = targets(load(source.placed.path)).groups
        weights = len(groups[Group.convolutions]) + len(groups[Group.products])
        return [FP32, BF16, *([INT8] if weights > 1 and not groups[Group.tables] else [])]

    def convert(self, source: Source, precision: StagePrecision) -> Converted:
        """Raises `PrecisionMismatch`, `SilentFallback`, `LaneUnavailable`."""
        target = source.target(self.name, precision, ".xml")
        if precision != INT8:
            return _converted(source, precision, float_file(source.placed, target))
        chosen, data = targets(load(source.placed.path)), source.folder / f"{source.placed.stage.name}.feeds.npz"
        _save(data, source)
        found = self.environment.work(
            "openvino_int8.py",
            {
                "source": str(source.placed.path),
                "target": str(target),
                "feeds": str(data),
                "ignored": [*chosen.attention, *chosen.softmax],
                "transformer": not chosen.groups[Group.convolutions],
            },
        )
        count = found["constants"].get("i8", 0)
        return _converted(source, precision, target, _audit(chosen, precision, count, found["operators"]))


def float_file(placed: PlacedStage, target: Path) -> Path:
    """The stage as OpenVINO's own files, still float32; needs no environment of its own."""
    openvino = silent_openvino()
    model: Any = openvino.Core().read_model(str(placed.path))
    openvino.save_model(model, str(target), compress_to_fp16=False)
    return target


def executed(placed: PlacedStage) -> dict[str, dict[str, int]]:
    """What the processor really runs of a compiled stage: kind of kernel, and how many of it at each precision."""
    openvino = silent_openvino()
    core = openvino.Core()
    half = placed.precision.whole is Precision.bf16
    if half and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise LaneUnavailable("This processor has no bfloat16.", todo="Use int8, or float32.")
    hints = {"INFERENCE_PRECISION_HINT": "bf16" if half else "f32"}
    found: dict[str, Counter[str]] = {}
    for op in core.compile_model(str(placed.path), "CPU", hints).get_runtime_model().get_ops():
        said: Any = op.get_rt_info()
        if "layerType" in said and "runtimePrecision" in said:
            kind, precision = (str(said[key].astype(str)) for key in ("layerType", "runtimePrecision"))
            found.setdefault(kind, Counter())[precision] += 1
    return {kind: dict(count) for kind, count in found.items()}


def _converted(source: Source, precision: StagePrecision, target: Path, audit: Audit | None = None) -> Converted:
    if audit is not None:
        audit.require(source.placed.stage.name)
    placed = source.moved(target, precision, lane="openvino")
    kernels = executed(placed)
    allowed = _EXECUTED[precision.whole or (Precision.int8_static if precision == INT8 else Precision.fp32)]
    astray = {
        f"{kind} in {word}": count
        for kind in _WEIGHTED
        for word, count in kernels.get(kind, {}).items()
        if word not in allowed
    }
    if astray:
        words = ", ".join(f"{count} {what}" for what, count in astray.items())
        raise SilentFallback(
            f"{source.placed.stage.name} was to be {precision} in OpenVINO, and executes {words}.",
            todo="Use ONNX Runtime for this stage.",
        )
    operators = {kind: sum(count.values()) for kind, count in kernels.items()}
    facts: Mapping[str, Any] = {"executed": kernels}
    return Converted(source.moved(target, precision, lane="openvino", operators=operators), audit, facts)


def _audit(chosen: Targets, precision: StagePrecision, found: int, operators: Mapping[str, int]) -> Audit:
    counted = {Precision.int8_static: found} if found else {}
    return Audit(chosen.wanted(precision), counted, 0, 0, False, operators)


def _save(path: Path, source: Source) -> None:
    arrays: Any = {name: np.stack([feed[name] for feed in source.feeds]) for name in source.feeds[0]}
    np.savez(path, **arrays)
