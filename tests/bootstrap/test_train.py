"""`./understudy train`: one line describes a run, and its progress is a bar that is drawn over."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from app.bootstrap.following import draw
from app.bootstrap.train import train
from app.jobs import JobFile, JobState, JobView
from app.jobs.models import Progress
from app.training.folder import RunStore
from tests.training.recorded import dataset


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_dataset_and_a_preset_make_a_run_and_its_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dataset(tmp_path)
    asked = {"dataset": "bricks", "preset_name": "quick", "name": "", "resume": "", "data_dir": tmp_path}
    assert train(**asked, steps=700, command_only=True) == 0  # type: ignore[arg-type]
    told = capsys.readouterr().out
    assert RunStore(tmp_path / "models").names() == ["bricks-quick"]
    assert "3 episodes go in, 3 are left out. Trained on this machine." in told
    assert "--steps=700" in told
    assert "--policy.chunk_size=20" in told
    assert str(tmp_path / "models/bricks-quick/view") in told


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress("Training", 0.5, 60, 120, "steps", 2.0, 90.0), "50 %  Training  60 of 120 steps  2.0 steps/s  2 min"),
        (Progress("Connecting to box"), "0 %  Connecting to box"),
    ],
    ids=["counted", "not counted"],
)
def test_the_bar_says_how_far_it_is(progress: Progress, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    file = JobFile("one", "training.run", "Train", {}, (), (), True, "me", "test", "2026")
    draw(JobView(file, JobState.running, progress))
    assert terminal.getvalue().startswith("\r")
    assert told in terminal.getvalue()
