"""The one trial loop on the lock-step simulator: deterministic, judged by physics, and ended in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.bootstrap.trials import LockStepTrialRig
from app.devices import Outcome, Placement
from app.policies import PRESETS, Chunk, Delay, PolicyCamera, PolicyInfo, PolicyMismatch, PolicyObservation, checked
from app.policies.strategies import StrategyChoice
from app.policies.trial import TrialRequest, run_trial
from app.simulation.painter import Painter

INFO = PolicyInfo("test", 10.0, 5, 5, LockStepTrialRig.joints, (PolicyCamera("top", 64, 64),))
REQUEST = TrialRequest(Placement(25.0, 5.0, 30.0), seed=3)


class Waving:
    """Moves by what it sees, so that any difference in an observation shows in where the arm ends."""

    info = INFO

    def __init__(self) -> None:
        self.seen: list[PolicyObservation] = []

    def chunk(self, observation: PolicyObservation) -> Chunk:
        self.seen.append(observation)
        step = 2.0 + float(observation.images["top"].mean()) / 100.0
        move = np.outer(np.arange(1, 6), np.full(6, step)) * [1, -0.2, 0.2, 0, 0, 0]
        return checked(INFO, observation.state + move, {"policy": 1.0}, observation.monotonic_ns)

    def reset(self) -> None:
        self.seen.clear()

    def close(self) -> None:
        pass


class Broken(Waving):
    def chunk(self, observation: PolicyObservation) -> Chunk:
        return checked(INFO, np.full((5, 6), np.nan), {}, 0)


@pytest.fixture(scope="module")
def rig() -> Iterator[LockStepTrialRig]:
    made = LockStepTrialRig(renderer=Painter())
    yield made
    made.close()


def test_a_trial_depends_on_its_request_alone(rig: LockStepTrialRig) -> None:
    policy = Waving()
    first = run_trial(policy, rig, REQUEST, limit_s=1.0)
    ends = [observation.state for observation in policy.seen]
    run_trial(policy, rig, TrialRequest(Placement(20.0, -10.0, 0.0), seed=9), limit_s=0.7)
    again = run_trial(policy, rig, REQUEST, limit_s=1.0)
    assert again == first
    for one, other in zip(ends, [observation.state for observation in policy.seen], strict=True):
        np.testing.assert_array_equal(one, other)
    assert first.outcome is Outcome.failure
    assert (first.steps, first.looks, first.starved_steps) == (10, 2, 0)


def test_the_arm_is_where_the_chunk_said_at_the_end_of_each_step(rig: LockStepTrialRig) -> None:
    rig.begin(REQUEST)
    start = rig.observe().state
    rig.advance(start + np.array([3, 0, 0, 0, 0, 0], np.float32), 0.1)
    assert rig._rig.loop.sent[0] == pytest.approx(start[0] + 3, abs=0.3)  # the gate smooths its end
    rig.advance(start + np.array([3, 0, 0, 0, 0, 0], np.float32), 0.3)
    assert rig.observe().state[0] == pytest.approx(start[0] + 3, abs=0.5)


def test_a_policy_that_answers_with_nan_ends_the_trial_in_words(rig: LockStepTrialRig) -> None:
    result = run_trial(Broken(), rig, REQUEST, limit_s=1.0)
    assert result.outcome is None
    assert "not finite" in result.problem
    assert result.steps == 0


def test_a_policy_for_other_cameras_moves_nothing(rig: LockStepTrialRig) -> None:
    policy = Waving()
    policy.info = PolicyInfo("test", 10.0, 5, 5, LockStepTrialRig.joints, (PolicyCamera("back", 64, 64),))
    with pytest.raises(PolicyMismatch, match="back"):
        run_trial(policy, rig, REQUEST)


class Cruising(Waving):
    """Goes on from where the arm was told to be; each look says so in its first stage."""

    def chunk(self, observation: PolicyObservation) -> Chunk:
        self.seen.append(observation)
        rows = observation.state + np.arange(1, 6)[:, None] * np.array([1.0, 0, 0, 0, 0, 0])
        return checked(INFO, rows, {"vision": 1.0, "decoder": 1.0}, observation.monotonic_ns)


def test_with_a_stated_latency_the_world_goes_on_while_the_policy_thinks(rig: LockStepTrialRig) -> None:
    policy = Cruising()
    delay = Delay("a slow device", 0.2)
    waiting = run_trial(policy, rig, REQUEST, delay=delay, limit_s=2.0)
    seen = [observation.monotonic_ns for observation in policy.seen]
    assert (waiting.steps, waiting.waited_steps, waiting.looks) == (20, 2, 3)
    assert waiting.starved_steps == 4  # two steps of holding after each chunk of five
    assert waiting.longest_stall_steps == 2
    assert np.allclose(np.diff(seen), 0.7e9, atol=1e6)
    assert waiting.age_ms is not None
    assert waiting.age_ms[2] == pytest.approx(600.0)
    assert waiting.delay == "0.2 s a look, emulated (a slow device)"

    flowing = run_trial(policy, rig, REQUEST, strategy=StrategyChoice(threshold=0.4), delay=delay, limit_s=2.0)
    assert (flowing.waited_steps, flowing.starved_steps) == (2, 0)
    assert flowing.looks > waiting.looks
    assert flowing.strategy.startswith("asynchronous, threshold 0.4")
    assert flowing.late_rows == 2 * (flowing.looks - 1)  # the arm held while the first one was thought of


def test_a_latency_may_be_stated_by_stage_but_not_for_a_stage_that_is_not_there(rig: LockStepTrialRig) -> None:
    slow = Delay("", stages_s={"vision": 0.1, "decoder": 0.1})
    assert run_trial(Cruising(), rig, REQUEST, delay=slow, limit_s=1.0).waited_steps == 2
    broken = run_trial(Cruising(), rig, REQUEST, delay=Delay("", stages_s={"prefill": 0.1}), limit_s=1.0)
    assert "no stage prefill; it has vision, decoder" in broken.problem
    assert "optimized on i.MX 95" in PRESETS["act_optimized"].words
