"""A tiny ACT trained by lerobot-train on a one-node Ray cluster: log, progress, cancel, checkpoints, resume."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.jobs.errors import JobCancelled
from app.jobs.folder import JobFolder
from app.training import performing
from app.training.folder import RunStore
from app.training.kinds import TrainRun
from app.training.runners import RayPlace
from app.training.runners.ray_jobs import RayJob, RayRunner
from app.training.runners.tailed import TailedTraining
from tests.training.recorded import TINY, dataset, described
from tests.training.test_performing import Still, work

pytestmark = [pytest.mark.lerobot, pytest.mark.serial, pytest.mark.timeout(900)]
NODE = Path(__file__).with_name("one_node.py")
STEPS, SAVE = 60, 20  # long enough to be cancelled on the way, however quick the machine


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RayPlace]:
    monkeypatch.setenv("UNDERSTUDY_FAR_HOME", str(tmp_path / "node"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # whoever reaches the dashboard must know this
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    temp = tempfile.mkdtemp(prefix="ray-")  # Ray's sockets want a short path
    node = subprocess.Popen([sys.executable, NODE, temp], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert node.stdout is not None
    try:
        at = next((line.split()[1] for line in node.stdout if line.startswith("at ")), "")
        assert at, "the cluster did not start"
        yield RayPlace(f"http://{at}", str(tmp_path / "shared"), python=sys.executable)
    finally:
        node.communicate(timeout=60)
        shutil.rmtree(temp, ignore_errors=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_it_is_watched_cancelled_and_goes_on_from_the_checkpoint_that_came_back(
    place: RayPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset(tmp_path)
    folder = RunStore(tmp_path / "models").folder("tiny")
    folder.create(described(tmp_path, settings=TINY.model_copy(update={"steps": STEPS, "save_every": SAVE})))
    monkeypatch.setattr(performing, "runner_at", lambda _: RayRunner(place))
    monkeypatch.setattr(performing, "open_policy", lambda folder, device: Still(folder))
    monkeypatch.setattr(RayJob, "bring_every_s", 0.1)
    follow = TailedTraining.lines

    def cancelled(self: TailedTraining, wait_s: float = 1.0) -> Iterator[str | None]:
        for line in follow(self, 0.1):
            yield line
            if folder.checkpoints():
                raise JobCancelled

    with monkeypatch.context() as once:
        once.setattr(TailedTraining, "lines", cancelled)
        with pytest.raises(JobCancelled):
            performing.train(TrainRun(run="tiny"), work(tmp_path))
    reached = max(folder.checkpoints())
    assert not folder.output.joinpath("checkpoints/.000020.coming").exists()
    first = folder.elsewhere()["id"]
    view = next((tmp_path / "shared/views").glob("*.whole"))
    sent_at = view.stat().st_mtime_ns

    performing.train(TrainRun(run="tiny"), work(tmp_path))
    assert list(folder.checkpoints()) == [20, 40, 60]
    assert (folder.output / "checkpoints/000060/pretrained_model/config.json").is_file()
    assert folder.elsewhere()["id"] != first
    assert folder.elsewhere()["first"] == reached
    steps = [row["step"] for row in folder.metrics()]
    assert steps == sorted(set(steps))
    assert {1, *range(reached + 1, STEPS + 1)} <= set(steps), "the log may lag its checkpoint when it is cancelled"
    assert all(row["loss"] > 0 and row["grad_norm"] > 0 for row in folder.metrics())
    assert [row["step"] for row in folder.scores()] == [20, 40, 60]
    assert view.stat().st_mtime_ns == sent_at, "the dataset travels once"
    assert JobFolder(tmp_path / "jobs/one").progress().words
