"""The lanes of this machine; apart from the rest because LiteRT's brings torch."""

from __future__ import annotations

from pathlib import Path

from app.export.lanes.environments import LaneEnvironment
from app.export.lanes.lane import Lane
from app.export.lanes.litert import LiteRtLane
from app.export.lanes.onnxruntime import OnnxRuntimeLane, available
from app.export.lanes.openvino import OpenVinoLane


def lanes_here(environments: Path) -> list[Lane]:
    """Every lane that a stage can be placed in on this machine, or could if it were complete."""
    others = [name for name, there in available().items() if there and name != "cpu"]
    return [
        OnnxRuntimeLane(),
        *[OnnxRuntimeLane(provider) for provider in others],
        OpenVinoLane(LaneEnvironment("openvino", environments)),
        LiteRtLane(LaneEnvironment("litert", environments)),
    ]
