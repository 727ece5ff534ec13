"""An artifact runs alone, and a damaged, cut or mismatched one is refused with the reason."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.export.cards import PlacedStage, on_the_bench
from app.export.measure import Bench
from app.export.precision import StagePrecision
from app.export.runner import ArtifactRefused, ExportedPolicy, open_artifact
from app.export.runner.artifact import CARD, GOLDENS, seal
from app.export.writer import RUNNER, ArtifactExists, Contents, NotShippable, write_artifact
from tests.export import toy


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    placed = toy.float_stages(tmp_path_factory.mktemp("work"))
    bench = Bench(on_the_bench(toy.interface(), placed), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32)))
    bench.accuracy()
    return Contents(toy.interface(), placed, toy.held(bench.outputs()), 30.0, {"dataset": "bricks"})


@pytest.fixture(scope="module")
def whole(contents: Contents, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_artifact(tmp_path_factory.mktemp("models") / "bricks", contents, {"report.json": b"{}"})


@pytest.fixture
def artifact(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "bricks"))


BLOCKED = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "lerobot", "app", "onnx", "transformers"):
            raise ImportError(f"the runner imports {name}")
sys.meta_path.insert(0, Nothing())
import runpy
sys.argv = ["runner", *sys.argv[1:]]
runpy.run_module("runner", run_name="__main__", alter_sys=True)
"""


def run_alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The artifact's own runner in a process that can import neither torch, LeRobot nor this studio."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)}
    command = [sys.executable, "-P", "-c", BLOCKED, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_the_artifact_checks_itself_without_torch_lerobot_or_the_studio(artifact: Path) -> None:
    done = run_alone(artifact, "--check", "--repeat", "3")
    assert done.returncode == 0, done.stderr
    assert "parity with the machine that made it: 0.00e+00" in done.stdout
    assert "p50 / p95 / p99" in done.stdout


def test_the_runner_runs_where_boards_are_python_3_10() -> None:
    for path in RUNNER.glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 10))
    with pytest.raises(SyntaxError):
        ast.parse("type Opener = int", feature_version=(3, 10))


def test_another_result_than_the_golden_one_fails_the_check(artifact: Path) -> None:
    def shifted(values: dict[str, Any]) -> None:
        values["normalization"]["action"]["shift"] = [5.0] * 6
        values["result_normalized"] = True

    rewrite(artifact, shifted)
    done = run_alone(artifact, "--check", "--repeat", "1")
    assert done.returncode == 1
    assert "DOES NOT HOLD" in done.stdout


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Alters policy.json and seals it anew, as somebody who knows the format would."""
    values = json.loads((folder / CARD).read_text())
    del values["sha256"]
    change(values)
    (folder / CARD).write_text(json.dumps({**values, "sha256": seal(values)}))


def cut(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: len(data) // 2])

    return damage


def flip(name: str, at: float = 0.5) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[int(len(data) * at)] ^= 0x41
        (folder / name).write_bytes(data)

    return damage


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def grown(folder: Path) -> None:
    with (folder / "vision.onnx").open("ab") as file:
        file.write(b"more")


def swapped(folder: Path) -> None:
    for here, there in (("vision.onnx", "held"), ("decoder.onnx", "vision.onnx"), ("held", "decoder.onnx")):
        (folder / here).rename(folder / there)


def altered(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder, change)


def put(path: str, value: object) -> Callable[[Path], None]:
    """Sets a value of policy.json by its dotted place."""

    def change(values: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            values = values[int(step) if step.isdigit() else step]
        if value is KeyError:
            del values[last]
        else:
            values[last] = value

    return altered(change)


def unsealed(folder: Path) -> None:
    text = (folder / CARD).read_text()
    (folder / CARD).write_text(text.replace('"chunk": 5', '"chunk": 6'))


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a stage is cut short": (cut("vision.onnx"), "vision.onnx is cut short"),
    "a stage has grown": (grown, "vision.onnx is too long"),
    "a byte of a stage flipped": (flip("decoder.onnx"), "decoder.onnx was altered"),
    "a stage is gone": (gone("decoder.onnx"), "decoder.onnx is missing"),
    "the stages are swapped": (swapped, "is (cut short|too long)"),
    "the goldens are cut short": (cut(GOLDENS), "goldens.npz is cut short"),
    "a byte of the goldens flipped": (flip(GOLDENS), "goldens.npz was altered"),
    "the goldens are gone": (gone(GOLDENS), "goldens.npz is missing"),
    "the card is gone": (gone(CARD), "is no artifact: it has no policy.json"),
    "the card is cut short": (cut(CARD), "policy.json cannot be read"),
    "a value of the card was edited": (unsealed, "altered after the export"),
    "a newer format": (put("format", 2), "reads format 1"),
    "an unknown lane": (put("stages.0.lane", "abacus"), "'abacus'"),
    "an unknown layout": (put("stages.0.layout", "hwc"), "'hwc'"),
    "a shape that is not static": (put("stages.0.inputs.0.shape", [-1, 16, 3]), "every size must be"),
    "a shape that is no number": (put("stages.0.inputs.0.shape", ["N", 16, 3]), "every size must be"),
    "stages that do not fit each other": (put("stages.1.inputs.0.shape", [2, 15, 32]), "takes 'features' as"),
    "a stage without its hash": (put("stages.0.sha256", KeyError), "'sha256' is missing"),
    "a file outside the artifact": (put("stages.0.file", "../../vision.onnx"), "outside the artifact"),
    "no stage": (put("stages", []), "no stage"),
    "no camera": (put("cameras", []), "no camera"),
    "a camera without normalisation": (put("normalization.pictures", {}), "no normalisation for the camera 'top'"),
    "normalisation for other joints": (put("normalization.action.scale", [1.0, 2.0]), "2 values for 6 joints"),
    "normalisation that is not finite": (put("normalization.action.scale", [float("nan")] * 6), "not finite"),
    "a result that nobody gives": (put("result", "v_t"), "no stage gives 'v_t'"),
    "goldens without a hash": (put("goldens.sha256", KeyError), "does not say 'sha256'"),
    "a chunk of nothing": (put("chunk", 0), "'chunk' is 0"),
}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda name: name)
def test_a_damaged_artifact_is_refused_with_the_reason(artifact: Path, damage: str) -> None:
    spoil, reason = DAMAGES[damage]
    spoil(artifact)
    with pytest.raises(ArtifactRefused, match=reason):
        open_artifact(artifact)


def test_the_runner_says_the_reason_and_ends_with_1(artifact: Path) -> None:
    cut("vision.onnx")(artifact)
    done = run_alone(artifact, "--check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("refused: vision.onnx is cut short")


def test_an_observation_that_does_not_fit_is_refused(whole: Path) -> None:
    policy, seen = ExportedPolicy.open(whole), toy.observations(1)[0]
    with pytest.raises(ArtifactRefused, match="no picture of the camera 'gripper'"):
        policy.chunk({"top": seen.pictures["top"]}, seen.state)
    with pytest.raises(ArtifactRefused, match="the policy takes uint8"):
        policy.chunk({**seen.pictures, "top": seen.pictures["top"][:8]}, seen.state)
    with pytest.raises(ArtifactRefused, match="the policy takes 6"):
        policy.chunk(seen.pictures, seen.state[:5])


def test_stale_vision_is_reused_between_the_chunks_that_compute_it(contents: Contents, tmp_path: Path) -> None:
    first, decoder = contents.placed
    reused = PlacedStage(first.stage, first.path, first.precision, every=3)
    policy = ExportedPolicy(on_the_bench(contents.interface, [reused, decoder]))
    ran = []
    for seen in toy.observations(5):
        policy.chunk(seen.pictures, seen.state)
        ran.append(sum(span.stage == "vision" for span in policy.spans))
    assert ran == [2, 0, 0, 2, 0]


def test_an_artifact_never_takes_the_place_of_another(whole: Path, contents: Contents) -> None:
    with pytest.raises(ArtifactExists):
        write_artifact(whole, contents)


def test_what_fails_half_way_leaves_nothing(contents: Contents, tmp_path: Path) -> None:
    broken = Contents(contents.interface, contents.placed, toy.held(np.zeros((0, 5, 6), np.float32)), 30.0, {})
    with pytest.raises(IndexError):
        write_artifact(tmp_path / "models/bricks", broken)
    assert list((tmp_path / "models").iterdir()) == []


def test_all_integers_are_never_shipped(contents: Contents, tmp_path: Path) -> None:
    first, decoder = contents.placed
    everything = PlacedStage(decoder.stage, decoder.path, StagePrecision.of("int8_all"))
    with pytest.raises(NotShippable):
        write_artifact(tmp_path / "bricks", Contents(contents.interface, [first, everything], contents.held, 30.0, {}))
