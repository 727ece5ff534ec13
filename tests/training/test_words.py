"""What a run will do with its episodes, in sentences that hold: LeRobot's own defaults are the oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.training.command import DTYPED, launched
from app.training.hub import view_hash
from app.training.models import Device, Precision, Run, RunSettings
from app.training.view import build_view
from app.training.words import AUGMENTATION, NOISE, view_words
from tests.training.recorded import ROWS, TINY, dataset, described


def with_(root: Path, **update: object) -> Run:
    return described(root, settings=TINY.model_copy(update=update))


def test_the_view_is_told_at_the_policys_rate_and_size_with_every_copy(tmp_path: Path) -> None:
    made = dataset(tmp_path)
    plain = with_(tmp_path)
    frames = 4 * ROWS // 3
    assert (plain.view_episodes, plain.view_frames) == (4, frames)
    told = " ".join(view_words(plain))
    assert f"4 episodes of {frames} frames at 10 Hz, from recordings at 30 Hz" in told
    assert "64 x 32 px from top and gripper" in told
    assert "1 recovery counts as 2 of 4 episodes, 50 %" in told

    noisy = with_(tmp_path, state_noise=0.05)
    assert (noisy.view_episodes, noisy.view_frames) == (12, 3 * frames)
    told = " ".join(view_words(noisy))
    assert "3 times" in told
    assert "0.05 standard deviations" in told
    assert NOISE in told
    build_view(noisy, made, tmp_path / "view")
    from app.datasets.layout import DatasetHead

    head = DatasetHead.read(tmp_path / "view")
    assert (head.total_episodes, head.total_frames) == (noisy.view_episodes, noisy.view_frames)


def test_views_that_differ_by_their_noise_are_two_views_elsewhere(tmp_path: Path) -> None:
    dataset(tmp_path)
    clean = view_hash(with_(tmp_path))
    noisy = view_hash(with_(tmp_path, state_noise=0.05))
    again = view_hash(with_(tmp_path, state_noise=0.05, seed=7))
    assert len({clean, noisy, again}) == 3
    assert clean == view_hash(with_(tmp_path, seed=7)), "without noise the seed draws nothing in it"


def test_several_processes_say_how_many_frames_a_step_has(tmp_path: Path) -> None:
    dataset(tmp_path)
    told = view_words(with_(tmp_path, processes=4, device=Device.cuda))[-1]
    assert "Each of the 4 graphics cards learns from its own 2 frames: 8 a step." in told


@pytest.mark.lerobot
def test_the_words_on_augmentation_are_lerobots_defaults(tmp_path: Path) -> None:
    from lerobot.transforms import ImageTransformsConfig

    dataset(tmp_path)
    run = with_(tmp_path, augmentation=True)
    assert "--dataset.image_transforms.enable=true" in run.command
    assert AUGMENTATION in view_words(run)
    config = ImageTransformsConfig()
    assert (config.max_num_transforms, len(config.tfs)) == (3, 6)
    kwargs = {name: dict(one.kwargs) for name, one in config.tfs.items()}
    assert kwargs == {
        "brightness": {"brightness": (0.8, 1.2)},
        "contrast": {"contrast": (0.8, 1.2)},
        "saturation": {"saturation": (0.5, 1.5)},
        "hue": {"hue": (-0.05, 0.05)},
        "sharpness": {"sharpness": (0.5, 1.5)},
        "affine": {"degrees": (-5.0, 5.0), "translate": (0.05, 0.05)},
    }


@pytest.mark.parametrize(
    ("policy", "device", "processes", "option", "told"),
    [
        ("act", Device.cpu, 1, "--policy.use_amp=true", ""),
        ("act", Device.cuda, 1, "--policy.use_amp=false", "bf16"),
        ("act", Device.cuda, 2, "--policy.use_amp=false", "bf16"),
        ("pi0", Device.cuda, 2, "--policy.dtype=bfloat16", "bf16"),
    ],
)
def test_half_precision_is_bf16_wherever_it_is_trained(
    tmp_path: Path, policy: str, device: Device, processes: int, option: str, told: str
) -> None:
    """LeRobot's `use_amp` would be fp16 on a graphics card."""
    dataset(tmp_path)
    update = {"policy": policy, "device": device, "processes": processes, "precision": Precision.bf16}
    run = described(tmp_path, settings=RunSettings(**(TINY.model_dump() | {"options": {}} | update)))
    assert option in run.command
    assert run.environment.get("ACCELERATE_MIXED_PRECISION", "") == told
    if processes > 1:
        assert f"--mixed_precision={'bf16' if policy == 'act' else 'no'}" in launched(run, tmp_path)


@pytest.mark.lerobot
def test_the_policies_with_a_precision_of_their_own_are_lerobots() -> None:
    from dataclasses import fields

    from lerobot.configs import PreTrainedConfig
    from lerobot.policies import factory  # noqa: F401, registers them all

    known = PreTrainedConfig.get_known_choices()
    assert {name for name, made in known.items() if any(one.name == "dtype" for one in fields(made))} == set(DTYPED)
