"""`./understudy verify PATH`: the exit status, the words, the JSON, and a repair that keeps what was there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from app.datasets import entries
from tests.datasets.corruptions import info
from tests.datasets.saving import filled

EPISODES = [(0, 9), (100, 12)]


def test_a_sound_dataset_is_said_to_be_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = filled(tmp_path / "datasets/bricks", EPISODES).folder
    assert main(["verify", str(folder)]) == 0
    assert capsys.readouterr().out == "bricks is sound: 2 episodes, 21 rows and 42 pictures were looked at.\n"


def test_faults_are_listed_and_repaired_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = filled(tmp_path / "datasets/bricks", EPISODES).folder
    info(folder, total_frames=3)
    assert main(["verify", str(folder), "--quick"]) == 1
    assert "total_frames is 3, but there are 21 rows  [total_frames, can be repaired]" in capsys.readouterr().out
    assert main(["verify", str(folder), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "total_frames"

    assert main(["verify", str(folder), "--repair"]) == 0

    assert "repaired: totals, indices" in capsys.readouterr().out
    (entry,) = entries(tmp_path / "datasets")
    assert (entry.what, entry.frames) == ("Before a repair", 3)
    assert [path.name for path in (tmp_path / "datasets").glob(".bricks.repair*")] == []


def test_what_cannot_be_repaired_is_left_and_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = filled(tmp_path / "datasets/bricks", EPISODES).folder
    next(iter((folder / "videos/observation.images.top").glob("*/*"))).unlink()
    assert main(["verify", str(folder), "--repair"]) == 1
    assert "cannot be repaired" in capsys.readouterr().out
    assert entries(tmp_path / "datasets") == []


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "nothing")]) == 1
    assert "There is no folder" in capsys.readouterr().err
