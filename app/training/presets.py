"""Settings that fit: a quick check for two cores, and the guide's own for a machine with a graphics card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.training.errors import RunInvalid
from app.training.models import Device, Precision, RunSettings, Scoring

_NARROW = ("top", "gripper")


@dataclass(frozen=True)
class Preset:
    """`settings` makes them for a dataset's cameras."""

    name: str
    title: str
    words: str
    settings: Callable[[Sequence[str]], RunSettings]


def _quick(cameras: Sequence[str]) -> RunSettings:
    """facts: 64 px, two cameras, 10 Hz, chunk 20, noise on the state; 80 % after 2,500 steps on two cores.

    Without dropout, which makes a regressing network overshoot when it is off (docs/decisions/0150).
    """
    chosen = tuple(name for name in _NARROW if name in cameras) or tuple(cameras)
    return RunSettings(
        preset="quick",
        policy="act",
        cameras=chosen,
        width=64,
        height=64,
        fps=10,
        execute=8,
        steps=2500,
        batch=32,
        precision=Precision.bf16,
        save_every=500,
        log_every=10,
        recovery_times=1,
        state_noise=0.05,
        options={
            "policy.chunk_size": 20,
            "policy.n_action_steps": 8,
            "policy.dim_model": 256,
            "policy.dim_feedforward": 1024,
            "policy.n_heads": 8,
            "policy.n_encoder_layers": 2,
            "policy.use_vae": False,
            "policy.dropout": 0.0,
            "policy.pretrained_backbone_weights": None,
            "policy.optimizer_lr": 3e-4,
            "policy.optimizer_lr_backbone": 3e-4,
            "use_policy_training_preset": False,
            "optimizer.type": "adamw",
            "optimizer.lr": 3e-4,
            "optimizer.weight_decay": 1e-4,
            "optimizer.grad_clip_norm": 2.0,
            "scheduler.type": "cosine_decay_with_warmup",
            "scheduler.num_warmup_steps": 100,
            "scheduler.num_decay_steps": "{steps}",
            "scheduler.peak_lr": 3e-4,
            "scheduler.decay_lr": 1e-6,
        },
    )


def _guide_act(cameras: Sequence[str]) -> RunSettings:
    return RunSettings(
        preset="guide-act",
        policy="act",
        cameras=tuple(cameras),
        steps=160_000,
        batch=8,
        save_every=20_000,
        log_every=100,
        workers=4,
        execute=50,
        options={"policy.chunk_size": 100, "policy.n_action_steps": 50},
        scoring=Scoring(trials_training=22, trials_held_out=10, final=2),
    )


def _guide_smolvla(cameras: Sequence[str]) -> RunSettings:
    rename = {
        f"observation.images.{name}": f"observation.images.camera{number}"
        for number, name in enumerate(cameras[:3], start=1)
    }
    return RunSettings(
        preset="guide-smolvla",
        policy="smolvla",
        base="lerobot/smolvla_base",
        rename=rename,
        cameras=tuple(cameras[:3]),
        steps=160_000,
        batch=8,
        precision=Precision.bf16,
        save_every=20_000,
        log_every=100,
        workers=4,
        execute=50,
        scoring=Scoring(trials_training=22, trials_held_out=10, final=2),
    )


PRESETS = (
    Preset(
        "quick",
        "Quick check",
        "A small ACT on 64-pixel pictures at 10 Hz: shows within minutes, on two cores, whether the data teaches.",
        _quick,
    ),
    Preset(
        "guide-act",
        "Guide's ACT",
        "LeRobot's ACT at the recording's size and rate. Wants a graphics card and some hours.",
        _guide_act,
    ),
    Preset(
        "guide-smolvla",
        "Guide's SmolVLA",
        "Fine-tunes the SmolVLA base, which is fetched once. Wants a graphics card with 24 GB.",
        _guide_smolvla,
    ),
)


def suggested(device: Device) -> str:
    """The preset that fits a machine: the guide's wants a graphics card, the quick one two cores."""
    return "guide-act" if device is Device.cuda else "quick"


def preset(name: str, cameras: Sequence[str]) -> RunSettings:
    """Raises RunInvalid."""
    for one in PRESETS:
        if one.name == name:
            return one.settings(cameras)
    raise RunInvalid(f"There is no preset {name!r}.", todo=f"Choose one of {', '.join(one.name for one in PRESETS)}.")
