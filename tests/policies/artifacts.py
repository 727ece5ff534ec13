"""Tiny exported policies whose chunks are known: they sweep the arm to one side, or do what no policy should."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from app.export.cards import PlacedStage
from app.export.measure import Held
from app.export.runner.models import Affine, Camera, Port
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


def _write(folder: Path, rows: np.ndarray, cameras: tuple[str, ...], joints: tuple[str, ...]) -> Path:
    """A two-stage artifact: the brightness of each picture, and the state with `rows` (H, A) on it."""
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
            helper.make_node("Min", ["wanted", "cap"], ["actions"], "cap_it"),
        ],
        {"rows": rows, "cap": cap, "nothing": np.zeros((), np.float32)},
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
