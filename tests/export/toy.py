"""A policy of two tiny stages, written as ONNX by hand: what the rest of the room does with stages needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from app.export.cards import PlacedStage
from app.export.lanes.lane import Source
from app.export.measure import Held
from app.export.precision import StagePrecision
from app.export.runner.models import Affine, Camera, Port
from app.export.stages import WHOLE, Interface, Observation, Runs, Sight, Stage, StagedPolicy
from app.export.variants import feeds_of

SIZE, WIDTH, CHUNK = 16, 32, 5
TOKENS = (SIZE // 4) ** 2
JOINTS = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")
FP32 = StagePrecision.of("fp32")
CAMERAS = (Camera("top", SIZE, SIZE), Camera("gripper", SIZE, SIZE))


def interface(cameras: tuple[Camera, ...] = CAMERAS) -> Interface:
    plain = Affine(np.full(3, 1 / 255, np.float32), np.zeros(3, np.float32))
    same = Affine(np.ones(6, np.float32), np.zeros(6, np.float32))
    return Interface(
        family="toy",
        cameras=cameras,
        state=JOINTS,
        action=JOINTS,
        chunk=CHUNK,
        pictures={camera.name: plain for camera in cameras},
        state_in=same,
        action_out=same,
        result="actions",
        result_normalized=False,
    )


def float_stages(folder: Path, cameras: int = len(CAMERAS)) -> list[PlacedStage]:
    folder.mkdir(parents=True, exist_ok=True)
    vision = Stage(
        "vision",
        Runs.per_camera,
        (Port("picture", "uint8", (SIZE, SIZE, 3)),),
        (Port("features", "float32", (1, TOKENS, WIDTH)),),
    )
    decoder = Stage(
        "decoder",
        Runs.once,
        (Port("features", "float32", (cameras, TOKENS, WIDTH)), Port("state", "float32", (6,))),
        (Port("actions", "float32", (CHUNK, 6)),),
    )
    _save(folder / "vision.onnx", vision, *vision_graph())
    _save(folder / "decoder.onnx", decoder, *_decoder(cameras * TOKENS))
    return [PlacedStage(vision, folder / "vision.onnx", FP32), PlacedStage(decoder, folder / "decoder.onnx", FP32)]


class Policy:
    """As much of a `StagedPolicy` as a search needs."""

    def __init__(self, sight: Sight = WHOLE) -> None:
        self.interface = interface(sight.of(CAMERAS))

    def sights(self) -> tuple[Sight, ...]:
        return tuple(Sight((camera.name,)) for camera in self.interface.cameras)

    def seeing(self, sight: Sight) -> Policy:
        return Policy(sight)


def stages_of(policy: Any, folder: Path, threads: int = 2) -> list[PlacedStage]:
    return float_stages(folder, len(policy.interface.cameras))


def sources(folder: Path, seen: Sequence[Observation]) -> list[Source]:
    placed, policy = float_stages(folder), Policy()
    feeds = feeds_of(policy.interface, placed, seen)
    return [Source(one, cast(StagedPolicy, policy), feeds[one.stage.name], seen) for one in placed]


def observations(count: int, seed: int = 0) -> list[Observation]:
    rng = np.random.default_rng(seed)
    return [
        Observation(
            {camera.name: rng.integers(0, 256, (SIZE, SIZE, 3), dtype=np.uint8) for camera in CAMERAS},
            rng.uniform(-1, 1, 6).astype(np.float32),
        )
        for _ in range(count)
    ]


def held(reference: np.ndarray, count: int = 3) -> Held:
    return Held(observations(count, seed=9), [None] * count, reference)


def vision_graph() -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    weights = {
        "scale": np.full((1, 1, 1), 1 / 255, np.float32),
        "w1": rng.normal(0, 0.3, (8, 3, 3, 3)).astype(np.float32),
        "w2": rng.normal(0, 0.2, (WIDTH, 8, 4, 4)).astype(np.float32),
        "axes": np.array([0], np.int64),
        "flat": np.array([1, WIDTH, TOKENS], np.int64),
    }
    nodes = [
        helper.make_node("Transpose", ["picture"], ["chw"], "t1", perm=[2, 0, 1]),
        helper.make_node("Cast", ["chw"], ["float"], "cast", to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"], "scale_it"),
        helper.make_node("Unsqueeze", ["scaled", "axes"], ["batch"], "unsqueeze"),
        helper.make_node("Conv", ["batch", "w1"], ["c1"], "conv1", pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        helper.make_node("Conv", ["r1", "w2"], ["c2"], "conv2", strides=[4, 4]),
        helper.make_node("Reshape", ["c2", "flat"], ["f"], "flatten"),
        helper.make_node("Transpose", ["f"], ["features"], "t2", perm=[0, 2, 1]),
    ]
    return nodes, weights


def _decoder(tokens: int) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    rng = np.random.default_rng(2)
    weights = {
        "shape": np.array([tokens, WIDTH], np.int64),
        "wq": rng.normal(0, 0.3, (WIDTH, WIDTH)).astype(np.float32),
        "wk": rng.normal(0, 0.3, (WIDTH, WIDTH)).astype(np.float32),
        "wo": rng.normal(0, 0.3, (WIDTH, 6)).astype(np.float32),
        "first": np.arange(CHUNK, dtype=np.int64),
    }
    nodes = [
        helper.make_node("Reshape", ["features", "shape"], ["x"], "reshape"),
        helper.make_node("MatMul", ["x", "wq"], ["q"], "query"),
        helper.make_node("MatMul", ["x", "wk"], ["k"], "key"),
        helper.make_node("Transpose", ["k"], ["kt"], "turn", perm=[1, 0]),
        helper.make_node("MatMul", ["q", "kt"], ["logits"], "logits"),
        helper.make_node("Softmax", ["logits"], ["p"], "softmax"),
        helper.make_node("MatMul", ["p", "x"], ["mixed"], "mix"),
        helper.make_node("Gather", ["mixed", "first"], ["rows"], "rows"),
        helper.make_node("MatMul", ["rows", "wo"], ["out"], "head"),
        helper.make_node("Add", ["out", "state"], ["actions"], "add"),
    ]
    return nodes, weights


def _save(path: Path, stage: Stage, nodes: list[onnx.NodeProto], weights: dict[str, np.ndarray]) -> None:
    kinds = {"uint8": TensorProto.UINT8, "float32": TensorProto.FLOAT}

    def info(port: Port) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(port.name, kinds[port.dtype], port.shape)

    initializers = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, stage.name, [*map(info, stage.inputs)], [*map(info, stage.outputs)], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(onnx.shape_inference.infer_shapes(model), path)
