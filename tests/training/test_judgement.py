"""The best checkpoint is chosen by held-out success, and what the curves mean is said."""

from __future__ import annotations

from typing import Any

import pytest

from app.policies.wilson import Rate, rate
from app.training.judgement import judge


def row(step: int, training: int, held: int, *, trials: int = 40, error: float = 3.0, **more: Any) -> dict[str, Any]:
    return {
        "step": step,
        "training": Rate(training, trials).row(),
        "held_out": Rate(held, trials).row(),
        "error": {"training": {"body_deg": error}, "held_out": {"body_deg": error + 1}},
        **more,
    }


def metrics(*losses: float) -> list[dict[str, Any]]:
    return [{"step": 100 * number, "loss": loss} for number, loss in enumerate(losses, start=1)]


def test_held_out_success_chooses_and_never_the_loss() -> None:
    told = judge([row(100, 30, 36), row(200, 39, 20)], metrics(0.5, 0.1), {})
    assert told.best == 100
    assert "36 of 40 (90 %) on the held-out cluster" in told.why
    assert any(finding.startswith("Over-fitting") for finding in told.findings)


def test_overlapping_intervals_are_said() -> None:
    assert "may be as good" in judge([row(100, 30, 33), row(200, 31, 34)], [], {}).why


def test_without_a_success_the_action_error_chooses_and_that_is_said() -> None:
    told = judge([row(100, 0, 0, error=5.0), row(200, 0, 0, error=2.0)], [], {})
    assert told.best == 200
    assert "None of 160 trials" in told.why


def test_without_a_held_out_cluster_training_chooses_and_that_is_said() -> None:
    scores = [row(100, 30, 0, trials=40) | {"held_out": Rate(0, 0).row()}]
    assert "nothing is said about new places" in judge(scores, [], {}).why


def test_under_coverage_and_weak_clusters_are_named_with_where_to_record() -> None:
    clusters = [
        {"name": "6", "held_out": True, "successes": 2, "trials": 10},
        {"name": "1", "held_out": False, "successes": 9, "trials": 10},
    ]
    told = judge([row(100, 38, 10, clusters=clusters)], [], {"1": 12})
    assert any(finding.startswith("Under-coverage") for finding in told.findings)
    assert [(weak.name, weak.episodes) for weak in told.weak] == [("6", 0)]


def test_nothing_scored_is_no_judgement() -> None:
    assert judge([], [], {}).best == 0


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"), [(36, 40, 0.769, 0.960), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0)]
)
def test_wilson_as_the_tables_have_it(successes: int, trials: int, low: float, high: float) -> None:
    found = Rate(successes, trials)
    assert found.low == pytest.approx(low, abs=5e-4)
    assert found.high == pytest.approx(high, abs=5e-4)


def test_no_trial_has_no_rate() -> None:
    assert rate([]).row() == {"successes": 0, "trials": 0, "low": None, "high": None}
