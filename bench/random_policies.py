"""Policies of full size or small with random weights, made offline: for shape, parity and latency, never for accuracy.

Each is saved as LeRobot saves a checkpoint, so that an export takes the same way as with a trained one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lerobot.configs.types import FeatureType, PolicyFeature

CAMERAS = ("top", "gripper", "left")
TASK = "Put the lego brick into the transparent box"
# The published model's sizes; `SMALL_VLM` has the same parts, small enough for a test.
FULL_VLM: Mapping[str, Any] = {
    "vision": {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
               "image_size": 512, "patch_size": 16},
    "text": {"hidden_size": 960, "intermediate_size": 2560, "num_hidden_layers": 32, "num_attention_heads": 15,
             "num_key_value_heads": 5, "head_dim": 64, "vocab_size": 49280},
    "scale_factor": 4,
}  # fmt: skip
SMALL_VLM: Mapping[str, Any] = {
    "vision": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
               "image_size": 64, "patch_size": 8},
    "text": {"hidden_size": 96, "intermediate_size": 128, "num_hidden_layers": 4, "num_attention_heads": 6,
             "num_key_value_heads": 2, "head_dim": 16, "vocab_size": 512},
    "scale_factor": 4,
}  # fmt: skip
_SPECIAL = ("<fake_token_around_image>", "<image>", "<global-img>", "<end_of_utterance>", "<|im_start|>", "<|im_end|>")


def features(cameras: tuple[str, ...], height: int, width: int) -> tuple[dict[str, Any], dict[str, Any]]:
    inputs = {"observation.state": PolicyFeature(FeatureType.STATE, (6,))}
    inputs |= {f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, (3, height, width)) for name in cameras}
    return inputs, {"action": PolicyFeature(FeatureType.ACTION, (6,))}


def statistics(cameras: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Of an SO-101 that reaches about: degrees, and percent for the gripper."""
    joints = {"mean": torch.linspace(-5, 5, 6), "std": torch.linspace(10, 30, 6)}
    joints |= {"min": torch.linspace(-40, -60, 6), "max": torch.linspace(60, 40, 6)}
    pictures = {"mean": torch.tensor([0.485, 0.456, 0.406]), "std": torch.tensor([0.229, 0.224, 0.225])}
    pictures = {key: value.reshape(3, 1, 1) for key, value in pictures.items()}
    return {"observation.state": joints, "action": joints} | {
        f"observation.images.{name}": pictures for name in cameras
    }


def save_act(
    folder: Path, cameras: tuple[str, ...] = CAMERAS, size: tuple[int, int] = (480, 640), **options: Any
) -> Path:
    """An untrained ACT; its frozen batch-norms fold to something."""
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.act.modeling_act import ACTPolicy
    from lerobot.policies.act.processor_act import make_act_pre_post_processors

    torch.manual_seed(options.pop("seed", 0))
    inputs, outputs = features(cameras, *size)
    config = ACTConfig(
        input_features=inputs,
        output_features=outputs,
        pretrained_backbone_weights=None,
        device="cpu",
        push_to_hub=False,
        **options,
    )
    policy = ACTPolicy(config)
    with torch.no_grad():
        for name, buffer in policy.named_buffers():
            if "bn" in name and name.endswith(("running_mean", "bias")):
                buffer.copy_(torch.rand_like(buffer) * 0.2)
            elif name.endswith("running_var"):
                buffer.copy_(torch.rand_like(buffer) + 0.5)
    return _save(folder, policy, *make_act_pre_post_processors(config, statistics(cameras)))


def save_smolvla(
    folder: Path,
    sizes: Mapping[str, Any] = FULL_VLM,
    cameras: tuple[str, ...] = CAMERAS,
    size: tuple[int, int] = (480, 640),
    **options: Any,
) -> Path:
    """An untrained SmolVLA beside `folder`/vlm, its processor and a small tokenizer trained on a few sentences."""
    return _save(folder, *smolvla(folder, sizes, cameras, size, **options))


def smolvla(
    folder: Path,
    sizes: Mapping[str, Any] = FULL_VLM,
    cameras: tuple[str, ...] = CAMERAS,
    size: tuple[int, int] = (480, 640),
    **options: Any,
) -> tuple[Any, Any, Any]:
    """The network and its processors, in memory; only what names the language model lies in `folder`/vlm."""
    from lerobot.policies.smolvla.configuration_smolvla import SmolVLAConfig
    from lerobot.policies.smolvla.modeling_smolvla import SmolVLAPolicy
    from lerobot.policies.smolvla.processor_smolvla import make_smolvla_pre_post_processors

    torch.manual_seed(options.pop("seed", 0))
    inputs, outputs = features(cameras, *size)
    side = sizes["vision"]["image_size"]
    config = SmolVLAConfig(
        input_features=inputs,
        output_features=outputs,
        vlm_model_name=str(save_vlm(folder / "vlm", sizes)),
        load_vlm_weights=False,
        resize_imgs_with_padding=(side, side),
        device="cpu",
        push_to_hub=False,
        **options,
    )
    return SmolVLAPolicy(config), *make_smolvla_pre_post_processors(config, statistics(cameras))


def save_vlm(folder: Path, sizes: Mapping[str, Any]) -> Path:
    """Configuration, image processor and tokenizer of a SmolVLM, without weights."""
    from transformers import SmolVLMConfig, SmolVLMImageProcessor, SmolVLMProcessor, SmolVLMVideoProcessor

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    text = {**sizes["text"], "model_type": "llama", "rms_norm_eps": 1e-5, "pad_token_id": tokenizer.pad_token_id}
    ids = {"image_token_id": tokenizer.convert_tokens_to_ids("<image>"), "pad_token_id": tokenizer.pad_token_id}
    config = SmolVLMConfig(
        vision_config=dict(sizes["vision"]), text_config=text, scale_factor=sizes["scale_factor"], **ids
    )
    config.save_pretrained(folder)
    SmolVLMProcessor(SmolVLMImageProcessor(), tokenizer, SmolVLMVideoProcessor(), image_seq_len=64).save_pretrained(
        folder
    )
    return folder


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE(unk_token=None))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<pad>", *_SPECIAL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator([TASK, "Stack the bricks", "Pick up the teabag and put it into the cup"], trainer)
    named = {"fake_image_token": _SPECIAL[0], "image_token": _SPECIAL[1], "global_image_token": _SPECIAL[2]}
    return PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<pad>", extra_special_tokens=named)


def _save(folder: Path, policy: Any, before: Any, after: Any) -> Path:
    for part in (policy, before, after):
        part.save_pretrained(folder)
    (folder / "train_config.json").write_text(json.dumps({"note": "random weights: nothing was trained"}))
    return folder
