"""The search takes the best mix whose own error is within tolerance, and says what it passed over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export.cards import on_the_bench
from app.export.errors import NothingWithinTolerance
from app.export.lanes.onnxruntime import OnnxRuntimeLane
from app.export.measure import Bench, Errors, Held, Measured, errors
from app.export.precision import StagePrecision
from app.export.report import build_report
from app.export.report_page import report_page
from app.export.search import Goal, Ledger, Mix, alone, choose, fp32_mix, pareto
from app.export.variants import Variant, variants
from tests.export import toy


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Variant]]:
    words = {"vision": ["int8_static"], "decoder": ["int8_dynamic", "int4", "int8_all"]}
    return {
        one.placed.stage.name: variants(
            one, [OnnxRuntimeLane()], [StagePrecision.of(word) for word in words[one.placed.stage.name]]
        )
        for one in toy.sources(tmp_path_factory.mktemp("toy"), toy.observations(4))
    }


@pytest.fixture(scope="module")
def ledger(stages: dict[str, list[Variant]]) -> Ledger:
    placed = [options[0].placed for options in stages.values()]
    bench = Bench(on_the_bench(toy.interface(), placed), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32)))
    bench.accuracy()
    found = Ledger(toy.interface(), toy.held(bench.outputs()), chunks=3)
    alone(found, stages)
    return found


def test_each_stage_is_measured_alone_and_float32_is_exact(ledger: Ledger) -> None:
    assert set(ledger.found) == {
        "vision fp32; decoder fp32",
        "vision int8_static; decoder fp32",
        "vision fp32; decoder int8_dynamic",
        "vision fp32; decoder int4",
        "vision fp32; decoder int8_all",
    }
    _, measured = ledger.found["vision fp32; decoder fp32"]
    assert measured.errors.worst_p95 == 0.0
    assert measured.latency_ms.keys() == {"vision", "decoder", "chunk"}


@pytest.mark.parametrize("goal", list(Goal))
def test_what_is_chosen_is_within_the_tolerance_and_is_a_union(
    ledger: Ledger, stages: dict[str, list[Variant]], goal: Goal
) -> None:
    choice = choose(ledger, stages, within=100.0, goal=goal)
    assert choice.measured is ledger.found[choice.mix.name][1]
    assert choice.measured.errors.worst_p95 <= 100.0
    assert "int8_all" not in choice.mix.name
    if goal is Goal.smallest:
        sizes = [sum(one.size for one in mix.placed) for mix, _ in ledger.found.values() if "int8_all" not in mix.name]
        assert choice.measured.size == min(sizes)


def test_a_tolerance_that_only_float32_meets_leaves_float32(ledger: Ledger, stages: dict[str, list[Variant]]) -> None:
    choice = choose(ledger, stages, within=0.0, goal=Goal.smallest)
    assert choice.mix == fp32_mix(stages)


def test_a_tolerance_that_nothing_meets_is_an_error(stages: dict[str, list[Variant]]) -> None:
    far = Ledger(toy.interface(), toy.held(np.full((3, toy.CHUNK, 6), 99, np.float32)), chunks=1)
    alone(far, stages)
    with pytest.raises(NothingWithinTolerance):
        choose(far, stages, within=1.0, goal=Goal.fastest)


def test_tries_are_not_spent_on_stages_that_alone_are_beyond_the_tolerance(stages: dict[str, list[Variant]]) -> None:
    """Nine fast vision stages just beyond it must not hide the one decoder that is within it."""
    vision, decoder = (options[0].placed for options in stages.values())
    lanes = [f"lane{number}" for number in range(9)]
    offered = {
        "vision": [Variant(vision), *[Variant(replace(vision, lane=lane)) for lane in lanes]],
        "decoder": [Variant(decoder), Variant(replace(decoder, lane="good"))],
    }

    class Told(Ledger):
        def measure(self, mix: Mix) -> Measured:
            words = [one.lane for one in mix.placed]
            beyond, good = words[0] != "onnxruntime", words[1] == "good"
            _, measured = point(1, 10.0 - 6 * beyond - 2 * good, 1.5 * beyond + 0.5 * good)
            cpu = {"vision": 7.0 - 6 * beyond, "decoder": 3.0 - 2 * good, "chunk": 10.0 - 6 * beyond - 2 * good}
            self.found.setdefault(mix.name, (mix, replace(measured, cpu_ms=cpu)))
            return self.found[mix.name][1]

    found = Told(toy.interface(), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32)), 1)
    alone(found, offered)
    choice = choose(found, offered, within=1.0, goal=Goal.fastest)
    assert [one.lane for one in choice.mix.placed] == ["onnxruntime", "good"]


def test_the_report_is_a_page_that_runs_nothing(ledger: Ledger, stages: dict[str, list[Variant]]) -> None:
    choice = choose(ledger, stages, within=100.0, goal=Goal.smallest)
    facts = {
        "parity": 1e-7,
        "torch_ms": 5.0,
        "preflight": [{"title": "<script>", "state": "fine", "words": "&"}],
        "versions": {},
    }
    report = build_report(ledger, stages, choice, fp32=fp32_mix(stages), within=100.0, goal=Goal.smallest, facts=facts)
    assert {mix["alone"] for mix in report["mixes"]} == {"", "vision", "decoder"}
    report["tricks"] = [
        {"words": "vision every 2", "taken": True, "refused": "", "typical_ms": 1.0, "worst_p95": 0.5},
        {"words": "without top", "taken": False, "refused": "<script>", "typical_ms": None, "worst_p95": None},
    ]
    report["success"] = {"rows": [{"mix": "m", "role": "fp32", "successes": 7, "trials": 12, "low": 0.3, "high": 0.8}]}
    report["refused"] = [{"stage": "vision", "precision": "bf16", "lane": "openvino", "why": "no bfloat16"}]
    page = report_page(report)
    assert all(words in page for words in ("vision every 2", "7 of 12", "30 % to 80 %", "no bfloat16"))
    assert "<script" not in page
    assert "int8_dynamic" not in page  # precisions in words, joints by their names
    assert "decoder int8 dynamic" in page
    assert page.count("class=pick") == 2
    assert "http" not in page


def point(number: int, ms: float, error: float) -> tuple[Mix, Measured]:
    wrong = Errors(0.0, {"joint": {"mean": error, "p95": error, "max": error}}, [], [], None)
    return Mix(()), Measured(wrong, {"chunk": [ms, ms, ms]}, number, 0.0, 1, {"chunk": ms})


@given(st.lists(st.tuples(st.floats(0, 1e3), st.floats(0, 1e3)), min_size=1, max_size=12))
def test_nothing_beats_the_front_and_something_on_it_beats_the_rest(points: list[tuple[float, float]]) -> None:
    found = {str(n): point(n, ms, error) for n, (ms, error) in enumerate(points)}
    front = [points[int(name)] for name in pareto(found)]
    assert front == sorted(front)
    assert not any(a != b and a[0] <= b[0] and a[1] <= b[1] for a in front for b in front)
    assert all(any(f[0] <= ms and f[1] <= error for f in front) for ms, error in points)


def test_errors_are_said_by_joint_along_the_chunk_and_for_the_gripper() -> None:
    reference = np.zeros((1, 10, 6), np.float32)
    reference[0, 4:, 5] = 80.0
    found = reference.copy()
    found[..., 1] += 2.0
    found[0, 4:6, 5] = 0.0
    seen = errors(found, None, Held([], [], reference), toy.JOINTS, fps=10.0)
    assert seen.joints["shoulder_lift"] == {"mean": 2.0, "p95": 2.0, "max": 2.0}
    assert seen.gripper_ms == pytest.approx(200.0)
    assert seen.along_chunk[0] == pytest.approx(2 / 6)
    assert seen.worst_joint in ("gripper", "shoulder_lift")
    still = errors(reference * 0, None, Held([], [], reference * 0), toy.JOINTS, fps=10.0)
    assert still.gripper_ms is None


def test_files_of_variants_lie_beside_the_float_file(stages: dict[str, list[Variant]]) -> None:
    names = {Path(v.placed.path).name for options in stages.values() for v in options}
    assert {"decoder.onnx", "decoder.int4.onnx", "vision.int8_static.onnx"} <= names
