"""A stage's wrapper to an ONNX file, and what is in such a file: operators, products of constants, sizes."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch

from app.export.runner.models import Port
from app.export.stages import Stage

OPSET = 20
_KINDS = {"uint8": torch.uint8, "float32": torch.float32, "int64": torch.int64, "bool": torch.bool}


def export_stage(module: Any, stage: Stage, path: Path) -> None:
    """Writes the float32 graph of a stage with static shapes, named as the stage names them."""
    examples = tuple(example(port) for port in stage.inputs)
    for chatty in ("torch.onnx", "onnx_ir", "onnxscript"):
        logging.getLogger(chatty).setLevel(logging.ERROR)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            examples,
            input_names=[port.name for port in stage.inputs],
            output_names=[port.name for port in stage.outputs],
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    del model.graph.value_info[:]
    name_every_node(model)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)


def example(port: Port) -> torch.Tensor:
    """A tensor that traces: zeros would do, but a mask of zeros admits nothing."""
    kind = _KINDS[port.dtype]
    return torch.ones(port.shape, dtype=kind) if kind is torch.bool else torch.zeros(port.shape, dtype=kind)


def name_every_node(model: Any) -> None:
    """Quantizers choose nodes by name, so names must exist and be unique."""
    seen: Counter[str] = Counter()
    for index, node in enumerate(model.graph.node):
        name = node.name or f"{node.op_type}_{index}"
        seen[name] += 1
        node.name = name if seen[name] == 1 else f"{name}_{seen[name]}"


def load(path: Path) -> Any:
    return onnx.load(str(path))


def operators(model: Any) -> dict[str, int]:
    """How often each operator occurs, most frequent first."""
    return dict(Counter(node.op_type for node in model.graph.node).most_common())


def constants(model: Any) -> Mapping[str, Any]:
    return {tensor.name: tensor for tensor in model.graph.initializer}


def products(model: Any) -> tuple[list[str], list[str], list[str]]:
    """Names of nodes: products with weights (the right factor is constant), attention products, convolutions.

    ACT's first decoder layer has a constant query, a left factor: its product is attention all the same.
    """
    known = constants(model)
    weights, attention, convolutions = [], [], []
    for node in model.graph.node:
        if node.op_type in ("MatMul", "Gemm"):
            (weights if node.input[1] in known else attention).append(node.name)
        elif node.op_type == "Conv":
            convolutions.append(node.name)
    return weights, attention, convolutions
