"""A small simulated dataset with a plan, a run, and policies that reach more or less far; copied for each test."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.evaluation import performing
from app.training.folder import RunStore
from tests.evaluation.rigs import Reaching
from tests.training import recorded

POLICIES = ("reach18", "reach26", "reach40", "crash", "nan")


@pytest.fixture(scope="session")
def evaluated_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cluster `near` lies at 20 cm, `far`, held out, at 30 cm."""
    root = tmp_path_factory.mktemp("evaluated")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorded, "EPISODES", tuple(replace(one, rig="simulator") for one in recorded.EPISODES))
        patch.setattr(recorded, "ROWS", 8)
        recorded.dataset(root)
        run = RunStore(root / "models").folder("tiny")
        run.create(recorded.described(root))
    for step in ("000003", "000006"):
        checkpoint = run.output / "checkpoints" / step
        (checkpoint / "training_state").mkdir(parents=True)
        _policy(checkpoint / "pretrained_model", step)
    for word in POLICIES:
        _policy(root / "models" / word, word)
    return root


@pytest.fixture
def root(evaluated_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose trials run on the table rig, without physics."""
    data = shutil.copytree(evaluated_template, tmp_path / "data")
    monkeypatch.setattr(performing, "RIG", "tests.evaluation.rigs:open_table_rig")
    monkeypatch.setattr(performing, "open_policy", Reaching)
    return data


def _policy(folder: Path, word: str) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"type": "act", "chunk_size": 4, "n_action_steps": 2}')
    (folder / "model.safetensors").write_bytes(word.encode())
