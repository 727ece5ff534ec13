"""ONNX Runtime: which providers are here, and where each node of a loaded graph was really put."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnxruntime

from app.export.errors import LaneUnavailable, SilentFallback
from app.export.graph import load, operators

CPU = "CPUExecutionProvider"
# The providers that matter to a robot, in the order a person would try them.
KNOWN = {
    "cpu": CPU,
    "xnnpack": "XnnpackExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "qnn": "QNNExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}


@dataclass(frozen=True)
class Placement:
    """Nodes by provider, and the operators that the runtime made of the graph (its fused kernels)."""

    asked: str
    nodes: dict[str, int]
    kernels: dict[str, int]
    operators: dict[str, dict[str, int]] = field(default_factory=dict)

    def require(self, allowed: Sequence[str] = ()) -> None:
        """Raises `SilentFallback` if any node is on a provider that was neither asked for nor allowed."""
        elsewhere = {name: count for name, count in self.nodes.items() if name != self.asked and name not in allowed}
        if elsewhere or not self.nodes.get(self.asked):
            words = ", ".join(f"{count} on {name}" for name, count in elsewhere.items()) or "none was placed"
            kinds = {name: self.operators.get(name, {}) for name in elsewhere}
            raise SilentFallback(
                f"{self.asked} was asked for, and not every node is there: {words} {kinds or ''}".strip() + ".",
                todo="Choose the CPU for this stage, or a precision whose operators the provider has.",
            )


def available() -> dict[str, bool]:
    """The known providers by short name, and whether this build of ONNX Runtime has them."""
    here = onnxruntime.get_available_providers()
    return {name: provider in here for name, provider in KNOWN.items()}


def placement(path: Path, provider: str = "cpu", threads: int = 1) -> Placement:
    """Loads a graph as the runner does and reads back where its nodes went. Raises `LaneUnavailable`."""
    asked = KNOWN[provider]
    if asked not in onnxruntime.get_available_providers():
        raise LaneUnavailable(
            f"This ONNX Runtime has no {asked}.", todo="Install the build that has it, or choose the CPU."
        )
    with tempfile.TemporaryDirectory() as folder:
        optimized = Path(folder) / "optimized.onnx"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        if asked == CPU:
            options.optimized_model_filepath = str(optimized)
        session: Any = onnxruntime.InferenceSession(str(path), options, providers=[asked])
        nodes: Counter[str] = Counter()
        kinds: dict[str, Counter[str]] = {}
        for part in session.get_provider_graph_assignment_info():
            nodes[part.ep_name] += len(part.get_nodes())
            kinds.setdefault(part.ep_name, Counter()).update(node.op_type for node in part.get_nodes())
        kernels = operators(load(optimized)) if optimized.exists() else {}
    return Placement(asked, dict(nodes), kernels, {name: dict(count) for name, count in kinds.items()})
