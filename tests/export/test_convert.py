"""What is asked of a stage is what is in its graph: counted, and a difference fails the export."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

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


def test_what_rounding_shifts_on_average_is_put_back_into_the_biases(
    stages: dict[str, Path], feeds: dict[str, list[dict[str, np.ndarray]]], tmp_path: Path
) -> None:
    """Measured on moments that nothing was calibrated on: the mean of each channel comes back."""
    made, plain = tmp_path / "made.onnx", tmp_path / "plain.onnx"
    found = convert(stages["vision"], made, StagePrecision.of("int8_static"), feeds["vision"])
    model, corrected = load(made), list[str]()
    for node in model.graph.node:
        for at, name in enumerate(node.input):
            if name.endswith(".corrected"):
                corrected.append(name)
                zeros = next(one for one in model.graph.initializer if one.name == name)
                zeros.CopyFrom(numpy_helper.from_array(np.zeros_like(numpy_helper.to_array(zeros)), name))
                assert (node.op_type, at) == ("DequantizeLinear", 0)
    onnx.save(model, plain)
    assert found.corrected == len(corrected) == 2
    fresh = [{"picture": shot} for seen in toy.observations(8, seed=7) for shot in seen.pictures.values()]

    def shift(path: Path) -> float:
        """How far the mean of each channel is off."""
        distance = [run(path, feed) - run(stages["vision"], feed) for feed in fresh]
        return float(np.linalg.norm(np.mean(distance, axis=(0, 1, 2))))

    assert shift(made) < 0.5 * shift(plain)


@pytest.mark.parametrize("bias", ["left", "right", "shared", "none"])
def test_a_products_bias_is_corrected_where_it_is_added_and_only_there(bias: str, tmp_path: Path) -> None:
    """Two layers, the second of which has its bias on either side, shares it with the first, or has none."""
    rng = np.random.default_rng(3)
    constants = {name: rng.normal(0, 1, (16, 16)).astype(np.float32) for name in ("w1", "w2")}
    constants |= {name: rng.normal(0, 1, 16).astype(np.float32) for name in ("b1", "b2")}
    second = {"left": ["b2", "p2"], "right": ["p2", "b2"], "shared": ["p2", "b1"], "none": []}[bias]
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["p1"], "first"),
        helper.make_node("Add", ["p1", "b1"], ["h"], "first bias"),
        helper.make_node("Relu", ["h"], ["r"], "relu"),
        helper.make_node("MatMul", ["r", "w2"], ["p2"], "second"),
        *([helper.make_node("Add", second, ["y"], "second bias")] if second else []),
    ]
    info = [helper.make_tensor_value_info(name, 1, (8, 16)) for name in ("x", "y" if second else "p2")]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "two", info[:1], info[1:], tensors)
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), tmp_path / "two.onnx"
    )
    feeds = [{"x": np.abs(rng.normal(1, 1, (8, 16))).astype(np.float32)} for _ in range(4)]
    precision = StagePrecision.of("products=int8_dynamic,head=int8_dynamic")
    found = convert(tmp_path / "two.onnx", tmp_path / "made.onnx", precision, feeds)
    assert found.corrected == (1 if bias == "none" else 2)
    convert(tmp_path / "two.onnx", tmp_path / "plain.onnx", precision)
    off = {
        name: np.linalg.norm(
            np.mean(
                [run(tmp_path / f"{name}.onnx", one) - run(tmp_path / "two.onnx", one) for one in feeds], axis=(0, 1)
            )
        )
        for name in ("made", "plain")
    }
    assert off["made"] < (0.8 if bias == "none" else 0.6) * off["plain"]


def test_calibration_feeds_come_from_every_moment_not_from_the_first(stages: dict[str, Path]) -> None:
    seen = toy.observations(6)
    placed = toy.float_stages(stages["vision"].parent)
    found = feeds_of(toy.interface(), placed, seen, most=4)
    assert [len(one) for one in found.values()] == [4, 4]
    states = [feed["state"].tolist() for feed in found["decoder"]]
    assert states == [seen[at].state.tolist() for at in (0, 2, 3, 5)]
    shots = [feed["picture"] for feed in found["vision"]]
    assert np.array_equal(shots[0], seen[0].pictures["top"])
    assert np.array_equal(shots[-1], seen[5].pictures["gripper"])


@pytest.mark.parametrize(
    "word", ["int5", "products=fp16", "mouths=int8_dynamic", "convolutions=int4", "rest=int8_static", "fp16,rest=bf16"]
)
def test_a_precision_that_does_not_exist_is_refused_by_name(word: str) -> None:
    with pytest.raises(PrecisionInvalid):
        StagePrecision.of(word)


@pytest.mark.parametrize(
    "word",
    [
        "fp32",
        "fp16",
        "int8_dynamic",
        "int4",
        "int8_static",
        "products=int8_dynamic",
        "int8_static,rest=bf16",
        "rest=bf16",
    ],
)
def test_a_precision_is_written_as_it_is_read(word: str) -> None:
    precision = StagePrecision.of(word)
    assert str(precision) == word
    assert precision.at(Group.head) in Precision


def test_bfloat16_beside_integers_is_not_onnx_runtimes(stages: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(PrecisionInvalid, match="computes nothing in bf16"):
        convert(stages["decoder"], tmp_path / "made.onnx", StagePrecision.of("int8_dynamic,rest=bf16"))


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
