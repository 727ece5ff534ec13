"""LiteRT, converted in the lane's own environment: the vision stage fully int8, static and NHWC, as an NPU wants it;
the others in float or with int8 weights where a fully connected layer multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.export.act_vision import Vision, VisionMap
from app.export.audit import Audit
from app.export.errors import CalibrationTooSmall, PrecisionMismatch
from app.export.graph import load
from app.export.lanes.environments import LaneEnvironment
from app.export.lanes.lane import Converted, Source
from app.export.observations import evenly
from app.export.precision import Precision, StagePrecision
from app.export.stages import Layout, Observation, StagedPolicy, stage_named
from app.export.targets import targets

FP32, INT8_DYNAMIC, INT8 = (StagePrecision.of(word) for word in ("fp32", "int8_dynamic", "int8_static"))
MOST = 24  # samples to calibrate on


@dataclass(frozen=True)
class LiteRtLane:
    """`runtime` is in the studio's environment; `environment` holds the converter."""

    environment: LaneEnvironment
    name: str = "litert"

    def lacks(self) -> str:
        try:
            import ai_edge_litert.interpreter  # noqa: F401
        except ImportError as error:
            return f"LiteRT is not installed ({error}). ./understudy install lerobot"
        return self.environment.lacks()

    def precisions(self, source: Source) -> list[StagePrecision]:
        """[] for a stage with a mask or tokens, which no LiteRT file here was tried with."""
        if convolves(source.policy, source.placed.stage.name):
            return [INT8]
        plain = all(port.dtype == "float32" for port in source.placed.stage.inputs)
        return [FP32, INT8_DYNAMIC] if plain else []

    def convert(self, source: Source, precision: StagePrecision) -> Converted:
        """Raises `PrecisionMismatch` for a float left in an int8 stage, `CalibrationTooSmall`, `LaneUnavailable`."""
        if not source.feeds:
            raise CalibrationTooSmall("There is no observation to convert with.", todo="Give the export a dataset.")
        if convolves(source.policy, source.placed.stage.name):
            return self._vision(source)
        name, layout = source.placed.stage.name, source.placed.layout
        names = [port.name for port in source.placed.stage.inputs]
        arrays = [np.stack([feed[port] for feed in source.feeds[:MOST]]) for port in names]
        target = source.target(self.name, precision, ".tflite")
        facts = self._work(source, source.policy.module(name, layout), arrays, {str(precision): target})
        chosen = targets(load(source.placed.path))
        audit = Audit(chosen.wanted(precision), _counted(facts), 0, 0, False, facts["operators"])
        audit.require(name)
        placed = source.moved(target, precision, lane=self.name, operators=facts["operators"])
        return Converted(placed, audit, facts)

    def _vision(self, source: Source) -> Converted:
        stage = stage_named(source.policy.stages(Layout.nhwc), "vision")
        module = VisionMap(source.policy.module("vision", Layout.nchw)).eval()
        pictures = normalised(source.policy, calibrated_on(source.observations))
        target = source.target(self.name, INT8, ".tflite")
        facts = self._work(source, module, [pictures], {"int8_static": target}, channel_last=True)
        audit = Audit(targets(load(source.placed.path)).wanted(INT8), _counted(facts), 0, 0, False, facts["operators"])
        audit.require("vision")
        if facts["float_tensor_count"]:
            raise PrecisionMismatch(
                f"{facts['float_tensor_count']} tensors of the vision stage are float32: {facts['float_tensors'][:3]}.",
                todo="An NPU would run these on the CPU: use ONNX Runtime for this stage.",
            )
        placed = replace(
            source.moved(target, INT8, lane=self.name, operators=facts["operators"], layout=Layout.nhwc), stage=stage
        )
        return Converted(placed, audit, facts)

    def _work(
        self,
        source: Source,
        module: Any,
        arrays: Sequence[np.ndarray],
        made: Mapping[str, Path],
        channel_last: bool = False,
    ) -> dict[str, Any]:
        stem = source.folder / f"{source.placed.stage.name}.litert"
        program, feeds = stem.with_suffix(".pt2"), stem.with_suffix(".npz")
        shapes = [array[0].transpose(0, 3, 1, 2) if channel_last else array[0] for array in arrays]
        examples = tuple(torch.zeros(shape.shape, dtype=torch.float32) for shape in shapes)
        with torch.no_grad():
            torch.export.save(torch.export.export(module, examples), program)
        numbered: Any = {str(number): array for number, array in enumerate(arrays)}
        np.savez(feeds, **numbered)
        request = {"program": str(program), "feeds": str(feeds), "channel_last": channel_last}
        targets_: dict[str, Any] = {precision: str(path) for precision, path in made.items()}
        found = self.environment.work("litert_stage.py", {**request, "targets": targets_})
        return found[next(iter(made))]


def convolves(policy: StagedPolicy, stage: str) -> bool:
    """Whether a stage is a convolutional backbone, which has a form that LiteRT takes as NHWC."""
    return (
        stage == "vision"
        and policy.interface.family == "act"
        and isinstance(policy.module("vision", Layout.nchw), Vision)
    )


def pictures_of(observations: Sequence[Observation]) -> list[tuple[Observation, str]]:
    """Every picture: an observation, and the camera's name."""
    return [(seen, name) for seen in observations for name in seen.pictures]


def calibrated_on(observations: Sequence[Observation]) -> list[tuple[Observation, str]]:
    """The pictures that the vision stage's scales come from, spread over all moments."""
    found = pictures_of(observations)
    return [found[at] for at in evenly(len(found), MOST)]


def normalised(policy: StagedPolicy, pictures: Sequence[tuple[Observation, str]]) -> np.ndarray:
    """[N, 1, H, W, 3] float32: pictures as the network was trained on them."""
    affine = policy.interface.pictures
    return np.stack([affine[name](seen.pictures[name].astype(np.float32)) for seen, name in pictures])[:, None]


def _counted(facts: Mapping[str, Any]) -> dict[Precision, int]:
    return {Precision(word): count for word, count in facts["weights"].items() if word != "fp32"}
