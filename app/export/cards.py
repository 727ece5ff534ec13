"""Writes policy.json, and puts stages together that are still on the bench."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.export.names import units
from app.export.precision import StagePrecision
from app.export.runner.artifact import Artifact, digest
from app.export.runner.models import FORMAT, Affine, Language, Port, card_from_json
from app.export.stages import Interface, Layout, Stage

_PACKAGES = ("understudy", "lerobot", "torch", "onnx", "onnxruntime", "openvino", "ai-edge-litert", "numpy")


@dataclass(frozen=True)
class PlacedStage:
    """A converted stage: its file, and where, how precisely and how often it runs."""

    stage: Stage
    path: Path
    precision: StagePrecision
    lane: str = "onnxruntime"
    layout: Layout = Layout.folded
    threads: int = 2
    every: int = 1
    operators: Mapping[str, int] = field(default_factory=dict)
    provider: str = "cpu"

    @property
    def words(self) -> str:
        """Precision, and runtime and provider where they are not the usual ones: names a stage's variants apart."""
        lane = [] if self.lane == "onnxruntime" else [self.lane]
        return " ".join([str(self.precision), *lane, *([] if self.provider == "cpu" else [self.provider])])

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(path.stat().st_size for path in (self.path, self.beside) if path)

    @property
    def beside(self) -> Path | None:
        """The file with the weights, where a runtime keeps them apart."""
        return self.path.with_suffix(".bin") if self.path.suffix == ".xml" else None


def card(
    interface: Interface,
    placed: Sequence[PlacedStage],
    *,
    fps: float,
    steps: int | None = None,
    rate_hz: float | None = None,
    execute: int | None = None,
    goldens: Mapping[str, Any] | None = None,
    origin: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of policy.json, without its seal."""
    return {
        "format": FORMAT,
        "family": interface.family,
        "cameras": [{"name": c.name, "height": c.height, "width": c.width} for c in interface.cameras],
        "state": list(interface.state),
        "action": list(interface.action),
        "units": units(interface.action),
        "fps": fps,
        "rate_hz": rate_hz,
        "chunk": interface.chunk,
        "execute": min(execute or interface.chunk, interface.chunk),
        "steps": (steps or interface.steps) if interface.steps else 0,
        "noise": list(interface.noise),
        "stages": [_stage(one) for one in placed],
        "normalization": {
            "pictures": {name: _affine(affine) for name, affine in interface.pictures.items()},
            "state": _affine(interface.state_in),
            "action": _affine(interface.action_out),
        },
        "result": interface.result,
        "result_normalized": interface.result_normalized,
        "language": _language(interface.language),
        "goldens": dict(goldens or {"file": "", "size": 1, "sha256": "", "tolerance": 0.0}),
        "origin": dict(origin or {}),
        "versions": versions(),
    }


def on_the_bench(
    interface: Interface,
    placed: Sequence[PlacedStage],
    *,
    fps: float = 30.0,
    steps: int | None = None,
    execute: int | None = None,
) -> Artifact:
    """The stages as an artifact that was not written yet: files where they are, nothing sealed."""
    found = card_from_json(card(interface, placed, fps=fps, steps=steps, execute=execute))
    stages = tuple(replace(s, file=str(p.path.resolve())) for s, p in zip(found.stages, placed, strict=True))
    return Artifact(Path("/"), replace(found, stages=stages))


def versions() -> dict[str, str]:
    """What made this: packages, Python and machine."""
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _stage(placed: PlacedStage) -> dict[str, Any]:
    apart = placed.beside
    return {
        **({"beside": {"file": apart.name, "size": apart.stat().st_size, "sha256": digest(apart)}} if apart else {}),
        "name": placed.stage.name,
        "file": placed.path.name,
        "sha256": digest(placed.path),
        "size": placed.path.stat().st_size,
        "lane": placed.lane,
        "runs": str(placed.stage.runs),
        "layout": str(placed.layout),
        "inputs": [_port(port) for port in placed.stage.inputs],
        "outputs": [_port(port) for port in placed.stage.outputs],
        "precision": placed.precision.as_json(),
        "operators": dict(placed.operators),
        "threads": placed.threads,
        "every": placed.every,
        **({} if placed.provider == "cpu" else {"provider": placed.provider}),
    }


def _port(port: Port) -> dict[str, Any]:
    return {"name": port.name, "dtype": port.dtype, "shape": list(port.shape)}


def _affine(affine: Affine) -> dict[str, list[float]]:
    return {"scale": affine.scale.tolist(), "shift": affine.shift.tolist()}


def _language(language: Language | None) -> dict[str, Any] | None:
    if language is None:
        return None
    table = {text: list(ids) for text, ids in language.instructions.items()}
    return {"width": language.width, "instructions": table, "pad": language.pad}
