"""LeRobot's own ACT is the oracle: the exported stages give its chunks, on recorded frames, processors included."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.datasets import Dataset
from app.export.errors import CheckpointUnreadable, ParityBroken, PolicyUnsupported
from app.export.graph import load
from app.export.observations import choose, observations
from app.export.runner import ExportedPolicy
from tests.datasets.oracle import Oracle
from tests.export.checkpoints import SMALL_ACT, record_bricks, save_act

pytestmark = pytest.mark.lerobot


@pytest.fixture(scope="module")
def bricks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record_bricks(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def small(lerobot: Oracle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_act(tmp_path_factory.mktemp("act"), **SMALL_ACT)


def staged(folder: Path) -> Any:
    from app.export.act import StagedAct
    from app.export.checkpoint import Checkpoint

    return StagedAct(Checkpoint.load(folder))


def parity(folder: Path, bricks: Path) -> float:
    """Relative distance of the wrappers themselves to LeRobot; that their ONNX says the same is tested once, below."""
    import torch

    from app.export.exporting import references
    from app.export.runner.check import relative
    from app.export.stages import Layout

    policy = staged(folder)
    moments = observations(Dataset.open(bricks), [0, 2], policy.interface, per_episode=2)
    held, _ = references(policy, moments)
    vision, decoder = (policy.module(name, Layout.folded) for name in ("vision", "decoder"))
    with torch.no_grad():
        found = [
            decoder(
                torch.cat([vision(torch.from_numpy(shot)) for shot in seen.pictures.values()]), torch.tensor(seen.state)
            )
            for seen in moments
        ]
    return relative(torch.stack(found).numpy(), held.reference)


MODES = {
    "by mean and deviation": {},
    "normalised before each block": {"pre_norm": True},
    "by minimum and maximum": {
        "normalization_mapping": {"VISUAL": "MEAN_STD", "STATE": "MIN_MAX", "ACTION": "MIN_MAX"}
    },
    "as it is, with gelu, one decoder layer": {
        "normalization_mapping": {"VISUAL": "IDENTITY", "STATE": "IDENTITY", "ACTION": "IDENTITY"},
        "feedforward_activation": "gelu",
        "n_decoder_layers": 1,
    },
}


@pytest.mark.parametrize("mode", MODES)
def test_the_stages_give_what_lerobot_gives(lerobot: Oracle, bricks: Path, tmp_path: Path, mode: str) -> None:
    from lerobot.configs.types import NormalizationMode

    options = dict(MODES[mode])
    if mapping := options.get("normalization_mapping"):
        options["normalization_mapping"] = {kind: NormalizationMode(name) for kind, name in mapping.items()}
    folder = save_act(tmp_path / "act", seed=3, **{**SMALL_ACT, **options})
    assert parity(folder, bricks) <= 1e-5


def test_smaller_pictures_give_what_lerobot_gives_for_them(small: Path, bricks: Path) -> None:
    import torch

    from app.export.measure import seen_by
    from app.export.runner.check import relative
    from app.export.stages import Layout, Sight

    whole = staged(small)
    policy = whole.seeing(Sight(scale=0.75))
    assert [(c.height, c.width) for c in policy.interface.cameras] == [(48, 48)] * 2
    seen = seen_by(policy.interface, observations(Dataset.open(bricks), [1], whole.interface, per_episode=1)[0])
    vision, decoder = (policy.module(name, Layout.folded) for name in ("vision", "decoder"))
    with torch.no_grad():
        features = torch.cat([vision(torch.from_numpy(shot)) for shot in seen.pictures.values()])
        found = decoder(features, torch.tensor(seen.state)).numpy()
    assert relative(found, policy.reference(seen, None)) <= 1e-5


def test_a_run_of_the_studio_is_exported_by_its_own_facts(small: Path, bricks: Path, tmp_path: Path) -> None:
    from app.export.checkpoint import origin_of, pretrained_folder
    from app.export.finding import checkpoint_named
    from app.storage.paths import DataFolder

    run = tmp_path / "models/bricks"
    shutil.copytree(small, run / "train/checkpoints/000004/pretrained_model")
    (run / "train/checkpoints/last").symlink_to("000004")
    facts = {"name": "bricks", "dataset": "bricks", "held_out": ["B"], "policy": {"fps": 10.0, "execute": 5}}
    (run / "run.json").write_text(json.dumps(facts))
    origin = origin_of(pretrained_folder(run))
    assert (origin["fps"], origin["execute"], origin["held_out"]) == (10.0, 5, ["B"])
    assert checkpoint_named(str(small), DataFolder(tmp_path)) == small


def test_a_checkpoint_becomes_an_artifact_that_fits_the_tolerance(small: Path, bricks: Path, tmp_path: Path) -> None:
    from app.export.exporting import Request, export

    said: list[tuple[str, float]] = []
    request = Request(
        small, tmp_path / "models/bricks", tmp_path / "work", dataset=bricks, within=2.0, chunks=2, searched=False
    )
    made = export(request, lambda words, share: said.append((words, share)))

    report = json.loads((made.folder / "report.json").read_text())
    assert report["parity"] <= 1e-5
    assert report["chosen"]["worst_p95"] <= 2.0
    assert report["chosen"]["size_share"] < 0.5
    assert report["origin"]["episodes"]["held_out"] == [
        {"episode": 2, "cluster": "C"},
        *report["origin"]["episodes"]["held_out"][1:],
    ]
    kept = {one["episode"] for one in report["origin"]["episodes"]["held_out"]}
    assert not kept & {one["episode"] for one in report["origin"]["episodes"]["calibration"]}
    assert {mix["alone"] for mix in report["mixes"]} >= {"", "vision", "decoder"}
    assert [share for _, share in said] == sorted(share for _, share in said)
    assert "<h1>Export, ACT</h1>" in (made.folder / "report.html").read_text()

    nodes = [node.op_type for options in made.stages.values() for node in load(options[0].placed.path).graph.node]
    assert len(nodes) < 250
    assert not set(nodes) & {"BatchNormalization", "Dropout", "If", "Loop", "RandomNormal", "Shape"}

    policy = ExportedPolicy.open(made.folder)
    seen = made.held.observations[0]
    chunk = policy.chunk(seen.pictures, seen.state)
    assert np.percentile(np.abs(chunk - made.held.reference[0]), 95) <= 2.0
    assert policy.card.state[0] == "shoulder_pan"
    assert policy.card.fps == 30.0


def test_a_wrapper_that_does_not_fit_stops_the_export(small: Path, bricks: Path, tmp_path: Path) -> None:
    from app.export.exporting import float_stages, references, require_parity

    policy = staged(small)
    moments = observations(Dataset.open(bricks), [0], policy.interface, per_episode=1)
    held, _ = references(policy, moments)
    other = dataclasses.replace(held, reference=held.reference + 0.01)
    with pytest.raises(ParityBroken, match=r"differ from LeRobot by"):
        require_parity(policy, float_stages(policy, tmp_path, 1), other)


def test_cameras_of_different_size_are_refused_by_name(lerobot: Oracle, tmp_path: Path) -> None:
    folder = save_act(tmp_path, **SMALL_ACT)
    config = json.loads((folder / "config.json").read_text())
    config["input_features"]["observation.images.top"]["shape"] = [3, 96, 64]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(PolicyUnsupported, match="top 64x96, gripper 64x64"):
        staged(folder)


def test_a_folder_without_weights_is_no_checkpoint(lerobot: Oracle, tmp_path: Path) -> None:
    with pytest.raises(CheckpointUnreadable, match="holds no checkpoint"):
        staged(tmp_path)


def test_episodes_are_taken_from_one_cluster_after_another(tmp_path: Path) -> None:
    episodes = Dataset.open(record_bricks(tmp_path, ("A", "A", "A", "B", "B", "C"), rows=3)).episodes()
    chosen = choose(episodes, calibration=2, held_out=3)
    assert {chosen.clusters[e] for e in chosen.held_out} == {"A", "B", "C"}
    assert [chosen.clusters[e] for e in chosen.calibration] == ["A", "B"]
    spared = choose(episodes, held_out_clusters=["B"], calibration=9)
    assert [chosen.clusters[e] for e in spared.held_out] == ["B", "B"]
    assert "B" not in [chosen.clusters[e] for e in spared.calibration]
