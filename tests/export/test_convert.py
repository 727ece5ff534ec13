"""What is asked of a stage is what is in its graph: counted, and a difference fails the export."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from app.export.audit import audit
from app.export.convert import convert
from app.export.errors import CalibrationTooSmall, PrecisionMismatch, SilentFallback
from app.export.graph import load
from app.export.lanes.onnxruntime import OnnxRuntimeLane, Placement, available, placement
from app.export.precision import Group, Precision, PrecisionInvalid, StagePrecision
from app.export.targets import targets
from app.export.variants import feeds_of
from tests.export import toy


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {one.stage.name: one.path for one in toy.float_stages(tmp_path_factory.mktemp("toy"))}


@pytest.fixture(scope="module")
def feeds(stages: dict[str, Path]) -> dict[str, list[dict[str, np.ndarray]]]:
    placed = toy.float_stages(stages["vision"].parent)
    return feeds_of(toy.interface(), placed, toy.observations(4))


def run(path: Path, feed: dict[str, np.ndarray]) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, feed)[0])


@pytest.mark.parametrize(
    ("stage", "word", "kind", "count"),
    [
        ("vision", "int8_static", Precision.int8_static, 2),
        ("vision", "fp16", Precision.fp16, 2),
        ("decoder", "int8_dynamic", Precision.int8_dynamic, 3),
        ("decoder", "int8_static", Precision.int8_static, 3),
        ("decoder", "int4", Precision.int4, 3),
        ("decoder", "products=int8_dynamic", Precision.int8_dynamic, 2),
        ("decoder", "products=int4,head=int8_dynamic", Precision.int4, 2),
    ],
)
def test_the_operators_asked_for_are_the_operators_found(
    stages: dict[str, Path],
    feeds: dict[str, list[dict[str, np.ndarray]]],
    tmp_path: Path,
    stage: str,
    word: str,
    kind: Precision,
    count: int,
) -> None:
    found = convert(stages[stage], tmp_path / "made.onnx", StagePrecision.of(word), feeds[stage])
    assert found.found[kind] == count
    assert found.attention_quantized == found.softmax_quantized == 0
    feed = feeds[stage][0]
    expected = run(stages[stage], feed)
    assert np.linalg.norm(run(tmp_path / "made.onnx", feed) - expected) < 0.4 * np.linalg.norm(expected)


def test_quantizing_everything_takes_softmax_and_attention_too_and_is_counted(
    stages: dict[str, Path], feeds: dict[str, list[dict[str, np.ndarray]]], tmp_path: Path
) -> None:
    found = convert(stages["decoder"], tmp_path / "made.onnx", StagePrecision.of("int8_all"), feeds["decoder"])
    assert (found.attention_quantized, found.softmax_quantized) == (2, 1)
    pretended = audit(load(tmp_path / "made.onnx"), targets(load(stages["decoder"])), StagePrecision.of("int8_static"))
    with pytest.raises(PrecisionMismatch, match="2 attention products left float; 1 softmax left float"):
        pretended.require("decoder")


@pytest.mark.parametrize("word", ["int8_dynamic", "int8_static", "int4", "fp16"])
def test_a_float_graph_that_calls_itself_quantized_is_found_out(
    stages: dict[str, Path], tmp_path: Path, word: str
) -> None:
    shutil.copyfile(stages["decoder"], tmp_path / "decoder.int8.onnx")
    found = audit(load(tmp_path / "decoder.int8.onnx"), targets(load(stages["decoder"])), StagePrecision.of(word))
    with pytest.raises(PrecisionMismatch, match=r"3 operators were to be .* and 0 are"):
        found.require("decoder")


def test_more_than_asked_is_a_mismatch_too(stages: dict[str, Path], tmp_path: Path) -> None:
    convert(stages["decoder"], tmp_path / "made.onnx", StagePrecision.of("int8_dynamic"))
    found = audit(load(tmp_path / "made.onnx"), targets(load(stages["decoder"])), StagePrecision.of("fp32"))
    with pytest.raises(PrecisionMismatch, match="none was to be"):
        found.require("decoder")


def test_static_precision_without_observations_is_refused(stages: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(CalibrationTooSmall):
        convert(stages["vision"], tmp_path / "made.onnx", StagePrecision.of("int8_static"))


def test_attention_and_softmax_are_no_target_of_any_group(stages: dict[str, Path]) -> None:
    found = targets(load(stages["decoder"]))
    named = {name for names in found.groups.values() for name in names}
    assert named == {"query", "key", "head"}
    assert set(found.attention) == {"logits", "mix"}
    assert found.softmax == ("softmax",)


def test_candidates_fit_the_operators_of_the_stage(stages: dict[str, Path]) -> None:
    vision, decoder = toy.sources(stages["vision"].parent, toy.observations(1))
    assert [str(p) for p in OnnxRuntimeLane().precisions(vision)] == ["fp16", "int8_static"]
    assert "int8_static" not in [str(p) for p in OnnxRuntimeLane().precisions(decoder)]


@pytest.mark.parametrize("word", ["int5", "products=fp16", "mouths=int8_dynamic", "convolutions=int4"])
def test_a_precision_that_does_not_exist_is_refused_by_name(word: str) -> None:
    with pytest.raises(PrecisionInvalid):
        StagePrecision.of(word)


@pytest.mark.parametrize("word", ["fp32", "fp16", "int8_dynamic", "int4", "int8_static", "products=int8_dynamic"])
def test_a_precision_is_written_as_it_is_read(word: str) -> None:
    precision = StagePrecision.of(word)
    assert str(precision) == word
    assert precision.at(Group.head) in Precision


def test_every_node_is_on_the_provider_that_was_asked_for(stages: dict[str, Path]) -> None:
    found = placement(stages["decoder"])
    found.require()
    assert available()["cpu"]
    assert set(found.nodes) == {"CPUExecutionProvider"}


def test_a_node_elsewhere_is_a_silent_fallback() -> None:
    found = Placement("CUDAExecutionProvider", {"CUDAExecutionProvider": 40, "CPUExecutionProvider": 2}, {})
    with pytest.raises(SilentFallback, match="2 on CPUExecutionProvider"):
        found.require()
    found.require(allowed=["CPUExecutionProvider"])
    with pytest.raises(SilentFallback, match="none was placed"):
        Placement("CUDAExecutionProvider", {}, {}).require()
