"""Random, labelled checkpoints that LeRobot itself writes, small and offline; and recorded episodes to try them on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.datasets import CameraFormat, Dataset, DatasetFormat, EpisodeFacts
from tests.datasets.scenes import JOINTS, QUICK, record

CAMERAS = ("top", "gripper")
SIZE = 64
SMALL_ACT: dict[str, Any] = {
    "dim_model": 32,
    "n_heads": 2,
    "dim_feedforward": 64,
    "n_encoder_layers": 2,
    "n_decoder_layers": 2,
    "n_vae_encoder_layers": 1,
    "chunk_size": 6,
    "n_action_steps": 6,
    "latent_dim": 8,
}


def record_bricks(folder: Path, clusters: tuple[str, ...] = ("A", "B", "C"), rows: int = 12) -> Path:
    """One episode a cluster, cameras of one size."""
    cameras = tuple(CameraFormat(name, SIZE, SIZE) for name in CAMERAS)
    format = DatasetFormat(30, "so_follower", JOINTS, cameras)
    dataset = Dataset.create(folder / "datasets/bricks", format, QUICK)
    for number, cluster in enumerate(clusters):
        name = f"take-{number}"
        record(folder / "takes", name, format=format, rows=rows, first=100 * number).stop()
        dataset.commit(folder / "takes", name, EpisodeFacts("", cluster=cluster))
    return dataset.folder


def save_act(folder: Path, cameras: tuple[str, ...] = CAMERAS, size: int = SIZE, seed: int = 0, **options: Any) -> Path:
    """An untrained ACT with processors, as lerobot-train leaves one."""
    import torch
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.act.modeling_act import ACTPolicy
    from lerobot.policies.act.processor_act import make_act_pre_post_processors

    torch.manual_seed(seed)
    shape = options.pop("shape", (3, size, size))
    inputs = {"observation.state": PolicyFeature(FeatureType.STATE, (6,))}
    inputs |= {f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, shape) for name in cameras}
    config = ACTConfig(
        input_features=inputs,
        output_features={"action": PolicyFeature(FeatureType.ACTION, (6,))},
        pretrained_backbone_weights=None,
        device="cpu",
        push_to_hub=False,
        **options,
    )
    policy = ACTPolicy(config)
    with torch.no_grad():
        for name, buffer in policy.named_buffers():  # frozen batch-norms that fold to something
            if name.endswith(("running_mean", "bias")) and "bn" in name:
                buffer.copy_(torch.rand_like(buffer) * 0.2)
            elif name.endswith("running_var"):
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    before, after = make_act_pre_post_processors(config, statistics(cameras))
    for part in (policy, before, after):
        part.save_pretrained(folder)
    return folder


def statistics(cameras: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    import torch

    joints = {"mean": torch.linspace(-5, 5, 6), "std": torch.linspace(10, 30, 6)}
    joints |= {"min": torch.linspace(-40, -60, 6), "max": torch.linspace(60, 40, 6)}
    pictures = {"mean": torch.tensor([0.485, 0.456, 0.406]), "std": torch.tensor([0.229, 0.224, 0.225])}
    pictures = {key: value.reshape(3, 1, 1) for key, value in pictures.items()}
    return {"observation.state": joints, "action": joints} | {
        f"observation.images.{name}": pictures for name in cameras
    }
