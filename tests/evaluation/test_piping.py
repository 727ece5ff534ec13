"""A pipeline over the rooms' performers: its plan, a gate that closes and is passed, a kill that it outlives."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.evaluation import performing, piping
from app.evaluation.errors import GateClosed
from app.evaluation.folder import EvaluationStore
from app.evaluation.kinds import RunPipeline
from app.evaluation.models import EvaluationProtocol
from app.evaluation.pipeline import Gates, PipelineFolder, PipelineStore, StepName, StepState
from app.evaluation.piping import pipe
from app.jobs import JobFile, Work
from app.jobs.folder import JobFolder
from app.storage.paths import DataFolder
from app.training.folder import RunStore
from app.training.kinds import ScoreRun, TrainRun
from tests.evaluation.rigs import Reaching

AT = datetime(2026, 11, 27, tzinfo=UTC)
PROTOCOL = EvaluationProtocol(dataset="bricks", training=3, held_out=2, limit_s=1.0, record=False)


class Stage:
    """What the fakes do: success of the scores, and whether the training is killed."""

    success = 9
    killed = False


@pytest.fixture
def stage(root: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    told = Stage()

    def train(arguments: TrainRun, work: Work) -> None:
        if told.killed:
            raise KeyboardInterrupt
        checkpoint = RunStore(work.data.models).open(arguments.run).output / "checkpoints/000005"
        (checkpoint / "training_state").mkdir(parents=True, exist_ok=True)
        (checkpoint / "pretrained_model").mkdir(exist_ok=True)
        (checkpoint / "pretrained_model/model.safetensors").write_bytes(b"5")
        (checkpoint / "pretrained_model/config.json").write_text('{"type": "act", "chunk_size": 4}')

    def score(arguments: ScoreRun, work: Work) -> None:
        rates = {"successes": told.success, "trials": 10}
        row: dict[str, Any] = {"step": 5, "final": True, "training": rates, "held_out": {}, "clusters": []}
        RunStore(work.data.models).open(arguments.run).add_scores(row)

    monkeypatch.setattr(piping.training, "train", train)
    monkeypatch.setattr(piping.training, "score", score)
    monkeypatch.setattr(piping, "EXPORT", "tests.evaluation.fake_export:perform")
    monkeypatch.setattr(performing, "open_policy", lambda folder: Reaching(Path("reach40")))
    return told


def begin(root: Path, **gates: Any) -> PipelineFolder:
    store = PipelineStore(DataFolder(root))
    fields = {"episodes": 2, **gates}
    made = store.make("bricks", "quick", by="a test", at=AT, gates=Gates(**fields), protocol=PROTOCOL)
    return store.create(made)


def perform(root: Path, folder: PipelineFolder, *past: StepName) -> None:
    path = root / "jobs/one"
    path.mkdir(parents=True, exist_ok=True)
    file = JobFile("one", "pipeline.run", "Pipeline", {}, (), (), True, "me", "test", "2026")
    pipe(RunPipeline(name=folder.path.name, past=past), Work(JobFolder(path), file, DataFolder(root)))


def states(folder: PipelineFolder) -> list[str]:
    return [str(step.state) for step in folder.steps()]


def test_it_makes_a_run_an_artifact_and_an_evaluation(root: Path, stage: Stage) -> None:
    folder = begin(root)
    assert states(folder) == ["waiting"] * 5
    assert "at least 2 episodes" in folder.steps()[0].gate.lower()
    perform(root, folder)
    assert states(folder) == ["done"] * 5
    words = [step.words for step in folder.steps()]
    assert words[0] == "3 episodes go in, held out: far."
    assert "5 of 5 (100 %)" in words[4]
    trials = EvaluationStore(DataFolder(root)).open(folder.pipeline().evaluation).trials()
    assert len(trials) == 2 * 5
    again = PipelineStore(DataFolder(root)).make("bricks", "quick", by="a test", at=AT)
    assert again.name == "bricks-quick-2"


def test_a_closed_gate_stops_with_the_reason_and_is_passed_only_knowingly(root: Path, stage: Stage) -> None:
    stage.success = 3
    folder = begin(root)
    with pytest.raises(GateClosed, match=r"succeeds in 3 of 10 \(30 %\)"):
        perform(root, folder)
    assert states(folder) == ["done", "done", "stopped", "waiting", "waiting"]
    with pytest.raises(GateClosed):
        perform(root, folder)
    perform(root, folder, StepName.score)
    assert states(folder) == ["done"] * 5
    assert "Passed by decision" in folder.steps()[2].words


def test_too_few_episodes_train_nothing(root: Path, stage: Stage) -> None:
    folder = begin(root, episodes=20)
    with pytest.raises(GateClosed, match="3 episodes may be learnt from, and 20 are asked for"):
        perform(root, folder)
    assert states(folder)[:2] == ["stopped", "waiting"]


def test_a_kill_leaves_a_step_that_is_taken_up_again(root: Path, stage: Stage) -> None:
    stage.killed = True
    folder = begin(root)
    with pytest.raises(KeyboardInterrupt):
        perform(root, folder)
    assert folder.steps()[1].state is StepState.failed
    assert folder.steps()[1].words == "A person ended it before it was done."
    stage.killed = False
    perform(root, folder)
    assert states(folder) == ["done"] * 5
