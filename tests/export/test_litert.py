"""LiteRT beside ONNX Runtime in one artifact, and what goes to NXP's converter. The .tflite is real, and all int8."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from app.export.cards import on_the_bench
from app.export.errors import LaneUnavailable
from app.export.exporting import Exported
from app.export.lanes.neutron import hand_over, warnings
from app.export.measure import Bench
from app.export.report import build_report
from app.export.runner import ExportedPolicy
from app.export.search import Choice, Goal, Ledger, Mix, alone, fp32_mix
from app.export.stages import StagedPolicy
from app.export.variants import Variant
from app.export.writer import Contents, write_artifact
from tests.export import toy, toy_litert


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Variant]]:
    vision, decoder = toy.float_stages(tmp_path_factory.mktemp("toy"))
    return {"vision": [Variant(vision), toy_litert.vision(vision)], "decoder": [Variant(decoder)]}


@pytest.fixture(scope="module")
def ledger(stages: dict[str, list[Variant]]) -> Ledger:
    placed = [options[0].placed for options in stages.values()]
    bench = Bench(on_the_bench(toy.interface(), placed), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32)))
    bench.accuracy()
    found = Ledger(toy.interface(), toy.held(bench.outputs()), chunks=2)
    alone(found, stages)
    return found


@pytest.fixture(scope="module")
def mixed(stages: dict[str, list[Variant]]) -> Mix:
    """Vision in LiteRT, the decoder in ONNX Runtime."""
    return Mix((stages["vision"][1].placed, stages["decoder"][0].placed))


def exported(stages: dict[str, list[Variant]], ledger: Ledger, mix: Mix) -> Exported:
    choice = Choice(mix, ledger.measure(mix), "")
    report = build_report(
        ledger,
        stages,
        choice,
        fp32=fp32_mix(stages),
        within=1.0,
        goal=Goal.fastest,
        facts={"origin": {}, "versions": {}},
    )
    policy = cast(StagedPolicy, SimpleNamespace(interface=toy.interface()))
    return Exported(Path(), report, stages, ledger.held, mix, policy, toy.observations(4))


def test_int8_in_litert_is_near_float32_in_onnx_runtime(ledger: Ledger, mixed: Mix) -> None:
    relative = ledger.measure(mixed).errors.relative
    assert 1e-4 < relative < 0.15, "it is quantized, and it is the same stage"


def test_a_mixed_artifact_runs_both_runtimes_by_its_own_runner(ledger: Ledger, mixed: Mix, tmp_path: Path) -> None:
    folder = write_artifact(
        tmp_path / "mixed", Contents(toy.interface(), mixed.placed, ledger.held, 30.0, {}, None, 4.0)
    )
    card = json.loads((folder / "policy.json").read_text())
    assert [(stage["lane"], stage["layout"]) for stage in card["stages"]] == [
        ("litert", "nhwc"),
        ("onnxruntime", "folded"),
    ]
    assert card["rate_hz"] == 4.0
    done = subprocess.run(
        [sys.executable, "-P", "-m", "runner", "--check", "--repeat", "2"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds" in done.stdout
    policy = ExportedPolicy.open(folder)
    seen = ledger.held.observations[0]
    chunk = policy.chunk(seen.pictures, seen.state)
    assert {span.stage for span in policy.spans} == {"vision", "decoder"}
    assert np.abs(chunk - ledger.held.reference[0]).max() < 1.0


def test_the_hand_over_bundle_holds_what_the_converter_and_its_reader_need(
    stages: dict[str, list[Variant]], ledger: Ledger, mixed: Mix, tmp_path: Path
) -> None:
    readme = hand_over(tmp_path / "bundle", exported(stages, ledger, mixed))
    facts = json.loads((readme.parent / "bundle.json").read_text())
    assert facts["command"].startswith("neutron-converter --input vision.int8.tflite --output")
    assert facts["vision"]["operators"] == {"CONV_2D": 2}
    assert facts["vision"]["inputs"][0]["dtype"] == "int8"
    assert facts["vision"]["inputs"][0]["scale"] == pytest.approx(1 / 255, rel=1e-3)
    assert len(facts["calibration"]["sha256"]) == 64
    assert facts["calibration"]["pictures"] == 8
    assert facts["normalization"]["top"]["scale"] == pytest.approx([1 / 255] * 3)
    assert [(one["file"], one["worst_p95"]) for one in facts["cpu_stages"]] == [("decoder.fp32.onnx", 0.0)]
    assert facts["warnings"] == []
    with np.load(readme.parent / "goldens.npz") as goldens:
        assert goldens["picture_int8"].dtype == np.int8
        assert goldens["features"].shape == (2, 1, 4, 4, toy.WIDTH)
    assert facts["command"] in readme.read_text()


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "check.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_the_bundles_own_checker_reads_the_report_and_compares_the_boards_outputs(
    stages: dict[str, list[Variant]], ledger: Ledger, mixed: Mix, tmp_path: Path
) -> None:
    folder = hand_over(tmp_path / "bundle", exported(stages, ledger, mixed)).parent
    for text, status, words in (
        ("Number of operators converted: 30 out of 30 operators", 0, "100 % of the operators are on the NPU"),
        ("mapped 17/67 operators", 1, "Try a smaller picture"),
        ("finished", 1, "keep the whole output"),
    ):
        (folder / "report.txt").write_text(text)
        done = check(folder, "report.txt")
        assert (done.returncode, words in done.stdout) == (status, True), done
    features = np.load(folder / "goldens.npz")["features"]
    for name, values, status in (("same", features, 0), ("other", features * 1.2, 1)):
        np.save(folder / f"{name}.npy", values)
        assert check(folder, "--features", f"{name}.npy").returncode == status


def test_a_large_picture_is_warned_of() -> None:
    assert warnings((1, 224, 224, 3)) == []
    assert "25 % at 320" in warnings((1, 480, 640, 3))[0]


def test_without_an_int8_vision_stage_there_is_no_bundle(
    stages: dict[str, list[Variant]], ledger: Ledger, mixed: Mix, tmp_path: Path
) -> None:
    made = exported(stages, ledger, mixed)
    refused = dataclasses.replace(stages["vision"][1], refused="3 tensors of the vision stage are float32.")
    for options, reason in (([stages["vision"][0]], "was not part"), ([stages["vision"][0], refused], "3 tensors")):
        with pytest.raises(LaneUnavailable, match=reason):
            hand_over(tmp_path / "none", dataclasses.replace(made, stages={**stages, "vision": options}))
    assert not (tmp_path / "none").exists()


@pytest.mark.lerobot
@pytest.mark.skipif("UNDERSTUDY_LANES" not in os.environ, reason="takes minutes and the lanes' own environments")
def test_an_act_is_converted_by_every_lane_and_the_mix_is_measured(lerobot: Any, tmp_path: Path) -> None:
    from app.export.exporting import Request, export
    from app.export.finding import LANES
    from app.export.lanes.here import lanes_here
    from tests.export.checkpoints import SMALL_ACT, record_bricks, save_act

    request = Request(
        save_act(tmp_path / "act", **SMALL_ACT), tmp_path / "out", tmp_path / "work",
        dataset=record_bricks(tmp_path / "data"), within=5.0, chunks=2, searched=False, lanes=lanes_here(LANES),
    )  # fmt: skip
    made = export(request)
    lanes = {(mix["alone"], mix["stages"][mix["alone"]]["lane"]) for mix in made.report["mixes"] if mix["alone"]}
    assert lanes >= {(stage, lane) for stage in ("vision", "decoder") for lane in ("openvino", "litert")}
    bundle = hand_over(tmp_path / "bundle", made).parent
    assert {path.name for path in bundle.glob("decoder.*.tflite")} == {
        "decoder.fp32.tflite",
        "decoder.int8_dynamic.tflite",
    }
