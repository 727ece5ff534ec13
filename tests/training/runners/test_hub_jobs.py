"""Hugging Face Jobs against a fake at the wire: LeRobot's own client submits, we follow, fetch, find again, cancel."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.jobs.errors import JobCancelled
from app.training import performing
from app.training.errors import TrainingFailed
from app.training.folder import RunFolder, RunStore
from app.training.kinds import TrainRun
from app.training.runners import HubPlace
from app.training.runners.hub_jobs import HubJob, HubRunner
from app.training.runners.tailed import TailedTraining
from tests.training.hub import FakeJobsHub, Pod, hub_at
from tests.training.recorded import TINY, dataset, described
from tests.training.test_performing import Still, work

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # huggingface_hub's own upload
LINE = "INFO ot_train.py:641 step:{step} smpl:8 ep:1 epch:0.1 loss:0.5 grdn:2.0 lr:1.0e-04 updt_s:0.010 data_s:0.002"
FILES = (
    "pretrained_model/model.safetensors",
    "pretrained_model/train_config.json",
    "training_state/training_step.json",
)
go = threading.Event()


def pod(hub: FakeJobsHub, job: Pod) -> None:
    """Trains eight steps: a checkpoint at 3, 6 and 8; after step 4 it waits for `go`."""
    for step in range(1, 9):
        job.say(LINE.format(step=step))
        if step in (3, 6, 8):
            for name in FILES:
                hub.repos[("models", "lab/tiny")].files[f"checkpoints/{step:06d}/{name}"] = b"{}"
        if step == 4 and not go.wait(120):
            return
        if job.stage != "RUNNING":
            return
    job.end("COMPLETED")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeJobsHub]:
    go.clear()
    with FakeJobsHub(pod).serving() as serving:
        hub_at(serving.url, monkeypatch)
        yield serving
        go.set()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    dataset(tmp_path)
    made = RunStore(tmp_path / "models").folder("tiny")
    made.create(described(tmp_path, settings=TINY.model_copy(update={"steps": 8, "save_every": 3})))
    monkeypatch.setattr(performing, "runner_at", lambda _: HubRunner(HubPlace("cpu-basic")))
    monkeypatch.setattr(performing, "open_policy", lambda folder, device: Still(folder))
    monkeypatch.setattr(HubJob, "bring_every_s", 0.1)
    monkeypatch.setattr("app.training.runners.tailed.RETRY_S", (0.05,))
    return made


@pytest.mark.lerobot
def test_lerobot_sends_the_view_and_submits_and_the_job_is_followed_and_found_again(
    hub: FakeJobsHub, folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    follow = TailedTraining.lines

    def dies(self: TailedTraining, wait_s: float = 1.0) -> Iterator[str | None]:
        for line in follow(self, 0.1):
            yield line
            if folder.checkpoints() and hub.streams > 1:
                raise Died

    hub.drop_after = 2
    with monkeypatch.context() as once:
        once.setattr(TailedTraining, "lines", dies)
        once.setattr(TailedTraining, "end", lambda self: None)
        with pytest.raises(Died):
            performing.train(TrainRun(run="tiny"), work(tmp_path))
    (job,) = hub.pods.values()
    assert job.spec["flavor"] == "cpu-basic"
    assert job.spec["command"][0] == "lerobot-train"
    (view,) = [name for kind, name in hub.repos if kind == "datasets"]
    assert view.startswith("lab/understudy-view-")
    assert "meta/info.json" in hub.repos[("datasets", view)].files

    go.set()
    performing.train(TrainRun(run="tiny"), work(tmp_path))
    assert len(hub.pods) == 1, "found, not begun again"
    assert hub.streams > 2, "the log's stream broke and was taken up again"
    assert list(folder.checkpoints()) == [3, 6, 8]
    assert [row["step"] for row in folder.metrics()] == list(range(1, 9))
    assert [row["step"] for row in folder.scores()] == [3, 6, 8]


def test_cancel_cancels_the_job_there_and_keeps_what_came(
    hub: FakeJobsHub, folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import HfApi

    HfApi(endpoint=hub.url).create_repo("tiny", exist_ok=True)
    job = hub.begin({})
    folder.keep_elsewhere({"id": job.id, "repo": "lab/tiny", "first": 0})
    follow = TailedTraining.lines

    def cancelled(self: TailedTraining, wait_s: float = 1.0) -> Iterator[str | None]:
        for line in follow(self, 0.1):
            yield line
            if folder.checkpoints():
                raise JobCancelled

    monkeypatch.setattr(TailedTraining, "lines", cancelled)
    with pytest.raises(JobCancelled):
        performing.train(TrainRun(run="tiny"), work(tmp_path))
    assert job.stage == "CANCELED"
    assert list(folder.checkpoints()) == [3]


def test_without_a_token_it_says_how_to_sign_in(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(TrainingFailed, match="No token") as failed:
        performing.train(TrainRun(run="tiny"), work(tmp_path))
    assert "hf auth login" in failed.value.todo
