"""Tricks come last, each with its own measured error, and only what stays within the tolerance is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from app.export.cards import on_the_bench
from app.export.errors import LaneUnavailable
from app.export.lanes.onnxruntime import OnnxRuntimeLane
from app.export.measure import Bench, Errors, Held, Measured
from app.export.runner import ExportedPolicy
from app.export.search import Choice, Goal, Ledger, Mix, fp32_mix
from app.export.sights import Remaker
from app.export.stages import WHOLE, Observation, Sight, StagedPolicy
from app.export.tricks import Trick, apply_tricks, thread_counts, tricks, tune_threads
from app.export.variants import Variant
from tests.export import toy


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Variant]]:
    return {one.stage.name: [Variant(one)] for one in toy.float_stages(tmp_path_factory.mktemp("toy"))}


def ledger_of(stages: dict[str, list[Variant]]) -> Ledger:
    """Held-out moments with two earlier looks each; the reference is float32 itself."""
    seen = toy.observations(9, seed=9)
    held = Held(seen[:3], [None] * 3, np.zeros((3, toy.CHUNK, 6), np.float32), None, [seen[3:5], seen[5:7], seen[7:9]])
    bench = Bench(on_the_bench(toy.interface(), fp32_mix(stages).placed), held)
    bench.accuracy()
    return Ledger(toy.interface(), replace(held, reference=bench.outputs()), chunks=2)


def test_stale_vision_costs_what_the_scene_moved_and_no_vision_is_older_than_said(
    stages: dict[str, list[Variant]],
) -> None:
    ledger = ledger_of(stages)
    vision, decoder = fp32_mix(stages).placed
    every = [Mix((replace(vision, every=k), decoder)) for k in (1, 2, 3)]
    errors = [ledger.measure(mix).errors.relative for mix in every]
    assert errors[0] == 0.0
    assert errors[1] > 0.01
    # With k = 2 the output is that of the picture one look earlier and the state of now.
    earlier, now = ledger.held.before[0][0], ledger.held.observations[0]
    mixed = float_chunks(stages)(replace(now, pictures=earlier.pictures))
    bench = Bench(on_the_bench(toy.interface(), every[1].placed), ledger.held)
    bench.accuracy()
    np.testing.assert_allclose(bench.outputs()[0], mixed, atol=1e-6)


def float_chunks(stages: dict[str, list[Variant]]) -> Callable[[Observation], np.ndarray]:
    policy = ExportedPolicy(on_the_bench(toy.interface(), fp32_mix(stages).placed))
    return lambda seen: policy.chunk(seen.pictures, seen.state)


def remaker(ledger: Ledger, folder: Path, lanes: list[OnnxRuntimeLane]) -> Remaker:
    policy = cast(StagedPolicy, toy.Policy())
    return Remaker(policy, ledger, lanes, toy.observations(2), folder, toy.stages_of)


def test_fewer_cameras_are_measured_against_the_whole_policy(stages: dict[str, list[Variant]], tmp_path: Path) -> None:
    ledger = ledger_of(stages)
    remake = remaker(ledger, tmp_path, [OnnxRuntimeLane()])
    offered = tricks(ledger, remake.policy.sights(), remake)
    assert [(one.kind, one.words) for one in offered] == [
        ("stale vision", "vision every 2"),
        ("stale vision", "vision every 3"),
        ("cameras", "without top"),
        ("cameras", "without gripper"),
    ]
    base = fp32_mix(stages)
    choice, tried = apply_tricks(
        ledger, Choice(base, ledger.measure(base), "x"), offered, within=1e-9, goal=Goal.fastest
    )
    assert choice.mix == base, "random weights: every trick costs something"
    assert all(one.worst_p95 and one.worst_p95 > 1e-9 and not one.taken for one in tried)
    choice, tried = apply_tricks(ledger, choice, offered, within=1e9, goal=Goal.fastest)
    kinds = [one.trick.kind for one in tried if one.taken]
    assert len(kinds) == len(set(kinds)), "two of a kind exclude each other"
    assert choice.measured is ledger.found[choice.mix.name][1]
    alone = next(one for one in tried if one.trick.words == "without top")
    assert ledger.found[alone.mix][0].placed[1].stage.inputs[0].shape == (1, toy.TOKENS, toy.WIDTH)


def test_a_sight_keeps_the_precision_that_was_chosen(stages: dict[str, list[Variant]], tmp_path: Path) -> None:
    ledger = ledger_of(stages)
    vision, decoder = toy.sources(tmp_path / "whole", toy.observations(2))
    lane = OnnxRuntimeLane()
    int8 = lane.convert(decoder, lane.precisions(decoder)[1]).placed
    mix = Mix((vision.placed, int8))
    remake = remaker(ledger, tmp_path / "work", [lane])
    seen = remake(mix, Sight(("top",)))
    assert [one.words for one in seen.placed] == ["fp32", "int8_dynamic"]
    assert seen.placed[1].path != int8.path
    assert remake(mix, Sight(("top",))).placed == seen.placed, "made once"
    with pytest.raises(LaneUnavailable, match="No lane litert"):
        remake(Mix((replace(vision.placed, lane="litert"), int8)), Sight(("top",)))


def measured(ms: float, error: float, **stages: float) -> Measured:
    wrong = Errors(0.0, {"joint": {"mean": error, "p95": error, "max": error}}, [], [], None)
    latency = {name: [value] * 3 for name, value in stages.items()}
    return Measured(wrong, latency | {"chunk": [ms] * 3}, 1, 0.0, 1, {"chunk": ms})


class Told(Ledger):
    """Measures what a table says."""

    def __init__(self, table: Callable[[Mix], Measured]) -> None:
        super().__init__(toy.interface(), toy.held(np.zeros((1, 1, 6), np.float32), 1), 1)
        self._table = table

    def measure(self, mix: Mix) -> Measured:
        self.found.setdefault(mix.name, (mix, self._table(mix)))
        return self.found[mix.name][1]


def test_tricks_that_are_fine_alone_and_not_together_are_not_put_together(stages: dict[str, list[Variant]]) -> None:
    def table(mix: Mix) -> Measured:
        error = 0.6 * (mix.sight != WHOLE) + 0.7 * bool(mix.steps)
        return measured(10 - 3 * (mix.sight != WHOLE) - 4 * bool(mix.steps), error)

    ledger, base = Told(table), fp32_mix(stages)
    offered = [
        Trick("steps", "5 steps", lambda mix: replace(mix, steps=5)),
        Trick("cameras", "without top", lambda mix: replace(mix, sight=Sight(("top",)))),
    ]
    choice, tried = apply_tricks(ledger, Choice(base, ledger.measure(base), ""), offered, within=1.0, goal=Goal.fastest)
    assert [one.taken for one in tried] == [True, False]
    assert choice.mix.steps == 5
    assert choice.next == (base,), "what was there before the tricks stays as the next best"
    assert any(mix.steps and mix.sight != WHOLE for mix, _ in ledger.found.values()), "the union was measured"


def test_each_stage_gets_the_threads_it_is_fastest_with(stages: dict[str, list[Variant]]) -> None:
    def table(mix: Mix) -> Measured:
        vision, decoder = (one.threads for one in mix.placed)
        return measured(1.0, 0.0, vision=10.0 / vision, decoder=5.0 * decoder)

    base = fp32_mix(stages)
    choice = tune_threads(Told(table), Choice(base, table(base), ""), most=4)
    assert [one.threads for one in choice.mix.placed] == [4, 1]
    assert choice.mix.name == "vision fp32, 4 threads; decoder fp32, 1 thread"
    assert tune_threads(Told(table), Choice(base, table(base), ""), most=1).mix is base
    assert list(thread_counts(6)) == [1, 2, 4]
