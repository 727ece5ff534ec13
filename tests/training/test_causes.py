"""What torch and LeRobot themselves say when a training cannot go on, and what is answered to that."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from app.training.causes import BROUGHT, failure
from app.training.trainlog import TrainLog

pytestmark = pytest.mark.lerobot


def said(error: BaseException) -> list[str]:
    """The last line of a traceback."""
    return [*f"{type(error).__name__}: {error}".splitlines(), "  at the very end"]


def test_memory_that_torch_is_refused() -> None:
    import torch

    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**50)
    error = failure(1, said(raised.value))
    assert error.code == "memory"
    assert "batch" in error.todo


def test_a_package_that_lerobot_asks_for() -> None:
    from lerobot.utils.import_utils import require_package

    with pytest.raises(ImportError) as raised:
        require_package("no-such-package-of-ours", extra="smolvla")
    error = failure(1, said(raised.value))
    assert error.code == "package_missing"
    assert error.todo.startswith("./understudy install lerobot")
    with pytest.raises(ImportError) as raised:
        require_package("no-such-package-of-ours", extra="diffusion")
    assert "install --python .venv/bin/python 'lerobot[diffusion]'" in failure(1, said(raised.value)).todo


def test_the_extras_that_are_brought_are_those_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["optional-dependencies"]["lerobot"][0]
    assert wanted.startswith(f"lerobot[{','.join(BROUGHT)}]==")


def test_cameras_that_a_base_does_not_know() -> None:
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.utils import validate_visual_features_consistency

    def feature(name: str) -> dict[str, PolicyFeature]:
        return {f"observation.images.{name}": PolicyFeature(FeatureType.VISUAL, (3, 8, 8))}

    with pytest.raises(ValueError, match="mismatch") as raised:
        validate_visual_features_consistency(ACTConfig(input_features=feature("camera1")), feature("top"))
    error = failure(1, said(raised.value))
    assert error.code == "features"
    assert "rename" in error.todo


def test_an_option_that_lerobot_train_does_not_know(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from lerobot.scripts.lerobot_train import train

    monkeypatch.setattr(sys, "argv", ["lerobot-train", "--policy.type=act", "--dataset.repo_id=a/b", "--nonsense=1"])
    with pytest.raises(SystemExit) as raised:
        train()
    told = capsys.readouterr()
    error = failure(int(raised.value.code or 0), (told.out + told.err).splitlines())
    assert error.code == "options"
    assert "--nonsense" in str(error)


def test_a_loss_that_is_no_number_as_lerobot_prints_it() -> None:
    from lerobot.utils.logging_utils import AverageMeter

    loss, gradient = AverageMeter("loss", ":.3f"), AverageMeter("grdn", ":.3f")
    loss.update(float("nan"))
    gradient.update(float("inf"))
    logged = TrainLog(0, 1).read(f"INFO ot_train.py:641 step:1 smpl:8 ep:1 epch:0.1 {loss} {gradient} lr:1.0e-04")
    assert logged is not None
    assert not logged.finite
