"""Which nodes of a float32 graph each group of operators is: fixed before anything is converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.export.graph import constants, products
from app.export.precision import Group, Precision, StagePrecision

_AROUND_CONVOLUTIONS = ("Add", "Relu", "MaxPool")
_LARGEST_LEFT = 1 << 20  # bytes: a table below this is not worth a lookup in int8


@dataclass(frozen=True)
class Targets:
    """Node names by group, and what must stay in float: products of two activations, and softmax."""

    groups: Mapping[Group, tuple[str, ...]]
    around: tuple[str, ...]
    attention: tuple[str, ...]
    softmax: tuple[str, ...]

    def wanted(self, precision: StagePrecision) -> dict[Precision, int]:
        """How many operators are asked for at each precision, float32 left out."""
        counts: dict[Precision, int] = {}
        for group, names in self.groups.items():
            asked = precision.at(group)
            if asked is not Precision.fp32:
                counts[asked] = counts.get(asked, 0) + len(names)
        return counts

    def at(self, precision: StagePrecision, asked: Precision) -> list[str]:
        return [name for group, names in self.groups.items() if precision.at(group) is asked for name in names]


def targets(model: Any) -> Targets:
    """Read off a float32 graph as `export_stage` writes it."""
    weights, attention, convolutions = products(model)
    known = constants(model)
    tables = [
        node.name
        for node in model.graph.node
        if node.op_type == "Gather" and node.input[0] in known and _size(known[node.input[0]]) > _LARGEST_LEFT
    ]
    around: list[str] = []
    began = False
    for node in model.graph.node:
        began = began or node.op_type == "Conv"
        if convolutions and began and node.op_type in _AROUND_CONVOLUTIONS:
            around.append(node.name)
    return Targets(
        groups={
            Group.convolutions: tuple(convolutions),
            Group.products: tuple(weights[:-1]),
            Group.head: tuple(weights[-1:]),
            Group.tables: tuple(tables),
        },
        around=tuple(around),
        attention=tuple(attention),
        softmax=tuple(node.name for node in model.graph.node if node.op_type == "Softmax"),
    )


def _size(tensor: Any) -> int:
    count = 4
    for size in tensor.dims:
        count *= size
    return count
