"""The one trial loop on the lock-step simulator: deterministic, judged by physics, and ended in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap.trials import LockStepTrialRig
from app.devices import Outcome, Placement, Success
from app.export.artifact import open_artifact
from app.policies import (
    PRESETS,
    Chunk,
    Delay,
    Policy,
    PolicyCamera,
    PolicyInfo,
    PolicyMismatch,
    PolicyObservation,
    checked,
)
from app.policies.rules import SuccessRule
from app.policies.strategies import Aggregation, Mode, StrategyChoice
from app.policies.trial import TrialRequest, TrialResult, run_trial
from app.simulation.painter import Painter
from tests.policies import artifacts

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


class Told:
    """A rig whose scene is as wanted in the steps that it is told."""

    joints, cameras, robot_type = LockStepTrialRig.joints, ("top",), ""

    def __init__(self, so: str) -> None:
        self._so, self._at = so, 0

    def begin(self, request: TrialRequest) -> None:
        self._at = 0

    def observe(self) -> PolicyObservation:
        return PolicyObservation(np.zeros(6, np.float32), {"top": np.zeros((64, 64, 3), np.uint8)})

    def advance(self, target: np.ndarray, seconds: float) -> None:
        self._at += 1

    def outcome(self) -> Outcome:
        return Outcome.success if self._so[self._at - 1] == "x" else Outcome.failure

    def settle(self) -> Outcome:
        self._at = len(self._so)
        return self.outcome()

    def close(self) -> None:
        pass


def tried(so: str, rule: SuccessRule) -> TrialResult:
    request = TrialRequest(Placement(25.0, 5.0, 30.0), rule=rule)
    return run_trial(Waving(), Told(so), request, limit_s=(len(so) - 1) / 10)


@pytest.mark.parametrize(
    ("so", "wanted", "for_s", "outcome", "steps"),
    [
        # ten steps and how the scene comes to rest; "x": it is so
        (".xxx......-", Success.in_goal, 0.0, "success", 4),  # three steps: over at once
        (".xx.xx....-", Success.in_goal, 0.0, "partial", 10),  # never three in a row
        (".........xx", Success.in_goal, 0.0, "success", 10),  # comes to rest so, no duration stated
        (".........xx", Success.lifted, 0.5, "partial", 10),  # a stated duration has to fit in
        ("..xxxxx...-", Success.lifted, 0.5, "success", 7),
        ("..xxxxx...-", Success.held_over, 0.5, "partial", 10),  # so for long, but not at the end
        (".....xxxxxx", Success.held_over, 0.5, "success", 10),  # never ends early
        ("..........-", Success.touched, 0.0, "failure", 10),
    ],
)
def test_a_trial_is_a_success_by_its_rule(so: str, wanted: Success, for_s: float, outcome: str, steps: int) -> None:
    found = tried(so, SuccessRule(wanted, for_s))
    assert (found.outcome, found.steps) == (Outcome(outcome), steps)


class Watched:
    """A policy whose answers are held against what was queued when it looked."""

    def __init__(self, policy: Policy) -> None:
        self._policy, self.info = policy, policy.info
        self.apart: list[float] = []

    def chunk(self, observation: PolicyObservation) -> Chunk:
        found, ahead = self._policy.chunk(observation), observation.continuation
        if ahead is not None and ahead.delay:
            held = slice(0, min(ahead.delay, len(ahead.actions)))
            self.apart.append(float(np.abs(found.actions[held] - ahead.actions[held])[:, 0].max()))
        return found

    def reset(self) -> None:
        self._policy.reset()

    def close(self) -> None:
        self._policy.close()


def test_an_exported_flow_policy_goes_on_from_its_queue_by_real_time_chunking(
    rig: LockStepTrialRig, tmp_path: Path
) -> None:
    """Two looks of it seldom agree; held to what will be executed while it thinks, it stays on the line it is on."""
    policy = Watched(open_artifact(artifacts.flow(tmp_path / "flow")))
    jumps = {}
    for mode in (Mode.rtc, Mode.asynchronous):
        how = StrategyChoice(mode, threshold=0.8, aggregation=Aggregation.latest_only, horizon=16)
        found = run_trial(policy, rig, REQUEST, strategy=how, delay=Delay("", 0.3), limit_s=4.0)
        assert (found.problem, found.starved_steps) == ("", 0)
        assert found.looks > 5
        jumps[mode] = found.smoothness.seam_max
    assert policy.apart
    assert max(policy.apart) < artifacts.LINES / 2
    assert jumps[Mode.rtc] is not None
    assert jumps[Mode.asynchronous] is not None
    assert jumps[Mode.rtc] < artifacts.LINES < 2 * artifacts.LINES < jumps[Mode.asynchronous]
