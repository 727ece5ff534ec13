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
# Attention in bfloat16 beside products in int8: one file with `INT8`, compiled with another hint.
INT8_BF16 = StagePrecision.of("int8_static,rest=bf16")
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
        found = targets(load(source.placed.path))
        weights = len(found.groups[Group.convolutions]) + len(found.groups[Group.products])
        if weights < 2 or found.groups[Group.tables]:
            return [FP32, BF16]
        return [FP32, BF16, INT8, *([INT8_BF16] if found.attention else [])]

    def convert(self, source: Source, precision: StagePrecision) -> Converted:
        """Raises `PrecisionMismatch`, `SilentFallback`, `LaneUnavailable`."""
        if precision not in (INT8, INT8_BF16):
            target = source.target(self.name, precision, ".xml")
            return _converted(source, precision, float_file(source.placed, target))
        if _half(precision):
            require_bfloat16()
        chosen, target = targets(load(source.placed.path)), source.target(self.name, INT8, ".xml")
        if not target.exists():
            self._quantize(source, chosen, target)
        return _converted(source, precision, target, _audit(chosen, precision, target))

    def _quantize(self, source: Source, chosen: Targets, target: Path) -> None:
        data = source.folder / f"{source.placed.stage.name}.feeds.npz"
        _save(data, source)
        self.environment.work(
            "openvino_int8.py",
            {
                "source": str(source.placed.path),
                "target": str(target),
                "feeds": str(data),
                "ignored": [*chosen.attention, *chosen.softmax],
                "transformer": not chosen.groups[Group.convolutions],
            },
        )


def float_file(placed: PlacedStage, target: Path) -> Path:
    """The stage as OpenVINO's own files, still float32; needs no environment of its own."""
    openvino = silent_openvino()
    model: Any = openvino.Core().read_model(str(placed.path))
    openvino.save_model(model, str(target), compress_to_fp16=False)
    return target


def require_bfloat16() -> None:
    """Raises `LaneUnavailable` where the processor would emulate it."""
    if "BF16" not in silent_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise LaneUnavailable("This processor has no bfloat16.", todo="Use int8, or float32.")


def executed(placed: PlacedStage) -> dict[str, dict[str, int]]:
    """What the processor really runs of a compiled stage: kind of kernel, and how many of it at each precision."""
    half = _half(placed.precision)
    if half:
        require_bfloat16()
    hints = {"INFERENCE_PRECISION_HINT": "bf16" if half else "f32"}
    found: dict[str, Counter[str]] = {}
    for op in silent_openvino().Core().compile_model(str(placed.path), "CPU", hints).get_runtime_model().get_ops():
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
    allowed = _EXECUTED[precision.at(Group.products)]
    astray = {
        f"{kind} in {word}": count
        for kind in _WEIGHTED
        for word, count in kernels.get(kind, {}).items()
        if word not in allowed
    }
    if _half(precision) and not any("bf16" in count for count in kernels.values()):
        astray["operators in bf16"] = 0
    if astray:
        words = ", ".join(f"{count} {what}" for what, count in astray.items())
        raise SilentFallback(
            f"{source.placed.stage.name} was to be {precision} in OpenVINO, and executes {words}.",
            todo="Use ONNX Runtime for this stage.",
        )
    operators = {kind: sum(count.values()) for kind, count in kernels.items()}
    facts: Mapping[str, Any] = {"executed": kernels}
    return Converted(source.moved(target, precision, lane="openvino", operators=operators), audit, facts)


def _half(precision: StagePrecision) -> bool:
    return precision.at(Group.rest) is Precision.bf16


def _audit(chosen: Targets, precision: StagePrecision, path: Path) -> Audit:
    """By the file itself: weights in int8, and operators."""
    operators: Counter[str] = Counter()
    found = 0
    for op in silent_openvino().Core().read_model(str(path)).get_ops():
        kind = op.get_type_name()
        operators[kind] += 1
        weights = kind == "Constant" and len(op.get_output_shape(0)) > 1
        found += weights and op.get_element_type().get_type_name() == "i8"
    return Audit(chosen.wanted(precision), {Precision.int8_static: found} if found else {}, 0, 0, False, operators)


def _save(path: Path, source: Source) -> None:
    arrays: Any = {name: np.stack([feed[name] for feed in source.feeds]) for name in source.feeds[0]}
    np.savez(path, **arrays)
