"""The bench's cases with few seeds: what must be found in the simulator's pictures is, and order is quiet."""

from __future__ import annotations

import pytest

pytest.importorskip("mujoco")

from bench.check_cases import ALARMS, cases
from bench.check_runs import CheckRuns, Situation
from bench.workcell import StillWorkcell

SEEDS = (3, 8)


@pytest.fixture(scope="module")
def runs():
    workcell = StillWorkcell()
    yield CheckRuns(workcell)
    workcell.close()


@pytest.mark.parametrize("case", [case for case in cases() if case.demanded], ids=lambda case: case.name)
def test_what_must_be_found_is_found(runs: CheckRuns, case) -> None:
    assert all(case.found(runs, seed) for seed in SEEDS)


@pytest.mark.parametrize("seed", [5001, 5002, 5003])
def test_a_workcell_in_order_is_quiet_before_a_take(runs: CheckRuns, seed: int) -> None:
    assert [finding.text for finding in runs.before(seed, Situation()) if finding.level in ALARMS] == []


def test_a_scripted_take_is_quiet_while_it_runs(runs: CheckRuns) -> None:
    take = runs.demonstration(runs.clean_seeds(5001, 1)[0])
    assert [finding.text for finding in runs.during(take) if finding.level in ALARMS] == []


def test_every_check_has_its_disturbance() -> None:
    from app.checks.models import Check

    assert {case.check for case in cases()} == set(Check)
