"""The command for Hugging Face Jobs: the dataset named by its content, nothing of this machine in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.training.errors import RunInvalid
from app.training.hub import hub_command, view_hash
from tests.training.recorded import TINY, dataset, described


def test_two_runs_on_the_same_view_share_its_name(tmp_path: Path) -> None:
    dataset(tmp_path)
    one, other = described(tmp_path), described(tmp_path, "other", TINY.model_copy(update={"steps": 99}))
    assert view_hash(one) == view_hash(other)
    assert view_hash(described(tmp_path, settings=TINY.model_copy(update={"recovery_times": 1}))) != view_hash(one)
    assert view_hash(described(tmp_path, settings=TINY.model_copy(update={"fps": 15}))) != view_hash(one)


def test_the_command_names_repository_target_and_limit(tmp_path: Path) -> None:
    dataset(tmp_path)
    run = described(tmp_path)
    command = hub_command(run, tmp_path / "models/tiny", user="lab", target="a10g-small", timeout="6h")
    words = command.replace("\\\n", " ").split()
    assert f"--dataset.repo_id=lab/understudy-view-{view_hash(run)}" in words
    assert "--job.target=a10g-small" in words
    assert "--job.timeout=6h" in words
    assert "--policy.repo_id=lab/tiny" in words
    assert not [word for word in words if word.startswith(("--dataset.root", "--output_dir", "--policy.device"))]


@pytest.mark.parametrize("bad", [{"user": "a;b"}, {"target": "$(id)"}, {"timeout": "soon"}])
def test_what_could_reach_a_shell_is_refused(tmp_path: Path, bad: dict[str, str]) -> None:
    dataset(tmp_path)
    with pytest.raises(RunInvalid):
        hub_command(described(tmp_path), tmp_path, **{"user": "lab", "target": "cpu-basic"} | bad)
