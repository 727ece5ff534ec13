"""A recorded trial is the unrecorded one to the last bit, and its episode is a dataset's like anybody's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.bootstrap.recorded_trials import RecordedTrialRig, ToldTrialRig
from app.bootstrap.trials import LockStepTrialRig
from app.datasets import DatasetStore, EpisodeFacts
from app.devices import Placement
from app.policies import Chunk, PolicyCamera, PolicyInfo, PolicyObservation, checked
from app.policies.trial import TrialRequest, run_trial
from app.simulation.painter import Painter

INFO = PolicyInfo("test", 10.0, 5, 5, LockStepTrialRig.joints, (PolicyCamera("top", 64, 64),))
REQUEST = TrialRequest(Placement(25.0, 5.0, 30.0), "c1", seed=3)


class Waving:
    """Moves by what it sees, so that any difference in an observation shows in where the arm ends."""

    info = INFO

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def chunk(self, observation: PolicyObservation) -> Chunk:
        self.seen.append(observation.state)
        step = 2.0 + float(observation.images["top"].mean()) / 100.0
        move = np.outer(np.arange(1, 6), np.full(6, step)) * [1, -0.2, 0.2, 0, 0, 0]
        return checked(INFO, observation.state + move, {"policy": 1.0}, observation.monotonic_ns)

    def reset(self) -> None:
        self.seen.clear()

    def close(self) -> None:
        pass


def test_recording_changes_nothing_and_gives_an_episode(tmp_path: Path) -> None:
    plain, policy = ToldTrialRig(renderer=Painter()), Waving()
    bare = run_trial(policy, plain, REQUEST, limit_s=1.0)
    ends = list(policy.seen)
    assert plain.story(bare.outcome) == "never touched the bag"
    plain.close()

    rig = RecordedTrialRig(tmp_path / "own", tmp_path / "datasets", "eval_one", renderer=Painter())
    result = run_trial(policy, rig, REQUEST, limit_s=1.0)
    assert result == bare
    for one, other in zip(ends, policy.seen, strict=True):
        np.testing.assert_array_equal(one, other)
    facts = EpisodeFacts("", outcome=str(result.outcome), driver="policy", trial="one/1", cluster="c1")
    uuid = rig.keep(facts)
    run_trial(policy, rig, REQUEST, limit_s=0.3)
    rig.close()  # without keeping: the second trial leaves nothing

    (episode,) = DatasetStore(tmp_path / "datasets").open("eval_one").episodes()
    assert (episode.facts.uuid, episode.facts.outcome, episode.facts.trial) == (uuid, "failure", "one/1")
    assert episode.facts.placed_x_cm == pytest.approx(25.0, abs=0.2)
    assert episode.duration_s == pytest.approx(2.0, abs=0.15)  # a second of trial, a second until the scene rests
    assert not (tmp_path / "own").exists()
