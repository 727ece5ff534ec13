"""Loads a LeRobot checkpoint for export: policy, its processors, and their statistics as plain arrays.

Only child processes import this: it imports torch and LeRobot.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from app.export.errors import CheckpointUnreadable, PolicyUnsupported
from app.export.names import dataset_names
from app.export.provenance import provenance
from app.export.runner.artifact import digest
from app.export.runner.models import Affine, Camera
from app.export.stages import Interface, Observation

STATE = "observation.state"
PICTURES = "observation.images."
ACTION = "action"


@dataclass(frozen=True)
class Checkpoint:
    """A policy as LeRobot loads it. `sha256` is that of its weights; `origin` what the training run says of itself."""

    folder: Path
    kind: str
    config: Any
    policy: Any
    preprocessor: Any
    postprocessor: Any
    sha256: str
    origin: dict[str, Any]

    @classmethod
    def load(cls, folder: Path, vlm: str | None = None) -> Checkpoint:
        """`folder` holds config.json and model.safetensors; a run's folder is followed to its last checkpoint.

        `vlm`: a local folder with SmolVLA's processor and configuration, where what the checkpoint names is not here.
        Raises `CheckpointUnreadable`.
        """
        folder = pretrained_folder(folder)
        from lerobot.configs.policies import PreTrainedConfig
        from lerobot.policies.factory import get_policy_class, make_pre_post_processors

        try:
            config: Any = PreTrainedConfig.from_pretrained(folder)
            config.device = "cpu"
            overrides: dict[str, Any] = {"device_processor": {"device": "cpu"}}
            if config.type == "act":
                config.pretrained_backbone_weights = None
            if config.type == "smolvla":
                config.vlm_model_name = vlm or config.vlm_model_name
                config.load_vlm_weights = False
                overrides["tokenizer_processor"] = {"tokenizer_name": config.vlm_model_name}
            policy: Any = get_policy_class(config.type).from_pretrained(folder, config=config, local_files_only=True)
            before, after = make_pre_post_processors(
                config, pretrained_path=str(folder), preprocessor_overrides=overrides
            )
        except (OSError, ValueError, KeyError) as error:
            raise CheckpointUnreadable(
                f"The checkpoint {folder} cannot be loaded: {error}",
                todo="Choose a folder that lerobot-train wrote (checkpoints/NNNNNN/pretrained_model).",
            ) from error
        weights = folder / "model.safetensors"
        return cls(folder, config.type, config, policy.eval(), before, after, digest(weights), origin_of(folder))

    @property
    def cameras(self) -> tuple[Camera, ...]:
        """Raises `PolicyUnsupported` when sizes differ: a stage has one static shape."""
        found = tuple(
            Camera(key.removeprefix(PICTURES), feature.shape[1], feature.shape[2])
            for key, feature in self.config.image_features.items()
        )
        if not found:
            raise PolicyUnsupported(f"The policy in {self.folder} sees no camera.", todo="Export one that does.")
        if len({(camera.height, camera.width) for camera in found}) > 1:
            sizes = ", ".join(f"{camera.name} {camera.width}x{camera.height}" for camera in found)
            raise PolicyUnsupported(
                f"The cameras differ in size ({sizes}), and the vision stage has one.",
                todo="Train on pictures of one size.",
            )
        return found

    def affine(self, key: str, *, inverse: bool = False, over: float = 1.0) -> Affine:
        """The normalisation of a feature as `x * scale + shift`; `over` divides the input first (255 for pictures)."""
        step = _normalizer(self.postprocessor if inverse else self.preprocessor)
        feature = (self.config.output_features if inverse else self.config.input_features)[key]
        mode = str(getattr(step.norm_map.get(feature.type, "IDENTITY"), "value", "IDENTITY"))
        stats = {
            name: np.asarray(value, np.float64).reshape(-1) for name, value in (step.stats or {}).get(key, {}).items()
        }
        width = feature.shape[0]
        scale, shift = np.ones(width), np.zeros(width)
        if stats and mode != "IDENTITY":
            scale, shift = _line(mode, stats, step.eps, inverse=inverse)
        return Affine((scale / over).astype(np.float32), shift.astype(np.float32))

    def interface(self, cameras: tuple[Camera, ...], **own: Any) -> Interface:
        """What every family's interface takes from its checkpoint; `own` is what the family adds."""
        sizes = (self.config.robot_state_feature.shape[0], self.config.action_feature.shape[0])
        state, action = dataset_names(self.origin.get("dataset"), sizes)
        return Interface(
            family=self.kind,
            cameras=cameras,
            state=state,
            action=action,
            chunk=self.config.chunk_size,
            pictures={camera.name: self.affine(PICTURES + camera.name, over=255) for camera in cameras},
            state_in=self.affine(STATE),
            action_out=self.affine(ACTION, inverse=True),
            **own,
        )

    def run(self, observation: Observation, noise: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
        """What LeRobot itself gives for an observation, through its own processors: [H, A] in joint units."""
        batch: dict[str, Any] = {
            STATE: torch.from_numpy(observation.state.astype(np.float32)),
            "task": observation.task,
        }
        for camera in self.cameras:
            picture = torch.from_numpy(observation.pictures[camera.name].astype(np.float32) / np.float32(255))
            batch[PICTURES + camera.name] = picture.permute(2, 0, 1)
        options = {} if noise is None else {"noise": torch.from_numpy(noise)}
        with torch.no_grad():
            chunk = self.policy.predict_action_chunk(self.preprocessor(batch), **options)
            return self.postprocessor(chunk)[0].numpy().astype(np.float32)


def pretrained_folder(folder: Path) -> Path:
    """The folder with the weights: `folder` itself, or the last checkpoint of the run that it is."""
    last = Path("checkpoints") / "last" / "pretrained_model"
    for candidate in (folder, folder / "pretrained_model", folder / last, folder / "train" / last):
        if (candidate / "config.json").is_file() and (candidate / "model.safetensors").is_file():
            return candidate
    raise CheckpointUnreadable(
        f"{folder} holds no checkpoint: config.json and model.safetensors are missing.",
        todo="Choose a training run, or one of its checkpoints.",
    )


def _normalizer(pipeline: Any) -> Any:
    return next(step for step in pipeline.steps if hasattr(step, "norm_map"))


def _line(mode: str, stats: dict[str, Any], eps: float, *, inverse: bool) -> tuple[Any, Any]:
    """LeRobot's normalisation modes as a line, in float64. Raises `PolicyUnsupported` for one that is new."""
    ends = {"MIN_MAX": ("min", "max"), "QUANTILES": ("q01", "q99"), "QUANTILE10": ("q10", "q90")}
    if mode == "MEAN_STD":
        mean, std = stats["mean"], stats["std"]
        return (std, mean) if inverse else (1 / (std + eps), -mean / (std + eps))
    if mode not in ends:
        raise PolicyUnsupported(
            f"The normalisation {mode} is not known here.", todo="Add it to app/export/checkpoint.py."
        )
    low, high = (stats[name] for name in ends[mode])
    span = np.where(high - low == 0, eps, high - low)
    return (span / 2, low + span / 2) if inverse else (2 / span, -2 * low / span - 1)


def origin_of(folder: Path) -> dict[str, Any]:
    """Dataset, episodes and step of the run that made the checkpoint, as far as its files say."""
    path = folder / "train_config.json"
    values = json.loads(path.read_text()) if path.is_file() else {}
    dataset = values.get("dataset") or {}
    step = folder.parent.name
    return {
        "checkpoint": str(folder),
        "step": int(step) if step.isdecimal() else None,
        "dataset": dataset.get("root") or dataset.get("repo_id"),
        "episodes": dataset.get("episodes"),
        "seed": values.get("seed"),
        **_studio(folder),
    }


def _studio(folder: Path) -> dict[str, Any]:
    """What the studio's own run says beyond LeRobot's configuration; LeRobot was given a view of its dataset."""
    told = provenance(folder)
    if told is None:
        return {}
    return {"run": told.run, "held_out": list(told.held_out), "fps": told.fps, "execute": told.execute}
