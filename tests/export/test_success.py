"""A tolerance in success: what loses too much in closed loop is passed over, whatever its degrees say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.devices import Outcome, Placement
from app.export.cards import on_the_bench
from app.export.measure import Bench
from app.export.search import Choice, Ledger, Mix, fp32_mix
from app.export.success import Proof, Trials, keep_success, requests
from app.export.variants import Variant
from app.guidance.layout import default_plan
from app.policies import PolicyJoint, PolicyObservation
from app.policies.trial import TrialRequest
from tests.export import toy


class Rig:
    """A world in which a policy succeeds by pointing above `level` with its first joint."""

    joints = tuple(PolicyJoint(name, "percent" if name == "gripper" else "deg") for name in toy.JOINTS)
    cameras = tuple(camera.name for camera in toy.CAMERAS)
    robot_type = "so101"

    def __init__(self, succeeds: Callable[[np.ndarray], bool]) -> None:
        self._succeeds = succeeds

    def begin(self, request: TrialRequest) -> None:
        self._seen, self._won = toy.observations(1, seed=request.seed)[0], False

    def observe(self) -> PolicyObservation:
        return PolicyObservation(self._seen.state, dict(self._seen.pictures), monotonic_ns=0)

    def advance(self, target: np.ndarray, seconds: float) -> None:
        self._won = self._won or self._succeeds(target)

    def outcome(self) -> Outcome | None:
        return Outcome.success if self._won else None

    def settle(self) -> Outcome | None:
        return Outcome.success if self._won else Outcome.failure

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Variant]]:
    return {one.stage.name: [Variant(one)] for one in toy.float_stages(tmp_path_factory.mktemp("toy"))}


@pytest.fixture
def ledger(stages: dict[str, list[Variant]]) -> Ledger:
    bench = Bench(
        on_the_bench(toy.interface(), fp32_mix(stages).placed), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32))
    )
    bench.accuracy()
    return Ledger(toy.interface(), toy.held(bench.outputs()), chunks=1)


def proof(ledger: Ledger, succeeds: Callable[[np.ndarray], bool], lose: float = 0.1) -> Proof:
    listed = [TrialRequest(Placement(0.0, 20.0, 0.0), "A", seed=seed) for seed in range(4)]
    return Proof(Trials(Rig(succeeds), listed, lose=lose, limit_s=0.2), ledger, 30.0)


def other(stages: dict[str, list[Variant]]) -> Mix:
    """The same stages under another name."""
    base = fp32_mix(stages)
    return replace(base, placed=tuple(replace(one, threads=1) for one in base.placed), tuned=True)


def test_what_keeps_the_success_is_kept_and_said_with_counts(ledger: Ledger, stages: dict[str, list[Variant]]) -> None:
    fp32, mix = fp32_mix(stages), other(stages)
    found = keep_success(proof(ledger, lambda target: True), Choice(mix, ledger.measure(mix), "Fast."), fp32)
    assert found.mix == mix
    assert "it succeeds in 4 of 4 (100 %), float32 in 4 of 4" in found.why


def test_what_loses_the_success_is_passed_over(ledger: Ledger, stages: dict[str, list[Variant]]) -> None:
    fp32, mix = fp32_mix(stages), other(stages)
    tried = proof(ledger, lambda target: True)
    tried.of(fp32)
    tried.trials = replace(tried.trials, rig=Rig(lambda target: False))
    found = keep_success(tried, Choice(mix, ledger.measure(mix), "Fast."), fp32)
    assert found.mix == fp32
    assert "Passed over" in found.why
    assert "Fast." not in found.why, "that was said of the mix that was passed over"
    rows = tried.as_json({fp32.name: "fp32", mix.name: "chosen"})["rows"]
    assert [(row["role"], row["successes"], row["trials"]) for row in rows] == [("fp32", 4, 4), ("chosen", 0, 4)]
    assert rows[0]["low"] < 1.0


def test_placements_are_the_plans_and_nobodys_else() -> None:
    plan = default_plan("Stack", lambda *at: True, seed=3)
    found = requests(None, plan, 7)
    assert len(found) == 7
    assert {one.cluster for one in found} <= {cluster.name for cluster in plan.clusters}
    assert [one.held_out for one in found] == [one.cluster in plan.held_out for one in found]
    assert requests(None, None, 5) == []


def test_a_trial_needs_a_place(tmp_path: Path) -> None:
    from app.core.errors import Invalid
    from app.export.finding import trials_named

    with pytest.raises(Invalid, match="neither a plan nor placements"):
        trials_named(3, 0.1, None)
