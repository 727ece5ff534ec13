"""Trials of the real simulator as an eval_ dataset: LeRobot opens it, and review says what became of the object."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap.recorded_trials import RecordedTrialRig
from app.datasets import DatasetStore
from app.evaluation import performing
from app.evaluation.creating import Creator
from app.evaluation.folder import EvaluationStore
from app.evaluation.models import Entrant, EvaluationProtocol
from app.evaluation.performing import Session
from app.policies import Chunk, PolicyCamera, PolicyInfo, PolicyObservation, checked
from app.review.queue import entries
from app.simulation import reachable
from app.simulation.painter import Painter
from app.storage.paths import DataFolder
from tests.datasets.scenes import QUICK

INFO = PolicyInfo("test", 10.0, 4, 2, RecordedTrialRig.joints, (PolicyCamera("top", 64, 64),))


class Still:
    """A policy that stays where it is."""

    info = INFO

    def __init__(self, folder: Path) -> None:
        pass

    def chunk(self, observation: PolicyObservation) -> Chunk:
        return checked(INFO, np.tile(observation.state, (4, 1)), {"policy": 1.0}, 0)

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


def painted(takes: Path, datasets: Path, dataset: str, record: bool) -> RecordedTrialRig:
    return RecordedTrialRig(takes, datasets, dataset, renderer=Painter())


@pytest.mark.lerobot
def test_each_trial_is_an_episode_that_lerobot_opens(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    monkeypatch.setattr(performing, "RIG", f"{__name__}:painted")
    monkeypatch.setattr(performing, "open_policy", Still)
    data, store = DataFolder(root), DatasetStore(root / "datasets", QUICK)
    protocol = EvaluationProtocol(dataset="bricks", training=1, held_out=1, limit_s=0.4)
    creator = Creator(data, store, reachable)
    folder = EvaluationStore(data).folder("real")
    entrant = Entrant(key="still", policy="reach18")
    folder.create(creator.make("real", protocol, [entrant], by="a test", at=datetime(2026, 11, 27, tzinfo=UTC)))
    Session(folder, data).run()

    found = LeRobotDataset("local/eval_real", root=root / "datasets/eval_real", video_backend="pyav")
    assert found.meta.total_episodes == 2
    item = found[len(found) - 1]
    assert tuple(item["observation.images.top"].shape) == (3, 480, 640)
    assert tuple(item["action"].shape) == (6,)
    assert {trial.story for trial in folder.trials()} == {"never touched the bag"}

    dataset = store.open("eval_real")
    first = entries(dataset, store.reviews("eval_real"))[0]
    assert (first.checks.level, first.checks.reasons) == ("fail", ("still: never touched the bag",))
    facts = first.episode.facts
    assert (facts.outcome, facts.driver, facts.trial) == ("failure", "policy", "real/1/still")
    planned = folder.planned()[0].place
    assert (facts.cluster, facts.target_x_cm) == (planned.cluster, planned.x_cm)
