"""What rounding weights shifts on average goes back into the biases (decision 0157).

A rounded weight is off by the same amount wherever it is applied, and after a rectifier its input is positive on
average: the error of a channel is mostly a constant, the same in every token, and does not cancel as noise does. It is
measured on the calibration moments, layer by layer in float, and added where the layer adds its bias: no operator more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from app.export.graph import constants

MOST = 8  # moments that a mean is taken over
_QUANTIZED, _SCALE = "_quantized", "_scale"


@dataclass(frozen=True)
class _Layer:
    """A product with weights in the float graph, what rounding took from its weights, and where its bias is added."""

    node: Any
    rounding: np.ndarray
    place: Any
    at: int

    @property
    def mean(self) -> str:
        return f"{self.node.name}.shift"


def give_biases(model: Any) -> None:
    """A convolution without a bias gets one of zeros: it is where a correction goes."""
    weights = constants(model)
    for node in model.graph.node:
        if node.op_type == "Conv" and len(node.input) < 3 and node.input[1] in weights:
            zeros = np.zeros(weights[node.input[1]].dims[0], np.float32)
            model.graph.initializer.append(numpy_helper.from_array(zeros, f"{node.name}.bias"))
            node.input.append(f"{node.name}.bias")


def correct(model: Any, source: Any, feeds: Sequence[Mapping[str, np.ndarray]]) -> int:
    """Shifts the biases of `model`, which was quantized from the float32 graph `source`; gives how many.

    A product without a bias is left as it is.
    """
    layers = list(_layers(model, source))
    if not layers or not feeds:
        return 0
    shifts = _shifts(source, layers, feeds[:MOST])
    _drop(model, {_shift(model, layer, shifts[layer.mean]) for layer in layers})
    return len(layers)


def _layers(model: Any, source: Any) -> Iterator[_Layer]:
    before, after = constants(source), constants(model)
    for node in source.graph.node:
        if node.op_type not in ("Conv", "MatMul") or f"{node.input[1]}{_QUANTIZED}" not in after:
            continue
        place, at = _of_convolution(model, node) if node.op_type == "Conv" else _of_product(model, source, node)
        bias = after.get(place.input[at]) if place is not None else None
        weights = numpy_helper.to_array(before[node.input[1]])
        axis = 0 if node.op_type == "Conv" else weights.ndim - 1
        if bias is not None and list(bias.dims) == [weights.shape[axis]]:
            rounded = numpy_helper.to_array(after[f"{node.input[1]}{_QUANTIZED}"]).astype(np.float32)
            scale = numpy_helper.to_array(after[f"{node.input[1]}{_SCALE}"])
            scale = scale.reshape([-1 if each == axis else 1 for each in range(weights.ndim)])
            yield _Layer(node, weights - rounded * scale, place, at)


def _of_convolution(model: Any, node: Any) -> tuple[Any, int]:
    """What makes the float bias of integers, in steps of its scale."""
    mine = next(one for one in model.graph.node if one.name == node.name)
    name = mine.input[2] if len(mine.input) > 2 else None
    makers = [one for one in model.graph.node if name in one.output and one.op_type == "DequantizeLinear"]
    return (makers[0], 0) if makers else (None, 0)


def _of_product(model: Any, source: Any, node: Any) -> tuple[Any, int]:
    """The one sum that follows, which quantizers leave in float and under its name."""
    readers = [one for one in source.graph.node if node.output[0] in one.input]
    if len(readers) != 1 or readers[0].op_type != "Add":
        return None, 0
    found = [one for one in model.graph.node if one.name == readers[0].name]
    return (found[0] if found else None), 1 - list(readers[0].input).index(node.output[0])


def _shifts(source: Any, layers: Sequence[_Layer], feeds: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """By layer, the mean of what rounding took from each of its channels: a twin of it that holds only that."""
    probe = onnx.ModelProto()
    probe.CopyFrom(source)
    for layer in layers:
        probe.graph.node.extend(_twin(layer))
        constant = {"rounding": layer.rounding, "rows": np.array([-1, layer.rounding.shape[0]])}
        constant |= {"first": np.array([0]), "places": np.array([0, 2, 3])}
        probe.graph.initializer.extend(
            numpy_helper.from_array(value, f"{layer.node.name}.{word}") for word, value in constant.items()
        )
        probe.graph.output.append(helper.make_tensor_value_info(layer.mean, onnx.TensorProto.FLOAT, None))
    names = [layer.mean for layer in layers]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session: Any = onnxruntime.InferenceSession(probe.SerializeToString(), options, providers=["CPUExecutionProvider"])
    found = [session.run(names, dict(feed)) for feed in feeds]
    return {name: np.mean([one[at] for one in found], axis=0) for at, name in enumerate(names)}


def _twin(layer: _Layer) -> list[Any]:
    """A product is linear, so the mean of its rows goes through it; a convolution's borders want the whole map."""
    node, name = layer.node, layer.node.name
    if node.op_type == "MatMul":
        return [
            helper.make_node("Reshape", [node.input[0], f"{name}.rows"], [f"{name}.flat"]),
            helper.make_node("ReduceMean", [f"{name}.flat", f"{name}.first"], [f"{name}.row"], keepdims=0),
            helper.make_node("MatMul", [f"{name}.row", f"{name}.rounding"], [layer.mean]),
        ]
    twin = helper.make_node("Conv", [node.input[0], f"{name}.rounding"], [f"{name}.twin"])
    twin.attribute.extend(node.attribute)
    return [twin, helper.make_node("ReduceMean", [f"{name}.twin", f"{name}.places"], [layer.mean], keepdims=0)]


def _shift(model: Any, layer: _Layer, shift: np.ndarray) -> str:
    """Under a new name, because layers may share a constant; in whole steps where the bias is of integers.

    Gives the old name.
    """
    held = constants(model)
    bias = numpy_helper.to_array(held[layer.place.input[layer.at]])
    if bias.dtype == np.int32:
        shift = np.round(shift / numpy_helper.to_array(held[layer.place.input[1]]))
    name = f"{layer.node.name}.corrected"
    model.graph.initializer.append(numpy_helper.from_array((bias + shift).astype(bias.dtype), name))
    old, layer.place.input[layer.at] = layer.place.input[layer.at], name
    return old


def _drop(model: Any, replaced: set[str]) -> None:
    unread = replaced - {name for node in model.graph.node for name in node.input}
    for constant in [one for one in model.graph.initializer if one.name in unread]:
        model.graph.initializer.remove(constant)
