"""Tiny exported policies whose chunks are known: they sweep the arm to one side, or do what no policy should."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnx
from onnx import TensorProto, helper

from app.export.cards import PlacedStage
from app.export.measure import Held
from app.export.runner.models import Affine, Camera, Language, Port
from app.export.stages import Runs, Stage
from app.export.writer import Contents, write_artifact
from tests.export import toy

HORIZON, FPS, SIDE = 20, 10.0, 40.0


def sweep(folder: Path, *, cameras: tuple[str, ...] = ("top",), joints: tuple[str, ...] = toy.JOINTS) -> Path:
    """One degree of the first joint a step, from where the arm is, until it is at `SIDE`."""
    rows = np.zeros((HORIZON, len(joints)), np.float32)
    rows[:, 0] = np.arange(1, HORIZON + 1)
    return _write(folder, rows, cameras, joints)


def jumping(folder: Path) -> Path:
    """Goes well for half a chunk, and then by 120 degrees in one step."""
    rows = np.zeros((HORIZON, 6), np.float32)
    rows[HORIZON // 2 :, 0] = -80.0
    return _write(folder, rows, ("top",), toy.JOINTS)


def nan(folder: Path) -> Path:
    """Its last rows are not numbers."""
    rows = np.zeros((HORIZON, 6), np.float32)
    rows[-3:] = np.nan
    return _write(folder, rows, ("top",), toy.JOINTS)


def stuck(folder: Path) -> Path:
    """Sweeps as `sweep` does, until the arm is five degrees to the side: the look after that never returns."""
    rows = np.zeros((HORIZON, 6), np.float32)
    rows[:, 0] = np.arange(1, HORIZON + 1)
    return _write(folder, rows, ("top",), toy.JOINTS, *_endless(5.0))


def _endless(beyond: float) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    """Nodes from `soon` to `actions` that count for ever once the first joint is beyond so many degrees."""
    scalar = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["goes"]), helper.make_node("Add", ["sum", "tick"], ["sums"])],
        "count",
        [scalar("n", TensorProto.INT64, ()), scalar("go", TensorProto.BOOL, ()), scalar("sum", TensorProto.FLOAT, ())],
        [scalar("goes", TensorProto.BOOL, ()), scalar("sums", TensorProto.FLOAT, ())],
    )
    nodes = [
        helper.make_node("Gather", ["state", "first"], ["pan"], "pan"),
        helper.make_node("Greater", ["pan", "beyond"], ["far"], "far"),
        helper.make_node("Where", ["far", "ever", "never"], ["laps"], "laps"),
        helper.make_node("Loop", ["laps", "", "tick"], ["counted"], "loop", body=body),
        helper.make_node("Mul", ["counted", "tick"], ["none"], "none"),
        helper.make_node("Add", ["soon", "none"], ["actions"], "late"),
    ]
    numbers = {"first": 0, "ever": 1 << 60, "never": 0}
    values = {name: np.array(value, np.int64) for name, value in numbers.items()}
    return nodes, values | {"beyond": np.array(beyond, np.float32), "tick": np.zeros((), np.float32)}


def _write(
    folder: Path,
    rows: np.ndarray,
    cameras: tuple[str, ...],
    joints: tuple[str, ...],
    after: Sequence[onnx.NodeProto] = (),
    more: Mapping[str, np.ndarray] = MappingProxyType({}),
) -> Path:
    """A two-stage artifact: the brightness of each picture, and the state with `rows` (H, A) on it.

    `after` are nodes that make `actions` of `soon`, `more` their numbers.
    """
    count, size = len(joints), toy.SIZE
    work = folder.parent / f"{folder.name}-work"
    work.mkdir(parents=True)
    vision = Stage(
        "vision",
        Runs.per_camera,
        (Port("picture", "uint8", (size, size, 3)),),
        (Port("features", "float32", (1, 1, 1)),),
    )
    decoder = Stage(
        "decoder",
        Runs.once,
        (Port("features", "float32", (len(cameras), 1, 1)), Port("state", "float32", (count,))),
        (Port("actions", "float32", (HORIZON, count)),),
    )
    cap = np.full(count, 1e3, np.float32)
    cap[0] = SIDE
    toy._save(
        work / "vision.onnx",
        vision,
        [
            helper.make_node("Cast", ["picture"], ["float"], "cast", to=TensorProto.FLOAT),
            helper.make_node("ReduceMean", ["float"], ["features"], "mean", keepdims=1),
        ],
        {},
    )
    toy._save(
        work / "decoder.onnx",
        decoder,
        [
            helper.make_node("ReduceSum", ["features"], ["sum"], "sum", keepdims=0),
            helper.make_node("Mul", ["sum", "nothing"], ["unseen"], "forget"),
            helper.make_node("Add", ["state", "unseen"], ["here"], "here"),
            helper.make_node("Add", ["here", "rows"], ["wanted"], "add"),
            helper.make_node("Min", ["wanted", "cap"], ["soon" if after else "actions"], "cap_it"),
            *after,
        ],
        {"rows": rows, "cap": cap, "nothing": np.zeros((), np.float32), **more},
    )
    same = Affine(np.ones(count, np.float32), np.zeros(count, np.float32))
    plain = Affine(np.full(3, 1 / 255, np.float32), np.zeros(3, np.float32))
    interface = replace(
        toy.interface(),
        family="sweep",
        cameras=tuple(Camera(name, size, size) for name in cameras),
        state=joints,
        action=joints,
        chunk=HORIZON,
        pictures=dict.fromkeys(cameras, plain),
        state_in=same,
        action_out=same,
    )
    observations = [
        replace(one, pictures={name: one.pictures["top"] for name in cameras}, state=np.zeros(count, np.float32))
        for one in toy.observations(2)
    ]
    reference = np.minimum(np.nan_to_num(rows), cap)[None].repeat(2, axis=0)
    held = Held(observations, [None, None], reference)
    placed = [
        PlacedStage(vision, work / "vision.onnx", toy.FP32),
        PlacedStage(decoder, work / "decoder.onnx", toy.FP32),
    ]
    return write_artifact(folder, Contents(interface, placed, held, FPS, {}))


LINES = 2.5  # degrees that a flow's two lines lie to either side


def flow(folder: Path, tasks: tuple[str, ...] = ()) -> Path:
    """A flow policy that sweeps on one of two lines; only its noise says on which, so two looks seldom agree.

    With `tasks` it has to be told one of them, which changes nothing.

    With x_t = t noise + (1 - t) goal the part of x_t beside the middle line, divided by t, has the sign of the noise at
    every step, and v_t = (x_t - goal) / t leads to that goal.
    """
    count, size = len(toy.JOINTS), toy.SIZE
    work = folder.parent / f"{folder.name}-work"
    work.mkdir(parents=True)
    denoise = Stage(
        "denoise",
        Runs.per_step,
        (Port("x_t", "float32", (HORIZON, count)), Port("t", "float32", (1,)), Port("state", "float32", (count,)),
         Port("features", "float32", (1, 1, 1))),
        (Port("v_t", "float32", (HORIZON, count)),),
    )  # fmt: skip
    vision = Stage(
        "vision",
        Runs.per_camera,
        (Port("picture", "uint8", (size, size, 3)),),
        (Port("features", "float32", (1, 1, 1)),),
    )
    toy._save(work / "vision.onnx", vision, *_brightness())
    toy._save(work / "denoise.onnx", denoise, *_velocity(count))
    plain = Affine(np.full(3, 1 / 255, np.float32), np.zeros(3, np.float32))
    same = Affine(np.ones(count, np.float32), np.zeros(count, np.float32))
    interface = replace(
        toy.interface(),
        family="flow",
        cameras=(Camera("top", size, size),),
        chunk=HORIZON,
        pictures={"top": plain},
        state_in=same,
        action_out=same,
        result="x_t",
        steps=4,
        noise=(1, HORIZON, count),
        language=Language(1, {task: (number,) for number, task in enumerate(tasks, 1)}) if tasks else None,
    )
    task = tasks[0] if tasks else ""
    observations = [replace(one, state=np.zeros(count, np.float32), task=task) for one in toy.observations(2)]
    noise = [np.random.default_rng(n).standard_normal(interface.noise).astype(np.float32) for n in range(2)]
    held = Held(observations, noise, np.zeros((2, HORIZON, count), np.float32))
    placed = [
        PlacedStage(vision, work / "vision.onnx", toy.FP32),
        PlacedStage(denoise, work / "denoise.onnx", toy.FP32),
    ]
    return write_artifact(folder, Contents(interface, placed, held, FPS, {}))


def _brightness() -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    nodes = [
        helper.make_node("Cast", ["picture"], ["float"], "cast", to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["features"], "mean", keepdims=1),
    ]
    return nodes, {}


def _velocity(count: int) -> tuple[list[onnx.NodeProto], dict[str, np.ndarray]]:
    make = helper.make_node
    nodes = [
        make("ReduceSum", ["features"], ["light"], "light", keepdims=0),
        make("Mul", ["light", "nothing"], ["unseen"], "forget"),
        make("Add", ["state", "unseen"], ["here"], "here"),
        make("Add", ["here", "rows"], ["middle"], "middle"),
        make("Sub", ["one", "t"], ["done"], "done"),
        make("Mul", ["middle", "done"], ["way"], "way"),
        make("Sub", ["x_t", "way"], ["beside"], "beside"),
        make("Mul", ["beside", "pan"], ["side"], "side"),
        make("ReduceMean", ["side"], ["mean"], "side_mean", keepdims=0),
        make("Div", ["mean", "t"], ["drawn"], "drawn"),
        make("Mul", ["drawn", "sharp"], ["sharper"], "sharpen"),
        make("Tanh", ["sharper"], ["line"], "line"),
        make("Mul", ["line", "lines"], ["offset"], "offset"),
        make("Add", ["middle", "offset"], ["goal"], "goal"),
        make("Sub", ["x_t", "goal"], ["left"], "left"),
        make("Div", ["left", "t"], ["v_t"], "velocity"),
    ]
    rows, pan, lines = (np.zeros(shape, np.float32) for shape in ((HORIZON, count), (count,), (count,)))
    rows[:, 0], pan[0], lines[0] = np.arange(1, HORIZON + 1), 1.0, LINES
    values = {"rows": rows, "pan": pan, "lines": lines, "one": np.ones(1, np.float32)}
    return nodes, values | {"sharp": np.array(200.0, np.float32), "nothing": np.zeros((), np.float32)}
