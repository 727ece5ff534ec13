"""What `./understudy evaluate` makes of its words, and the table it prints."""

from __future__ import annotations

import argparse

import pytest

from app.bootstrap.evaluate import add_evaluate, as_text, entrants_of, protocol_of
from app.evaluation.errors import EvaluationInvalid
from app.evaluation.models import EvaluationProtocol, Execution, Judge
from app.evaluation.results import EntrantResult, Results, Score
from app.policies.strategies import Mode

HELD = Score(successes=7, trials=10, share=0.7, low=0.397, high=0.892)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_evaluate(parser.add_subparsers(), "recordings")
    return parser.parse_args(["evaluate", *words])


def test_every_policy_is_tried_in_every_mode_at_every_delay() -> None:
    words = ["run/400", "exports/small", "--mode", "synchronous", "--mode", "asynchronous", "--delay-ms", "100"]
    found = entrants_of(parsed(*words, "--emulate", "act_optimized"))
    assert len(found) == len({one.key for one in found}) == 2 * 2 * 2
    assert {one.execution.mode for one in found} == {Mode.synchronous, Mode.asynchronous}
    assert {one.execution.delay_ms for one in found} == {100.0, 320.0}
    assert {one.execution.device for one in found} == {"100 ms a look", "ACT, optimized on i.MX 95"}
    (alone,) = entrants_of(parsed("run"))
    assert not alone.execution.emulated


def test_a_rule_of_ones_own_is_stored_and_said_and_one_that_cannot_be_is_refused() -> None:
    usual = protocol_of(parsed("run"), "bricks")
    assert usual.success_rule == "The object rests in the upright goal, let go of, for three steps of the policy."
    own = protocol_of(parsed("run", "--success", "held_over", "--success-s", "2", "--limit-s", "9"), "bricks")
    assert (
        own.success_rule
        == "When time is over, the claws hold the object over the goal, and have for 2 s without a break."
    )
    assert EvaluationProtocol.model_validate_json(own.model_dump_json()) == own
    with pytest.raises(EvaluationInvalid, match="longer than a trial cannot happen"):
        protocol_of(parsed("run", "--success-s", "20"), "bricks")
    by_hand = EvaluationProtocol(dataset="bricks", judge=Judge.operator, rule="The tea bag is in the mug.")
    assert by_hand.success_rule.startswith("The tea bag is in the mug. The operator says so")
    with pytest.raises(ValueError, match="judges by physics"):
        EvaluationProtocol(dataset="bricks", rule="The tea bag is in the mug.")
    with pytest.raises(ValueError, match="an operator judges"):
        EvaluationProtocol(dataset="bricks", judge=Judge.operator, success=own.success)


def test_a_latency_is_injected_once() -> None:
    with pytest.raises(ValueError, match="one latency is injected"):
        Execution(own_delay=True, delay_ms=5.0)


def test_the_table_says_what_is_emulated_and_what_was_not_tried() -> None:
    one = EntrantResult(
        key="a",
        title="ACT",
        policy="run",
        mode="synchronous",
        emulated=True,
        device="a board",
        delay_ms=320.0,
        training=Score(),
        held_out=HELD,
        new=Score(),
        all=HELD,
        clusters=[],
        latency_p50_ms=5.0,
        latency_p95_ms=6.0,
        duration_s=None,
        starved_steps=3,
        steps=90,
        looks=9,
        done=10,
        planned=10,
    )
    found = Results(
        name="x",
        done=10,
        planned=10,
        entrants=[one],
        comparisons=[],
        delays=[],
        failures=[],
        broken=[],
        record_next=[],
        findings=["Something to know."],
    )
    text = as_text(found)
    assert "ACT [EMULATED a board]" in text
    assert "7 of 10 (40-89 %)" in text
    assert text.endswith("Something to know.")
