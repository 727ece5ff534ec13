"""A float32 graph to the precision asked for, by ONNX Runtime's own quantizers, node by chosen node."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16

from app.export.audit import Audit, audit
from app.export.correction import correct, give_biases
from app.export.errors import CalibrationTooSmall
from app.export.graph import load
from app.export.precision import Group, Precision, PrecisionInvalid, StagePrecision
from app.export.targets import Targets, targets

type Feeds = Sequence[Mapping[str, np.ndarray]]

BLOCK = 32  # weights that share one 4-bit scale
_ALL: Mapping[str, Any] = {"MatMulConstBOnly": False}
# A product's result stays float: it may feed attention, which would then take integers.
_CHOSEN: Mapping[str, Any] = {"MatMulConstBOnly": True, "OpTypesToExcludeOutputQuantization": ["MatMul"]}


def convert(source: Path, target: Path, precision: StagePrecision, feeds: Feeds = ()) -> Audit:
    """Writes `target` from the float32 graph `source`, and compares what is in it with what was asked.

    `feeds` are a stage's inputs on the calibration episodes; without any, biases stay as they are. Raises
    `PrecisionMismatch`, `PrecisionInvalid`, `CalibrationTooSmall`.
    """
    chosen = targets(load(source))
    if precision.at(Group.rest) is Precision.bf16:
        raise PrecisionInvalid(
            f"{source.stem} is to be {precision}, and ONNX Runtime's CPU computes nothing in bf16.",
            todo="Use OpenVINO for this stage.",
        )
    if precision.needs_calibration and not feeds:
        raise CalibrationTooSmall(
            f"{source.stem} is to be {precision}, and there is no observation to calibrate with.",
            todo="Give the export a dataset with at least one episode.",
        )
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        if precision.whole:
            model, corrected = _whole(source, precision, feeds, Path(folder)), 0
        else:
            model, corrected = _by_group(source, precision, chosen, feeds, Path(folder))
    del model.graph.value_info[:]
    onnx.save(model, target)
    found = replace(audit(model, chosen, precision), corrected=corrected)
    found.require(source.stem)
    return found


def _whole(source: Path, precision: StagePrecision, feeds: Feeds, folder: Path) -> Any:
    if precision.whole is Precision.fp16:
        return convert_float_to_float16(load(source), keep_io_types=True)
    everything = folder / "all.onnx"
    _static(source, everything, feeds, nodes=None)
    return load(everything)


def _by_group(source: Path, precision: StagePrecision, chosen: Targets, feeds: Feeds, folder: Path) -> tuple[Any, int]:
    """One quantizer after another, each on its own nodes; what was not named stays as it is.

    Gives how many biases were corrected, too.
    """
    base = load(source)
    give_biases(base)
    current = folder / "base.onnx"
    onnx.save(base, current)
    if names := chosen.at(precision, Precision.int8_static):
        convolves = bool(set(names) & set(chosen.groups[Group.convolutions]))
        around = chosen.around if convolves else ()
        _static(current, folder / "static.onnx", feeds, nodes=[*names, *around], shared=convolves)
        current = folder / "static.onnx"
    if names := chosen.at(precision, Precision.int8_dynamic):
        quantize_dynamic(
            str(current),
            str(folder / "dynamic.onnx"),
            op_types_to_quantize=["MatMul", "Gather"],
            nodes_to_quantize=names,
            weight_type=QuantType.QInt8,
            per_channel=True,
            extra_options={"MatMulConstBOnly": True},
        )
        current = folder / "dynamic.onnx"
    model = load(current)
    if names := chosen.at(precision, Precision.int4):
        quantizer: Any = MatMulNBitsQuantizer(
            model, bits=4, block_size=BLOCK, is_symmetric=True, accuracy_level=4, nodes_to_include=names
        )
        quantizer.process()
        model = quantizer.model.model
    return model, correct(model, base, feeds)


def _static(source: Path, target: Path, feeds: Feeds, nodes: list[str] | None, shared: bool = True) -> None:
    """`shared`: one dequantized tensor serves all its readers, as convolutions want it; else only `nodes`."""
    quantize_static(
        str(source),
        str(target),
        _Feeds(feeds),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_quantize=nodes,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options=dict(_ALL) if nodes is None else {**_CHOSEN, "DedicatedQDQPair": not shared},
    )


class _Feeds(CalibrationDataReader):
    def __init__(self, feeds: Feeds) -> None:
        self._left = iter(feeds)

    def get_next(self) -> Any:
        return next(self._left, None)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The quantizers advise on the root logger and warn about what does not concern these graphs."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)
