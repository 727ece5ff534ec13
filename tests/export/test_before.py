"""What the checklist says before anything is converted, what an export is meant for, and what is kept of one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.export import before
from app.export.before import Known, blocked, cameras_of, checklist, read_config
from app.export.cards import on_the_bench
from app.export.devices import PROFILES, DeviceUnknown, profile
from app.export.measure import Bench
from app.export.provenance import provenance
from app.export.runner.artifact import ArtifactRefused
from app.export.store import ExportNotFound, ExportStore
from app.export.writer import Contents, write_artifact
from tests.export import toy


def config(**cameras: tuple[int, int]) -> dict[str, Any]:
    shapes = {f"observation.images.{name}": {"shape": [3, h, w]} for name, (w, h) in cameras.items()}
    return {"type": "act", "input_features": {"observation.state": {"shape": [6]}, **shapes}}


def states(known: Known, device: str = "here") -> list[str]:
    return [step.state for step in checklist(known, profile(device))]


def test_a_policy_with_its_dataset_may_be_exported() -> None:
    known = Known(config(top=(64, 64), gripper=(64, 64)), "bricks", 12, ("6",), "8 of 10 on training clusters")
    steps = checklist(known, profile("here"))
    assert [step.state for step in steps] == ["fine"] * 5
    assert blocked(steps) == ""
    assert "held-out cluster 6" in steps[3].words
    assert states(Known(known.config, "bricks", 12))[3] == "open"  # not scored: success is not known


def test_another_device_leaves_open_what_only_it_can_show() -> None:
    known = Known(config(top=(640, 480)), "bricks", 12)
    assert states(known, "rpi5")[:3] == ["open", "fine", "open"]
    assert states(known, "imx95")[1] == "warning"  # the NPU's converter does not like large pictures


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (Known({}, "bricks", 12), "no config.json"),
        (Known({"type": "diffusion"}, "bricks", 12), "'diffusion'"),
        (Known(config(), "bricks", 12), "no camera"),
        (Known(config(top=(64, 64), left=(32, 64)), "bricks", 12), "top 64x64, left 32x64"),
        (Known(config(top=(64, 64)), "bricks", None), "bricks is not here"),
        (Known(config(top=(64, 64)), "bricks", 1), "two are needed"),
    ],
)
def test_what_the_export_would_refuse_is_said_before(known: Known, words: str) -> None:
    assert words in blocked(checklist(known, profile("here")))


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(before, "NEEDS", ("json", "no_such_package"))
    assert "no_such_package" in blocked(checklist(Known(config(top=(64, 64)), "b", 9), profile("here")))


def test_a_damaged_config_is_no_config(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("[1")
    assert read_config(tmp_path) == {}
    assert cameras_of({"input_features": [1]}) == {}


def test_every_profile_says_where_its_figures_come_from() -> None:
    assert {one.name for one in PROFILES} == {"here", "imx95", "rpi5", "orin"}
    assert all(one.source and one.runtimes for one in PROFILES)
    with pytest.raises(DeviceUnknown):
        profile("phone")


def test_a_checkpoint_knows_the_run_above_it(tmp_path: Path) -> None:
    folder = tmp_path / "models/bricks/train/checkpoints/000600/pretrained_model"
    folder.mkdir(parents=True)
    assert provenance(folder) is None
    said = {"name": "bricks", "dataset": "d", "held_out": ["6"], "policy": {"fps": 10}}
    (tmp_path / "models/bricks/run.json").write_text(json.dumps(said))
    found = provenance(folder)
    assert found is not None
    assert (found.run, found.step, found.dataset, found.held_out, found.fps) == ("bricks", 600, "d", ("6",), 10.0)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = tmp_path_factory.mktemp("data") / "models"
    placed = toy.float_stages(tmp_path_factory.mktemp("work"))
    bench = Bench(on_the_bench(toy.interface(), placed), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32)))
    bench.accuracy()
    contents = Contents(toy.interface(), placed, toy.held(bench.outputs()), 30.0, {"run": "bricks"})
    write_artifact(
        models / "exports/toy", contents, {"report.json": b'{"within": 1}', "report.html": b"<!doctype html>"}
    )
    return models


@pytest.fixture
def store(made: Path, tmp_path: Path) -> ExportStore:
    shutil.copytree(made, tmp_path / "models")
    return ExportStore(tmp_path / "models")


def test_an_export_is_listed_read_and_deleted(store: ExportStore) -> None:
    assert store.names() == ["toy"]
    folder = store.open("toy")
    assert (folder.problem(), folder.report(), folder.card().origin["run"]) == ("", {"within": 1}, "bricks")
    assert folder.page.name == "report.html"
    assert (store.free_name("toy"), store.free_name("other")) == ("toy-2", "other")
    store.delete("toy")
    assert store.names() == []
    with pytest.raises(ExportNotFound):
        store.open("toy")


def test_an_export_that_lost_a_stage_says_which(store: ExportStore) -> None:
    stage = store.open("toy").path / "vision.onnx"
    stage.write_bytes(stage.read_bytes()[:-1])
    assert "vision.onnx has" in store.open("toy").problem()
    stage.unlink()
    assert "vision.onnx is missing" in store.open("toy").problem()
    with pytest.raises(ArtifactRefused):
        store.open("toy").card()
