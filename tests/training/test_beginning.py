"""A run begins from a base or from an earlier run, offline; lerobot-train itself is the oracle, in this process."""

from __future__ import annotations

import shutil
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.datasets import EpisodeFacts
from app.training.causes import failure
from app.training.command import environment_in, launched, options_in, shown
from app.training.describing import Describer
from app.training.errors import RunInvalid
from app.training.folder import RunFolder, RunStore
from app.training.models import Device, Run, RunSettings
from app.training.performing import Session
from app.training.runners.showing import shown_at
from tests.datasets.scenes import record
from tests.training.recorded import ROWS, TINY, dataset, described
from tests.training.test_performing import work

ONE = TINY.model_copy(update={"steps": 1, "save_every": 1, "device": Device.cpu})


def prepared(root: Path, name: str, settings: RunSettings) -> tuple[Run, RunFolder]:
    run = described(root, name, settings)
    folder = RunStore(root / "models").folder(name)
    folder.create(run)
    session = Session(folder, work(root))
    session.make_view()
    session.make_base()
    return run, folder


def train(run: Run, folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child does, without the child."""
    from huggingface_hub import constants
    from lerobot.scripts.lerobot_train import main

    for name, value in environment_in(run, folder.path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", run.environment.get("HF_HUB_OFFLINE") == "1")
    monkeypatch.setattr(sys, "argv", ["lerobot-train", *options_in(run, folder.path)])
    main()


def weights(folder: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(folder / "model.safetensors")


@pytest.mark.lerobot
@pytest.mark.filterwarnings("ignore")
def test_an_earlier_run_goes_on_with_new_episodes_and_a_base_takes_other_camera_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dataset(tmp_path)
    first, folder = prepared(tmp_path, "first", ONE)
    train(first, folder, monkeypatch)
    learnt = weights(folder.checkpoints()[1] / "pretrained_model")

    more = EpisodeFacts("g", cluster="near", outcome="success")
    record(tmp_path / "takes", "g", rows=ROWS, first=900).stop()
    made.commit(tmp_path / "takes", "g", more)
    slow = ONE.options | {"policy.optimizer_lr": 1e-7, "policy.optimizer_lr_backbone": 1e-7}
    second, other = prepared(tmp_path, "second", ONE.model_copy(update={"from_run": "first", "options": slow}))
    assert "--policy.path={run}/base" in second.command
    assert second.base == "first/000001"
    assert [use.uuid for use in second.used] == ["a", "e", "f", "g"]
    shutil.rmtree(folder.path)  # the run can be repeated from its own folder alone
    train(second, other, monkeypatch)
    went_on = weights(other.checkpoints()[1] / "pretrained_model")
    assert max(np.abs(went_on[name] - learnt[name]).max() for name in learnt if "running" not in name) < 1e-4

    base = str(other.base)
    names = {
        "observation.images.top": "observation.images.gripper",
        "observation.images.gripper": "observation.images.top",
    }
    third, last = prepared(tmp_path, "third", ONE.model_copy(update={"base": base, "rename": names}))
    train(third, last, monkeypatch)
    assert list(last.checkpoints()) == [1]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A proxy that nobody answers at stands for it; clients that were made by it do not outlive the test."""
    import huggingface_hub

    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(urllib.request, "_opener", None)
    huggingface_hub.close_session()
    yield
    huggingface_hub.close_session()


@pytest.mark.lerobot
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "update",
    [{"base": "lab/never-fetched", "device": Device.cpu}, {"options": {}, "device": Device.cpu}],
    ids=["a base on the Hub", "ACT's pretrained backbone"],
)
@pytest.mark.usefixtures("no_network")
def test_without_network_pretrained_weights_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, update: dict[str, object]
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    dataset(tmp_path)
    run, folder = prepared(tmp_path, "tiny", ONE.model_copy(update=update))
    assert "HF_HUB_OFFLINE" not in run.environment, "they may have to be fetched"
    run = run.model_copy(update={"environment": run.environment | {"HF_HUB_OFFLINE": "1"}})
    with pytest.raises((OSError, RuntimeError)) as raised:
        train(run, folder, monkeypatch)
    error = failure(1, [f"{type(raised.value).__name__}: {raised.value}"])
    assert error.code == "no_network", raised.value
    assert "put the weights in place" in error.todo


def test_what_a_run_may_begin_from(tmp_path: Path) -> None:
    dataset(tmp_path)
    for settings, words in (
        ({"base": "lab/x", "from_run": "tiny"}, "not from both"),
        ({"base": str(tmp_path)}, "holds no policy"),
    ):
        with pytest.raises(RunInvalid, match=words):
            described(tmp_path, settings=TINY.model_copy(update=settings))
    checkpoint = tmp_path / "models/tiny/train/checkpoints/000003"
    (checkpoint / "pretrained_model").mkdir(parents=True)
    (checkpoint / "training_state").mkdir()
    (checkpoint / "pretrained_model/model.safetensors").touch()
    RunStore(tmp_path / "models").folder("tiny").create(described(tmp_path))
    assert "--job.target=cpu-basic" in shown_at(_on(tmp_path, "hf://cpu-basic", TINY), tmp_path)
    with pytest.raises(RunInvalid, match="cannot begin from a checkpoint of this machine"):
        _on(tmp_path, "hf://cpu-basic", TINY.model_copy(update={"from_run": "tiny"}))


def test_several_graphics_cards_are_joined_by_accelerate(tmp_path: Path) -> None:
    dataset(tmp_path)
    run = described(tmp_path, settings=TINY.model_copy(update={"processes": 4, "device": Device.cuda}))
    words = launched(run, tmp_path, python="python3")
    at = words.index("accelerate.commands.launch")
    assert words[: at + 1] == ["python3", "-P", "-m", "accelerate.commands.launch"]
    assert "--num_processes=4" in words[at:]
    assert "--multi_gpu" in words[at:]
    assert words.index("lerobot.scripts.lerobot_train") < words.index("--batch_size=2")
    assert "accelerate launch --multi_gpu --num_processes=4" in shown(run, tmp_path)


@pytest.mark.lerobot
def test_accelerate_takes_what_we_say_to_it(tmp_path: Path) -> None:
    from accelerate.commands.launch import launch_command_parser

    dataset(tmp_path)
    run = described(tmp_path, settings=TINY.model_copy(update={"processes": 2, "device": Device.cuda}))
    words = launched(run, tmp_path)
    taken = launch_command_parser().parse_args(words[words.index("accelerate.commands.launch") + 1 :])
    assert (taken.num_processes, taken.multi_gpu, taken.module) == (2, True, True)
    assert taken.training_script == "lerobot.scripts.lerobot_train"
    assert "--policy.device=cuda" in taken.training_script_args


def _on(root: Path, place: str, settings: RunSettings) -> Run:
    from app.datasets import DatasetStore
    from tests.training.recorded import AT

    describer = Describer(DatasetStore(root / "datasets"), RunStore(root / "models"))
    return describer.describe("x", "bricks", settings, by="a test", at=AT, on=place)
