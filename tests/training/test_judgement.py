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


def test_what_a_person_chose_is_judged_and_what_the_scores_say_stands_beside_it() -> None:
    clusters = [{"name": "6", "held_out": True, "successes": 2, "trials": 10}]
    rows = [row(100, 38, 36), row(200, 39, 10, clusters=clusters)]
    told = judge(rows, metrics(0.5, 0.1), {}, by_hand=200)
    assert (told.best, [weak.name for weak in told.weak]) == (200, ["6"])
    assert told.why.startswith("Chosen by a person; by the scores it would be step 100.")
    assert any(finding.startswith("Under-coverage") for finding in told.findings)
    assert judge(rows, [], {}, by_hand=100) == judge(rows, [], {})
    assert judge(rows, [], {}, by_hand=300).best == 300
    assert judge([], [], {}, by_hand=300).best == 300


def test_overlapping_intervals_are_said() -> None:
    assert "may be as good" in judge([row(100, 30, 33), row(200, 31, 34)], [], {}).why


def test_what_chance_explains_is_no_over_fitting() -> None:
    """From 6 of 8 to 15 of 40 proves nothing, and from 36 of 40 to 20 of 40 does, with the bounds said."""
    few = row(2200, 30, 0) | {"held_out": Rate(6, 8).row()}
    many = row(4400, 30, 0) | {"held_out": Rate(15, 40).row()}
    told = judge([few, many], metrics(0.5, 0.1), {})
    assert told.findings == ()
    assert "6 of 8 (75 %)" in told.why
    assert "15 of 40 (38 %)" in told.why
    assert "cannot be told apart" in told.why

    sure = judge([row(100, 30, 36), row(200, 30, 20)], metrics(0.5, 0.1), {})
    assert "at least 77 % against at most 65 %" in sure.findings[0]


def test_where_held_out_success_does_not_decide_all_trials_together_do() -> None:
    told = judge([row(100, 20, 7, trials=20), row(200, 20, 6, trials=20), row(300, 2, 7, trials=20)], [], {})
    assert told.best == 100
    assert "training clusters included: 27 of 40" in told.why
    assert "may be as good" in told.why


def test_a_cluster_is_weak_only_where_its_trials_say_so() -> None:
    clusters = [
        {"name": name, "held_out": False, "successes": successes, "trials": trials}
        for name, successes, trials in (("1", 2, 3), ("2", 0, 2), ("3", 1, 3), ("4", 6, 8), ("5", 4, 8))
    ]
    told = judge([row(100, 30, 30, clusters=clusters)], [], {})
    assert [weak.name for weak in told.weak] == ["3", "5"]


def test_longer_training_is_advised_only_where_it_was_getting_better() -> None:
    weak = [{"name": "9", "held_out": False, "successes": 1, "trials": 8}]
    told = judge([row(100, 2, 1), row(200, 25, 20, clusters=weak)], [], {})
    assert any("Train longer" in found for found in told.findings)
    assert "where longer training does not mend it" in told.findings[-1]
    assert not any("longer" in found for found in judge([row(100, 22, 18), row(200, 25, 20)], [], {}).findings)


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
