"""What an entrant is, by its own files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.evaluation.subjects import find, subject
from app.storage.paths import DataFolder


@pytest.mark.parametrize(("said", "execute"), [({"execute": 5}, 5), ({}, 20), ({"execute": 99}, 20)])
def test_an_artifact_executes_as_much_of_a_chunk_as_its_run_did(tmp_path: Path, said: dict, execute: int) -> None:
    folder = tmp_path / "models/exports/one"
    folder.mkdir(parents=True)
    card = {"family": "act", "chunk": 20, "fps": 10.0, "cameras": [{"name": "top"}], "stages": [], **said}
    (folder / "policy.json").write_text(json.dumps(card))
    data = DataFolder(tmp_path)
    found = subject("one", find("exports/one", data), data)
    assert (found.horizon, found.execute) == (20, execute)
