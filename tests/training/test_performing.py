"""A run from view to scores with a process that speaks as lerobot-train does; every ending keeps what was learnt."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.devices import Outcome
from app.jobs import JobFile, Work
from app.jobs.errors import JobCancelled
from app.jobs.folder import JobFolder
from app.policies import Chunk, Policy, PolicyCamera, PolicyInfo, PolicyJoint, PolicyObservation, checked
from app.policies.trial import TrialRequest, TrialResult
from app.storage.paths import DataFolder
from app.training import command, performing
from app.training.errors import DatasetMoved, TrainingFailed
from app.training.folder import RunFolder, RunStore
from app.training.kinds import TrainRun
from app.training.models import Scoring
from app.training.runners.local import LocalTraining as Trainer
from tests.training.recorded import TINY, dataset, described

FAKE = Path(__file__).with_name("fake_train.py")


class Still:
    """A policy that stays where it is."""

    def __init__(self, folder: Path) -> None:
        joints = tuple(PolicyJoint(name, "deg") for name in ("a", "b", "c", "d", "e"))
        cameras = (PolicyCamera("top", 64, 32), PolicyCamera("gripper", 64, 32))
        self.info = PolicyInfo("still", 10.0, 4, 2, (*joints, PolicyJoint("gripper", "percent")), cameras)

    def chunk(self, observation: PolicyObservation) -> Chunk:
        return checked(self.info, np.tile(observation.state, (4, 1)), {}, 0)

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    dataset(tmp_path)
    folder = RunStore(tmp_path / "models").folder("tiny")
    folder.create(described(tmp_path, settings=TINY.model_copy(update={"steps": 8, "save_every": 3})))
    monkeypatch.setattr(command, "_interpreter", lambda settings, python: [sys.executable, str(FAKE)])
    monkeypatch.setattr(performing, "open_policy", lambda folder, device: Still(folder))
    return folder


def work(root: Path) -> Work:
    path = root / "jobs/one"
    path.mkdir(parents=True, exist_ok=True)
    file = JobFile("one", "training.run", "Train", {}, (), (), True, "me", "test", "2026")
    return Work(JobFolder(path), file, DataFolder(root))


def perform(root: Path) -> None:
    performing.train(TrainRun(run="tiny"), work(root))


def test_it_trains_scores_and_writes_the_card(run: RunFolder, tmp_path: Path) -> None:
    perform(tmp_path)
    assert list(run.checkpoints()) == [3, 6, 8]
    assert [row["step"] for row in run.metrics()] == list(range(1, 9))
    assert run.metrics()[0]["parts"] == {"l1_loss": 1.0}
    assert [(row["step"], row["final"]) for row in run.scores()] == [(3, False), (6, False), (8, True)]
    error = run.scores()[0]["error"]["training"]
    assert error["joints"]["a"] == pytest.approx(2.5 + 3.0, abs=3.0)  # a still arm lags by the demonstration's slope
    assert error["along_chunk_deg"] == sorted(error["along_chunk_deg"])
    assert run.scores()[0]["error"]["held_out"]["frames"] > 0
    card = (run.path / "card.md").read_text()
    assert "held-out cluster: far" in card
    assert "2 left out: held out (cluster far)" in card


def test_the_best_few_are_tried_again_until_they_part_or_the_budget_is_spent(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints that succeed in 2, 5 and 9 of ten places: three trials of each cannot tell, 36 more can."""
    opened: list[int] = []

    def opening(folder: Path, device: str) -> Still:
        opened.append(int(folder.name))
        return Still(folder)

    def tried(policy: Policy, rig: object, request: TrialRequest, **_: object) -> TrialResult:
        won = (7 * request.seed) % 10 < {3: 2, 6: 5, 8: 9}[opened[-1]]
        return TrialResult(request, Outcome.success if won else Outcome.failure, 1, 1.0, 1)

    scoring = Scoring(trials_training=0, trials_held_out=3, frames=0, settle=36)
    described_so = described(
        tmp_path, settings=TINY.model_copy(update={"steps": 8, "save_every": 3, "scoring": scoring})
    )
    (run.path / "run.json").write_text(described_so.model_copy(update={"sim": True}).model_dump_json())
    monkeypatch.setattr(performing, "open_policy", opening)
    monkeypatch.setattr(performing, "_open_rig", lambda scene: object())
    monkeypatch.setattr("app.training.scoring.run_trial", tried)
    perform(tmp_path)
    rows = {row["step"]: row for row in run.scores()}
    spent = sum(row.get("settling", 0) for row in rows.values())
    assert 0 < spent <= 36
    assert rows[8]["held_out"]["trials"] == 3 + rows[8]["settling"]
    assert f"{spent} trials more were run" in performing.judgement_of(run).why
    assert performing.judgement_of(run).best == 8
    perform(tmp_path)
    assert {row["step"]: row for row in run.scores()} == rows, "what is settled stays settled"


def test_a_training_that_runs_out_of_memory_is_resumed_from_its_last_checkpoint(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE", "memory")
    with pytest.raises(TrainingFailed, match="ran out of memory") as failed:
        perform(tmp_path)
    assert "batch" in failed.value.todo
    assert list(run.checkpoints()) == [3]
    monkeypatch.delenv("FAKE")
    perform(tmp_path)
    assert list(run.checkpoints()) == [3, 6, 8]
    assert [row["step"] for row in run.metrics()] == list(range(1, 9))


def test_half_a_checkpoint_that_a_full_disk_left_makes_room_again(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bench/endings.py fills a real disk; where half a checkpoint stayed the job could not even write how it ended."""
    monkeypatch.setenv("FAKE", "disk")
    with pytest.raises(TrainingFailed, match="disk is full") as failed:
        perform(tmp_path)
    assert failed.value.code == "disk_full"
    assert sorted(path.name for path in (run.output / "checkpoints").iterdir()) == ["000003", "last"]
    monkeypatch.delenv("FAKE")
    perform(tmp_path)
    assert list(run.checkpoints()) == [3, 6, 8]


def test_a_disk_that_is_full_for_our_own_lines_is_told_in_the_same_words(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: RunFolder, row: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunFolder, "add_metrics", full)
    with pytest.raises(TrainingFailed, match="disk is full") as failed:
        perform(tmp_path)
    assert "the last whole checkpoint counts" in failed.value.todo


def test_a_loss_that_is_no_number_ends_the_run_at_once(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE", "nan")
    with pytest.raises(TrainingFailed, match="step 4") as failed:
        perform(tmp_path)
    assert failed.value.code == "nan"
    assert [row.get("loss") for row in run.metrics()][-2:] == [pytest.approx(1 / 3, abs=1e-3), None], "JSON has no NaN"
    assert "learning rate" in failed.value.todo


@pytest.mark.parametrize(
    ("data_s", "update_s", "expected"),
    [(5.6, 0.4, (0.1, 0.4)), (0.1, 5.9, (0.1, 0.4)), (0.1, 0.4, (0.1, 0.4))],
    ids=["waiting for data", "computing", "between the two"],
)
def test_the_pause_for_scoring_is_not_counted_wherever_it_fell(
    data_s: float, update_s: float, expected: tuple[float, float]
) -> None:
    found = performing.without_pause({"data_s": data_s, "update_s": update_s, "loss": 1.0}, 5.5)
    assert (found["data_s"], found["update_s"]) == pytest.approx(expected)
    assert performing.without_pause({"loss": 1.0}, 5.5) == {"loss": 1.0}


def test_cancel_ends_lerobot_train_and_keeps_the_checkpoint(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised where a job's signal would raise it; the signal itself is sent in tests/browser/test_train_page.py."""
    monkeypatch.setenv("FAKE", "hang")
    follow = Trainer.lines
    trainers: list[Trainer] = []

    def cancelled_once_scored(self: Trainer, wait_s: float = 1.0) -> Iterator[str | None]:
        trainers.append(self)
        for line in follow(self, wait_s):
            if run.scores():
                raise JobCancelled
            yield line

    monkeypatch.setattr(Trainer, "lines", cancelled_once_scored)
    with pytest.raises(JobCancelled):
        perform(tmp_path)
    assert trainers[0].gone, "nothing of it is left"
    assert list(run.checkpoints()) == [3]
    last = run.last_checkpoint()
    assert last is not None
    assert last[0] == 3


def test_a_run_whose_dataset_changed_is_refused(run: RunFolder, tmp_path: Path) -> None:
    from app.datasets import DatasetStore

    for _ in range(2):
        DatasetStore(tmp_path / "datasets").open("bricks").undo_last(tmp_path / "takes")
    with pytest.raises(DatasetMoved, match="Episode 4 of bricks is not what it was"):
        perform(tmp_path)
