"""The policy put together from its stages: an observation in, a chunk of actions in joint units out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .artifact import Artifact, ArtifactRefused, open_artifact
from .models import Camera, Port, StageFile
from .sessions import Session, open_session

# Plain aliases: boards still run Python 3.10.
Opener = Callable[[StageFile, Path], Session]
Guide = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""(x_t, v_t, t) of a denoise step to the velocity that is integrated instead of v_t."""


@dataclass(frozen=True)
class Span:
    """One run of one stage: when it began on the monotonic clock, how long it took, and the processor's time of it."""

    stage: str
    index: int
    begin_s: float
    seconds: float
    cpu_s: float = 0.0


class ExportedPolicy:
    """Runs an artifact's stages in order. Not thread-safe; one chunk at a time.

    Raises `ArtifactRefused` for an observation that the policy does not take.
    """

    def __init__(self, artifact: Artifact, opener: Opener = open_session) -> None:
        self.artifact = artifact
        self.card = artifact.card
        self._sessions = {stage.name: opener(stage, artifact.path(stage)) for stage in self.card.stages}
        self._kept: dict[str, dict[str, np.ndarray]] = {}
        self._count = 0
        self.spans: list[Span] = []
        self.steps: list[np.ndarray] = []

    @classmethod
    def open(cls, folder: Path) -> ExportedPolicy:
        return cls(open_artifact(folder))

    def reset(self) -> None:
        """Forgets what stages kept from the last chunk."""
        self._kept.clear()
        self._count = 0

    def chunk(
        self,
        pictures: Mapping[str, np.ndarray],
        state: np.ndarray,
        *,
        task: str = "",
        noise: np.ndarray | None = None,
        guide: Guide | None = None,
    ) -> np.ndarray:
        """[H, A] targets in joint units from uint8 HWC pictures by camera and a state in joint units.

        `guide` steers a flow policy while it denoises (real-time chunking).
        `spans` then holds how long each stage took, `steps` what each denoise step gave.
        """
        self.spans, self.steps = [], []
        values = self._inputs(pictures, np.asarray(state, np.float32), task, noise)
        for stage in self.card.stages:
            if stage.name in self._kept and self._count % stage.every:
                values |= self._kept[stage.name]
                continue
            match stage.runs:
                case "per_camera":
                    found = self._per_camera(stage, pictures)
                case "once":
                    found = self._run(stage, values, 0)
                case _:
                    found = self._integrate(stage, values, guide)
            values |= found
            if stage.every > 1:
                self._kept[stage.name] = found
        self._count += 1
        return self._result(values[self.card.result])

    def _inputs(
        self, pictures: Mapping[str, np.ndarray], state: np.ndarray, task: str, noise: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        for camera in self.card.cameras:
            _check_picture(camera, pictures)
        if state.shape != (len(self.card.state),):
            raise ArtifactRefused(f"the state has {state.shape} values; the policy takes {len(self.card.state)}")
        values = {"state": state}
        if self.card.language is not None:
            values |= self._words(task)
        if self.card.noise:
            drawn = np.random.default_rng().standard_normal(self.card.noise) if noise is None else noise
            values["x_t"] = np.asarray(drawn, np.float32).reshape(self.card.noise)
        return values

    def _words(self, task: str) -> dict[str, np.ndarray]:
        language = self.card.language
        assert language is not None
        if task not in language.instructions:
            known = "; ".join(repr(text) for text in language.instructions)
            raise ArtifactRefused(f"the instruction {task!r} was not exported. Known: {known}. Export it with --task")
        ids = language.instructions[task]
        tokens = np.full((1, language.width), language.pad, np.int64)
        tokens[0, : len(ids)] = ids
        mask = np.zeros((1, language.width), bool)
        mask[0, : len(ids)] = True
        return {"tokens": tokens, "token_mask": mask}

    def _per_camera(self, stage: StageFile, pictures: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        parts: list[dict[str, np.ndarray]] = []
        for index, camera in enumerate(self.card.cameras):
            picture = pictures[camera.name]
            if stage.layout != "folded":
                picture = self.card.pictures[camera.name](picture.astype(np.float32))
                picture = picture if stage.layout == "nhwc" else np.ascontiguousarray(picture.transpose(2, 0, 1))
            parts.append(self._run(stage, {stage.inputs[0].name: picture}, index))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _integrate(self, stage: StageFile, values: dict[str, np.ndarray], guide: Guide | None) -> dict[str, np.ndarray]:
        """Euler's steps from noise (t = 1) to actions (t = 0), as LeRobot integrates a flow policy."""
        step = -1.0 / self.card.steps
        x_t = values["x_t"]
        for index in range(self.card.steps):
            moment = np.array([1.0 + index * step], np.float32)
            found = self._run(stage, {**values, "x_t": x_t, "t": moment}, index)
            v_t = found["v_t"].reshape(x_t.shape)
            v_t = v_t if guide is None else guide(x_t, v_t, float(moment[0]))
            x_t = x_t + np.float32(step) * v_t
            self.steps.append(self._result(x_t))
        return {"x_t": x_t}

    def _run(self, stage: StageFile, values: Mapping[str, np.ndarray], index: int) -> dict[str, np.ndarray]:
        inputs = {port.name: self._fit(stage, port, values) for port in stage.inputs}
        begin, cpu = time.perf_counter(), time.process_time()
        found = self._sessions[stage.name].run(inputs)
        spent = time.process_time() - cpu
        self.spans.append(Span(stage.name, index, begin, time.perf_counter() - begin, spent))
        return {port.name: found[port.name].reshape(port.shape) for port in stage.outputs}

    def _fit(self, stage: StageFile, port: Port, values: Mapping[str, np.ndarray]) -> np.ndarray:
        value = values[port.name]
        if port.name == "state" and stage.layout != "folded":
            value = self.card.state_in(value)
        return np.ascontiguousarray(value.reshape(port.shape), dtype=port.dtype)

    def _result(self, values: np.ndarray) -> np.ndarray:
        actions = values.reshape(self.card.chunk, -1)[:, : len(self.card.action)]
        return self.card.action_out(actions) if self.card.result_normalized else actions


def _check_picture(camera: Camera, pictures: Mapping[str, np.ndarray]) -> None:
    if camera.name not in pictures:
        raise ArtifactRefused(f"there is no picture of the camera {camera.name!r}, which the policy was trained on")
    picture, wanted = pictures[camera.name], (camera.height, camera.width, 3)
    if picture.shape != wanted or picture.dtype != np.uint8:
        text = f"the picture of {camera.name!r} is {picture.dtype} {list(picture.shape)}"
        raise ArtifactRefused(f"{text}; the policy takes uint8 {list(wanted)}")
