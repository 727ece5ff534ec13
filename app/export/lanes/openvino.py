"""OpenVINO: converts a float32 stage, in float32 here or quantized by NNCF in the lane's own environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.export.cards import PlacedStage
from app.export.errors import PrecisionMismatch
from app.export.graph import load
from app.export.lanes.environments import LaneEnvironment
from app.export.precision import Group, StagePrecision
from app.export.runner.sessions import silent_openvino
from app.export.targets import targets


def float_stage(placed: PlacedStage, folder: Path) -> PlacedStage:
    """The stage as OpenVINO's own files, still float32; needs no environment of its own."""
    target = folder / f"{placed.stage.name}.openvino.xml"
    openvino = silent_openvino()
    model: Any = openvino.Core().read_model(str(placed.path))
    openvino.save_model(model, str(target), compress_to_fp16=False)
    return replace(placed, path=target, lane="openvino")


def int8_stage(
    placed: PlacedStage, folder: Path, feeds: Sequence[Mapping[str, np.ndarray]], environment: LaneEnvironment
) -> PlacedStage:
    """Convolutions quantized by NNCF, calibrated on `feeds`. Raises `PrecisionMismatch` if fewer were than asked."""
    target, data = folder / f"{placed.stage.name}.openvino.int8.xml", folder / f"{placed.stage.name}.feeds.npz"
    arrays: Any = {name: np.stack([feed[name] for feed in feeds]) for name in feeds[0]}
    np.savez(data, **arrays)
    asked = len(targets(load(placed.path)).groups[Group.convolutions])
    request = {"source": str(placed.path), "target": str(target), "feeds": str(data), "quantize": True}
    found = environment.work("openvino_int8.py", {**request, "products": asked == 0})
    if found["fake_quantize"] < asked:
        raise PrecisionMismatch(
            f"NNCF put {found['fake_quantize']} quantizers into {placed.stage.name}, which has {asked} convolutions.",
            todo="Use ONNX Runtime for this stage.",
        )
    words = StagePrecision.of("int8_static")
    return replace(placed, path=target, lane="openvino", precision=words, operators=found["operators"])
