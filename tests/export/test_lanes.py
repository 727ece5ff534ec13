"""OpenVINO converts and runs here, other lanes say what they lack, and Neutron's report is read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from app.export.cards import PlacedStage, on_the_bench
from app.export.errors import LaneUnavailable
from app.export.lanes import openvino
from app.export.lanes.environments import REQUIREMENTS, LaneEnvironment
from app.export.lanes.neutron_report import ReportUnreadable, read_report
from app.export.measure import Bench, Measured
from app.export.runner import ArtifactRefused, ExportedPolicy, open_artifact
from app.export.writer import Contents, write_artifact
from tests.export import toy


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> list[PlacedStage]:
    return toy.float_stages(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def reference(placed: list[PlacedStage]) -> np.ndarray:
    bench = Bench(on_the_bench(toy.interface(), placed), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32)))
    bench.accuracy()
    return bench.outputs()


def measured(placed: list[PlacedStage], reference: np.ndarray) -> Measured:
    bench = Bench(on_the_bench(toy.interface(), placed), toy.held(reference))
    bench.time(2)
    return bench.measured()


def in_openvino(placed: PlacedStage, folder: Path) -> PlacedStage:
    target = openvino.float_file(placed, folder / f"{placed.stage.name}.openvino.xml")
    return dataclasses.replace(placed, path=target, lane="openvino")


def test_openvino_gives_what_onnx_runtime_gives(
    placed: list[PlacedStage], reference: np.ndarray, tmp_path: Path
) -> None:
    moved = [in_openvino(one, tmp_path) for one in placed]
    assert measured(moved, reference).errors.relative < 1e-5


def test_a_stage_in_openvino_beside_one_in_onnx_runtime_is_an_artifact(
    placed: list[PlacedStage], reference: np.ndarray, tmp_path: Path
) -> None:
    mixed = [in_openvino(placed[0], tmp_path), placed[1]]
    folder = write_artifact(
        tmp_path / "models/mixed", Contents(toy.interface(), mixed, toy.held(reference), 30.0, {"dataset": ""})
    )
    card = json.loads((folder / "policy.json").read_text())
    assert [stage["lane"] for stage in card["stages"]] == ["openvino", "onnxruntime"]
    seen = toy.observations(3, seed=9)[0]
    chunk = ExportedPolicy.open(folder).chunk(seen.pictures, seen.state)
    np.testing.assert_allclose(chunk, reference[0], atol=1e-4)
    (folder / "vision.bin").write_bytes((folder / "vision.bin").read_bytes()[:-4])
    with pytest.raises(ArtifactRefused, match=r"vision.bin is cut short"):
        open_artifact(folder)


def test_a_lane_without_its_environment_says_how_to_make_it(tmp_path: Path) -> None:
    lane = LaneEnvironment("litert", tmp_path)
    assert not lane.ready
    with pytest.raises(LaneUnavailable, match=r"make-lane litert"):
        lane.work("litert_vision.py", {})
    lane.folder.mkdir()
    (lane.folder / ".requirements").write_text("litert-torch==0.1")
    assert not lane.ready, "an environment of other versions is none"
    (lane.folder / ".requirements").write_text("\n".join(REQUIREMENTS["litert"]))
    assert lane.ready


@pytest.mark.parametrize(
    ("text", "share", "operators"),
    [
        ("Number of operators converted: 62 out of 67 operators", 62 / 67, 67),
        ("mapped 30/30 operators to the NPU", 1.0, 30),
        ("Operator conversion ratio: 25.4 %", 0.254, None),
    ],
)
def test_the_converters_report_is_read(text: str, share: float, operators: int | None) -> None:
    found = read_report(text)
    assert found.share == pytest.approx(share)
    assert found.operators == operators
    assert ("smaller picture" in found.words()) == (share < 0.9)


def test_a_report_without_a_count_is_not_guessed() -> None:
    with pytest.raises(ReportUnreadable):
        read_report("conversion finished")
