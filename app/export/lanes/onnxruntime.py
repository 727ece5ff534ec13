"""ONNX Runtime: which providers are here, and where each node of a loaded graph was really put."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnxruntime

from app.export.convert import convert
from app.export.errors import LaneUnavailable, SilentFallback
from app.export.graph import load, operators
from app.export.lanes.lane import Converted, Source
from app.export.precision import Group, StagePrecision
from app.export.runner.models import PROVIDERS
from app.export.targets import targets

CPU = PROVIDERS["cpu"]


@dataclass(frozen=True)
class OnnxRuntimeLane:
    """ONNX Runtime on one of its providers. On others than the CPU a stage is tried as it is, and in half precision."""

    provider: str = "cpu"
    name: str = "onnxruntime"

    def lacks(self) -> str:
        return "" if available()[self.provider] else f"This ONNX Runtime has no {PROVIDERS[self.provider]}."

    def precisions(self, source: Source) -> list[StagePrecision]:
        words = ["fp32", "fp16"] if self.provider != "cpu" else _words(source.placed.path)
        return [StagePrecision.of(word) for word in words]

    def convert(self, source: Source, precision: StagePrecision) -> Converted:
        """Raises `PrecisionMismatch`, `SilentFallback` where the provider does not take every node."""
        target = source.target("onnxruntime", precision, ".onnx")
        found = convert(source.placed.path, target, precision, source.feeds)
        placement(target, self.provider).require()
        placed = source.moved(target, precision, operators=found.operators, provider=self.provider)
        return Converted(placed, found)


def _words(path: Path) -> list[str]:
    """What a stage can be, by its float32 graph: static where it convolves, dynamic and 4 bits where it multiplies."""
    found = targets(load(path)).groups
    words = ["fp16"]
    if len(found[Group.products]) > 1:
        words += ["int8_dynamic", "int4", "products=int8_dynamic"]
        if found[Group.tables]:
            words.append("products=int8_dynamic,head=int8_dynamic")
    if len(found[Group.convolutions]) > 1:
        words.append("int8_static")
    return words


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
    return {name: provider in here for name, provider in PROVIDERS.items()}


def placement(path: Path, provider: str = "cpu", threads: int = 1) -> Placement:
    """Loads a graph as the runner does and reads back where its nodes went. Raises `LaneUnavailable`."""
    asked = PROVIDERS[provider]
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
