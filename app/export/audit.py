"""What is really quantized in a converted graph, counted and compared with what was asked.

Published "INT8" exports were byte for byte float32; so a file's name is believed here only after its operators are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.export.errors import PrecisionMismatch
from app.export.graph import constants, operators
from app.export.precision import Precision, StagePrecision
from app.export.targets import Targets

_FLOAT16 = 10  # onnx.TensorProto.FLOAT16


@dataclass(frozen=True)
class Audit:
    """Operators by precision, asked and found; softmax and attention products that left float."""

    asked: Mapping[Precision, int]
    found: Mapping[Precision, int]
    attention_quantized: int
    softmax_quantized: int
    attention_allowed: bool
    operators: Mapping[str, int] = field(default_factory=dict)
    corrected: int = 0  # biases that were shifted for what rounding weights shifts

    @property
    def problems(self) -> list[str]:
        wrong = [
            f"{asked} operators were to be {precision} and {self.found.get(precision, 0)} are"
            for precision, asked in self.asked.items()
            if self.found.get(precision, 0) != asked
        ]
        wrong += [
            f"{found} operators are {precision} and none was to be"
            for precision, found in self.found.items()
            if found and precision not in self.asked
        ]
        if self.attention_quantized and not self.attention_allowed:
            wrong.append(f"{self.attention_quantized} attention products left float")
        if self.softmax_quantized and not self.attention_allowed:
            wrong.append(f"{self.softmax_quantized} softmax left float")
        return wrong

    def require(self, stage: str) -> None:
        """Raises `PrecisionMismatch` naming every difference."""
        if self.problems:
            raise PrecisionMismatch(
                f"The stage {stage} is not what was asked: {'; '.join(self.problems)}.",
                todo="Choose another precision for this stage, and report which operator was left out.",
                found={str(k): v for k, v in self.found.items()},
            )

    def as_json(self) -> dict[str, Any]:
        return {
            "asked": {str(k): v for k, v in self.asked.items()},
            "found": {str(k): v for k, v in self.found.items()},
            "attention_quantized": self.attention_quantized,
            "softmax_quantized": self.softmax_quantized,
            "operators": dict(self.operators),
            "corrected": self.corrected,
        }


def audit(model: Any, chosen: Targets, precision: StagePrecision) -> Audit:
    """Counts the operators of `model` itself; `chosen` are the nodes of the graph it was made from."""
    graph = _Graph(model)
    everything = precision.whole is Precision.int8_all
    weights = sum(len(names) for names in chosen.groups.values())
    found = {
        Precision.int8_static: graph.static_weights(),
        Precision.int8_dynamic: graph.dynamic_weights(),
        Precision.int4: sum(node.op_type == "MatMulNBits" for node in graph.nodes),
        Precision.fp16: graph.half_weights(),
    }
    asked = {Precision.int8_static: weights} if everything else chosen.wanted(precision)
    return Audit(
        asked=asked,
        found={kind: count for kind, count in found.items() if count},
        attention_quantized=graph.quantized_attention(),
        softmax_quantized=sum(node.op_type == "Softmax" and graph.from_integers(node.input[0]) for node in graph.nodes),
        attention_allowed=everything,
        operators=operators(model),
    )


class _Graph:
    """Who made each tensor, and whether it comes out of integers."""

    def __init__(self, model: Any) -> None:
        self.nodes = list(model.graph.node)
        self._maker = {output: node for node in self.nodes for output in node.output}
        self._constants = constants(model)

    def from_integers(self, name: str) -> bool:
        maker = self._maker.get(name)
        return maker is not None and maker.op_type == "DequantizeLinear"

    def constant(self, name: str) -> bool:
        """True for a weight, also behind what dequantizes, transposes or casts it."""
        if name in self._constants:
            return True
        maker = self._maker.get(name)
        return (
            maker is not None
            and maker.op_type in ("DequantizeLinear", "Transpose", "Cast")
            and self.constant(maker.input[0])
        )

    def static_weights(self) -> int:
        """Convolutions and weight products between dequantized activations and dequantized weights."""
        return sum(
            node.op_type in ("Conv", "MatMul", "Gemm")
            and all(self.from_integers(name) for name in node.input[:2])
            and self.constant(node.input[1])
            for node in self.nodes
        )

    def dynamic_weights(self) -> int:
        integer = sum(
            node.op_type in ("MatMulInteger", "ConvInteger") and self.constant(node.input[1]) for node in self.nodes
        )
        looked_up = sum(
            node.op_type == "Gather"
            and node.input[0] in self._constants
            and self._constants[node.input[0]].data_type == 3
            for node in self.nodes
        )
        return integer + looked_up

    def half_weights(self) -> int:
        """Operators with a float16 weight, of those that groups are made of."""
        halves = {name for name, tensor in self._constants.items() if tensor.data_type == _FLOAT16}
        return sum(
            node.op_type in ("Conv", "MatMul", "Gemm", "Gather") and node.input[node.op_type != "Gather"] in halves
            for node in self.nodes
        )

    def quantized_attention(self) -> int:
        """Products of two activations that take integers."""
        return sum(
            (
                node.op_type == "MatMul"
                and any(self.from_integers(name) for name in node.input)
                and not self.constant(node.input[1])
            )
            or (node.op_type == "MatMulInteger" and not self.constant(node.input[1]))
            for node in self.nodes
        )
