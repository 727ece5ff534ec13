"""A LeRobot checkpoint behind the policy protocol. Imports torch and LeRobot: for child processes only."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lerobot.configs.policies import PreTrainedConfig
from lerobot.policies.factory import get_policy_class, make_pre_post_processors

from app.policies.errors import PolicyUnreadable
from app.policies.pictures import fit
from app.policies.protocol import (
    Chunk,
    PolicyCamera,
    PolicyInfo,
    PolicyJoint,
    PolicyObservation,
    checked,
    require_observation,
)

IMAGES = "observation.images."
STATE = "observation.state"
RUN = "run.json"  # written by app/training; found above the checkpoint
_UP = 6


def open_checkpoint(folder: Path, device: str = "cpu") -> CheckpointPolicy:
    """The policy of `pretrained_model` folder `folder`. Raises PolicyUnreadable."""
    try:
        config: Any = PreTrainedConfig.from_pretrained(folder)
        config.device = device
        config.pretrained_path = folder
        if hasattr(config, "pretrained_backbone_weights"):
            config.pretrained_backbone_weights = None  # the checkpoint has its own; nothing is downloaded for nothing
        model = get_policy_class(config.type).from_pretrained(folder, config=config)
        before, after = make_pre_post_processors(
            config, pretrained_path=str(folder), preprocessor_overrides={"device_processor": {"device": device}}
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise PolicyUnreadable(
            f"The checkpoint in {folder.parent.name or folder.name} cannot be loaded: {str(error)[:300]}",
            todo="It may be half written or of another LeRobot version: take another checkpoint.",
        ) from error
    model.eval()
    return CheckpointPolicy(model, before, after, _info(folder, config), device)


class CheckpointPolicy:
    """LeRobot's own network and its own pre- and post-processing, so that its numbers are LeRobot's."""

    def __init__(self, model: Any, before: Any, after: Any, info: PolicyInfo, device: str) -> None:
        self.info = info
        self._model = model
        self._before = before
        self._after = after
        self._device = device

    def chunk(self, observation: PolicyObservation) -> Chunk:
        """The next (H, A) actions. Raises ObservationInvalid, PolicyOutputInvalid."""
        require_observation(self.info, observation)
        began = time.perf_counter()
        with torch.inference_mode():
            batch = self._before(self._batch(observation))
            prepared = time.perf_counter()
            raw = self._model.predict_action_chunk(batch)
            if self._device != "cpu":
                torch.cuda.synchronize()
            thought = time.perf_counter()
            actions = self._after(raw[0]).to("cpu", torch.float32).numpy()
        ended = time.perf_counter()
        stages = {
            "prepare": 1e3 * (prepared - began),
            "policy": 1e3 * (thought - prepared),
            "finish": 1e3 * (ended - thought),
        }
        return checked(self.info, actions, stages, observation.monotonic_ns)

    def reset(self) -> None:
        self._model.reset()

    def close(self) -> None:
        del self._model

    def _batch(self, observation: PolicyObservation) -> dict[str, Any]:
        batch: dict[str, Any] = {STATE: torch.from_numpy(np.array(observation.state, np.float32))[None]}
        for camera in self.info.cameras:
            image = fit(observation.images[camera.name], camera.width, camera.height)
            picture = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)
            batch[f"{IMAGES}{camera.name}"] = picture[None].to(torch.float32) / 255.0
        batch["task"] = [observation.task or self.info.task]
        return batch


def _info(folder: Path, config: Any) -> PolicyInfo:
    """What the run says it was made for, or else the dataset it was trained on."""
    said = _from_run(folder) or _from_dataset(folder)
    if said is None:
        raise PolicyUnreadable(
            f"The checkpoint in {folder.parent.name} does not say its rate and joints.",
            todo=f"Put its dataset where it was in training, or a {RUN} of the studio beside it.",
        )
    renamed = {new: old for old, new in _renames(folder).items()}
    features = config.input_features
    cameras = []
    for key in config.image_features:
        _, height, width = features[key].shape
        cameras.append(PolicyCamera(str(renamed.get(key, key)).removeprefix(IMAGES), int(width), int(height)))
    sized = {camera["name"]: camera for camera in said.get("cameras", ())}
    cameras = [
        PolicyCamera(c.name, int(sized[c.name]["width"]), int(sized[c.name]["height"])) if c.name in sized else c
        for c in cameras
    ]
    horizon = int(getattr(config, "chunk_size", 0) or getattr(config, "horizon", 1))
    return PolicyInfo(
        kind=config.type,
        fps=float(said["fps"]),
        horizon=horizon,
        execute=min(horizon, int(said.get("execute") or getattr(config, "n_action_steps", horizon))),
        joints=tuple(PolicyJoint(joint["name"], joint["unit"]) for joint in said["joints"]),
        cameras=tuple(cameras),
        task=said.get("task", ""),
        robot_type=said.get("robot_type", ""),
        takes_task=config.type not in ("act", "diffusion", "vqbet", "tdmpc"),
        source=str(folder),
    )


def _from_run(folder: Path) -> dict[str, Any] | None:
    for place in list(folder.resolve().parents)[:_UP]:
        try:
            return json.loads((place / RUN).read_text(encoding="utf-8"))["policy"]
        except (OSError, ValueError, KeyError):
            continue
    return None


def _from_dataset(folder: Path) -> dict[str, Any] | None:
    """A checkpoint trained elsewhere: its dataset's info.json, where that still lies."""
    try:
        train = json.loads((folder / "train_config.json").read_text(encoding="utf-8"))
        info = json.loads((Path(train["dataset"]["root"]) / "meta/info.json").read_text(encoding="utf-8"))
        names = [str(name).removesuffix(".pos") for name in info["features"]["action"]["names"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    joints = [{"name": name, "unit": ""} for name in names]
    return {"fps": info["fps"], "joints": joints, "robot_type": info.get("robot_type") or ""}


def _renames(folder: Path) -> dict[str, str]:
    """The camera rename map that a fine-tuned base was trained with."""
    try:
        steps = json.loads((folder / "policy_preprocessor.json").read_text(encoding="utf-8"))["steps"]
    except (OSError, ValueError, KeyError):
        return {}
    for step in steps:
        found = (step.get("config") or {}).get("rename_map")
        if found:
            return dict(found)
    return {}
