"""LiteRT: the vision stage as one fully int8, static, NHWC file, converted in the lane's own environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.export.act import Vision, VisionMap
from app.export.cards import PlacedStage
from app.export.errors import PolicyUnsupported, PrecisionMismatch
from app.export.lanes.environments import LaneEnvironment
from app.export.precision import StagePrecision
from app.export.stages import Layout, Observation, StagedPolicy, stage_named


@dataclass(frozen=True)
class LiteRtVision:
    """The converted stage and what its file says of itself: operators, scales, tensors left in float."""

    placed: PlacedStage
    facts: Mapping[str, Any]
    feeds: Path


def int8_vision(
    policy: StagedPolicy,
    folder: Path,
    observations: Sequence[Observation],
    environment: LaneEnvironment,
    threads: int = 2,
) -> LiteRtVision:
    """Converts ACT's vision stage. Raises `PolicyUnsupported`, `PrecisionMismatch` for a float left in."""
    module = policy.module("vision", Layout.nchw)
    if not isinstance(module, Vision):
        raise PolicyUnsupported("Only a convolutional vision stage goes to LiteRT here.", todo="Use ONNX Runtime.")
    stage = stage_named(policy.stages(Layout.nhwc), "vision")
    height, width = stage.inputs[0].shape[1:3]
    program, feeds, target = folder / "vision.pt2", folder / "vision.nhwc.npz", folder / "vision.int8.tflite"
    with torch.no_grad():
        torch.export.save(torch.export.export(VisionMap(module).eval(), (torch.zeros(1, 3, height, width),)), program)
    np.savez(feeds, picture=normalised(policy, observations))
    request = {"program": str(program), "feeds": str(feeds), "target": str(target)}
    facts = environment.work("litert_vision.py", request)
    if facts["float_tensor_count"]:
        raise PrecisionMismatch(
            f"{facts['float_tensor_count']} tensors of the vision stage are float32: {facts['float_tensors'][:3]}.",
            todo="An NPU would run these on the CPU: use ONNX Runtime for this stage.",
        )
    placed = PlacedStage(
        stage, target, StagePrecision.of("int8_static"), "litert", Layout.nhwc, threads, operators=facts["operators"]
    )
    return LiteRtVision(placed, facts, feeds)


def normalised(policy: StagedPolicy, observations: Sequence[Observation]) -> np.ndarray:
    """[N, 1, H, W, 3] float32: every picture of every observation as the network was trained on it."""
    pictures = policy.interface.pictures
    found = [pictures[name](shot.astype(np.float32)) for seen in observations for name, shot in seen.pictures.items()]
    return np.stack(found)[:, None]


def with_vision(placed: Sequence[PlacedStage], vision: LiteRtVision) -> list[PlacedStage]:
    """A mixed artifact's stages: vision in LiteRT, everything else as it was."""
    return [vision.placed if one.stage.name == "vision" else replace(one) for one in placed]
