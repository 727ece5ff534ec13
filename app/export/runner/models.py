"""What policy.json says, as frozen values; a value that does not fit is named with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FORMAT = 1
LANES = ("onnxruntime", "openvino", "litert")
RUNS = ("per_camera", "once", "per_step")
LAYOUTS = ("folded", "nchw", "nhwc")
# ONNX Runtime's execution providers that matter to a robot, in the order a person would try them.
PROVIDERS = {
    "cpu": "CPUExecutionProvider",
    "xnnpack": "XnnpackExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "qnn": "QNNExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}


class Misfit(ValueError):
    """A field of policy.json that is missing, of the wrong type or outside what this runner knows."""


@dataclass(frozen=True)
class Port:
    """One tensor into or out of a stage: all shapes are static."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Camera:
    name: str
    height: int
    width: int


@dataclass(frozen=True)
class StageFile:
    """A stage on disk: which runtime runs it, how often, and what its tensors are.

    `layout`: "folded" takes the camera's own uint8 HWC picture and joint units; "nchw" and "nhwc" take what the
    policy was trained on, normalised here. `every`: the stage is computed at each k-th chunk and reused in between.
    """

    name: str
    file: str
    sha256: str
    size: int
    lane: str
    runs: str
    layout: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    precision: Mapping[str, str]
    operators: Mapping[str, int]
    threads: int = 2
    every: int = 1
    beside: tuple[str, int, str] | None = None  # OpenVINO's weights: file, size, SHA-256
    provider: str = "cpu"  # ONNX Runtime's execution provider, by the short name


@dataclass(frozen=True)
class Affine:
    """`y = x * scale + shift`, element by element."""

    scale: np.ndarray
    shift: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return (values * self.scale + self.shift).astype(np.float32)


@dataclass(frozen=True)
class Language:
    """Instructions as tokens, made at export with the policy's own tokenizer: none is needed on the device."""

    width: int
    instructions: Mapping[str, tuple[int, ...]]
    pad: int = 0


@dataclass(frozen=True)
class Card:
    """The whole of policy.json."""

    family: str
    cameras: tuple[Camera, ...]
    state: tuple[str, ...]
    action: tuple[str, ...]
    units: Mapping[str, str]
    fps: float
    chunk: int
    steps: int
    noise: tuple[int, ...]
    stages: tuple[StageFile, ...]
    pictures: Mapping[str, Affine]
    state_in: Affine
    action_out: Affine
    result: str
    result_normalized: bool
    language: Language | None
    goldens: Mapping[str, Any]
    origin: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    execute: int | None = None  # actions of a chunk that training executed before it looked again
    rate_hz: float | None = None  # how often a chunk was wanted; a stage runs every `every`-th time


def card_from_json(values: Mapping[str, Any]) -> Card:
    """Raises `Misfit` with the place of the first value that does not fit."""
    if values.get("format") != FORMAT:
        raise Misfit(f"format is {values.get('format')!r}, and this runner reads format {FORMAT}")
    language = _get(values, "language", (dict, type(None)))
    norm = _get(values, "normalization", dict)
    return Card(
        family=_get(values, "family", str),
        cameras=tuple(Camera(_get(c, "name", str), _count(c, "height"), _count(c, "width")) for c in values["cameras"]),
        state=tuple(_get(values, "state", list)),
        action=tuple(_get(values, "action", list)),
        units=_get(values, "units", dict),
        fps=float(_get(values, "fps", (int, float))),
        chunk=_count(values, "chunk"),
        steps=_get(values, "steps", int),
        noise=tuple(_get(values, "noise", list)),
        stages=tuple(_stage(item) for item in _get(values, "stages", list)),
        pictures={name: _affine(norm["pictures"], name) for name in _get(norm, "pictures", dict)},
        state_in=_affine(norm, "state"),
        action_out=_affine(norm, "action"),
        result=_get(values, "result", str),
        result_normalized=_get(values, "result_normalized", bool),
        language=None if language is None else _language(language),
        goldens=_get(values, "goldens", dict),
        origin=_get(values, "origin", dict),
        versions=_get(values, "versions", dict),
        execute=_count(values, "execute") if "execute" in values else None,
        rate_hz=_get(values, "rate_hz", (int, float, type(None))) if "rate_hz" in values else None,
    )


def _stage(values: Mapping[str, Any]) -> StageFile:
    return StageFile(
        name=_get(values, "name", str),
        file=_get(values, "file", str),
        sha256=_get(values, "sha256", str),
        size=_count(values, "size"),
        lane=_one_of(values, "lane", LANES),
        runs=_one_of(values, "runs", RUNS),
        layout=_one_of(values, "layout", LAYOUTS),
        inputs=tuple(_port(port) for port in _get(values, "inputs", list)),
        outputs=tuple(_port(port) for port in _get(values, "outputs", list)),
        precision=_get(values, "precision", dict),
        operators=_get(values, "operators", dict),
        threads=_count(values, "threads"),
        every=_count(values, "every"),
        beside=_beside(_get(values, "beside", dict)) if "beside" in values else None,
        provider=_one_of(values, "provider", tuple(PROVIDERS)) if "provider" in values else "cpu",
    )


def _beside(values: Mapping[str, Any]) -> tuple[str, int, str]:
    return _get(values, "file", str), _count(values, "size"), _get(values, "sha256", str)


def _port(values: Mapping[str, Any]) -> Port:
    shape = tuple(_get(values, "shape", list))
    if not all(isinstance(size, int) and size > 0 for size in shape):
        raise Misfit(f"the shape of {values.get('name')!r} is {list(shape)}: every size must be a whole number above 0")
    return Port(_get(values, "name", str), _get(values, "dtype", str), shape)


def _language(values: Mapping[str, Any]) -> Language:
    width = _count(values, "width")
    table = {text: tuple(ids) for text, ids in _get(values, "instructions", dict).items()}
    for text, ids in table.items():
        if len(ids) > width:
            raise Misfit(f"the instruction {text!r} has {len(ids)} tokens and the policy takes {width}")
    return Language(width, table, _get(values, "pad", int))


def _affine(values: Mapping[str, Any], name: str) -> Affine:
    pair = _get(values, name, dict)
    arrays = [np.asarray(_get(pair, key, list), np.float32) for key in ("scale", "shift")]
    if not all(np.isfinite(array).all() for array in arrays):
        raise Misfit(f"the normalisation of {name!r} has values that are not finite")
    return Affine(*arrays)


def _get(values: Mapping[str, Any], name: str, kind: Any) -> Any:
    if name not in values:
        raise Misfit(f"{name!r} is missing")
    value = values[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise Misfit(f"{name!r} is {value!r}")
    return value


def _count(values: Mapping[str, Any], name: str) -> int:
    value = _get(values, name, int)
    if value < 1:
        raise Misfit(f"{name!r} is {value}; it must be 1 or more")
    return value


def _one_of(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = _get(values, name, str)
    if value not in allowed:
        raise Misfit(f"{name!r} is {value!r}; this runner knows {', '.join(allowed)}")
    return value
