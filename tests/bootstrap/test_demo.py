"""`./understudy demo`: scripted demonstrations become episodes, in lock-step and live."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.datasets import Dataset, DatasetStore


def demo(folder: Path, *options: str) -> tuple[str, Dataset]:
    """Run the command; its output and the dataset it made."""
    argv = [sys.executable, "-m", "app", "demo", "--dataset", "scripted", "--data-dir", str(folder), *options]
    done = subprocess.run(argv, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout, DatasetStore(folder / "datasets").open("scripted")


def test_lock_step_demonstrations_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    said, first = demo(tmp_path / "a", "--episodes", "1", "--seed", "7", "--lock-step")
    _, second = demo(tmp_path / "b", "--episodes", "1", "--seed", "7", "--lock-step")
    assert "1 of 1 demonstrations succeeded" in said
    facts = first.episode(0).facts
    assert (facts.driver, facts.outcome, facts.kind) == ("demonstrator", "success", "nominal")
    assert facts.placed_x_cm == second.episode(0).facts.placed_x_cm
    ours, theirs = first.signals(0), second.signals(0)
    for column in ("observation.state", "action"):
        assert np.array_equal(ours[column], theirs[column])
    assert not ours["capture.top.repeated"].any()


@pytest.mark.serial
def test_a_live_demonstration_is_recorded_by_the_recorder_that_a_browser_drives(tmp_path: Path) -> None:
    said, dataset = demo(tmp_path, "--episodes", "1", "--seed", "3")
    assert "[1/1]" in said
    facts = dataset.episode(0).facts
    assert (facts.driver, facts.input, facts.rig) == ("demonstrator", "", "simulator")
    assert dataset.episode(0).length > 60
