"""What the command line and the job take, and where what they name may lie."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from app.bootstrap.jobs import KINDS
from app.core.errors import Invalid
from app.datasets import DatasetNameInvalid
from app.export.kinds import ArtifactExists, ExportRun, artifact_folder
from app.jobs.errors import JobInvalid
from app.storage.paths import DataFolder


@pytest.mark.parametrize(("text", "value"), [("1", 1.0), ("1deg", 1.0), ("0.5 deg", 0.5)])
def test_a_tolerance_is_in_degrees(text: str, value: float) -> None:
    from app.export.performing import tolerance

    assert tolerance(text) == value


@pytest.mark.parametrize("text", ["0", "-1deg", "one", "1mm", ""])
def test_what_is_no_tolerance_is_refused(text: str) -> None:
    from app.export.performing import tolerance

    with pytest.raises(argparse.ArgumentTypeError):
        tolerance(text)


def test_a_checkpoint_is_a_folder_or_lies_below_the_models(tmp_path: Path) -> None:
    from app.export.finding import checkpoint_named

    data = DataFolder(tmp_path)
    assert checkpoint_named("bricks", data) == (data.models / "bricks").resolve()
    with pytest.raises(Invalid, match="outside"):
        checkpoint_named("../../etc-not-there", data)


def test_the_job_knows_its_arguments_and_never_overwrites(tmp_path: Path) -> None:
    kind, data = KINDS.get("export.run"), DataFolder(tmp_path)
    arguments = kind.parse({"checkpoint": "bricks", "name": "bricks-1deg", "within": 1.0})
    assert isinstance(arguments, ExportRun)
    kind.refuse(arguments, data)
    artifact_folder(data, "bricks-1deg").mkdir(parents=True)
    with pytest.raises(ArtifactExists):
        kind.refuse(arguments, data)
    with pytest.raises(JobInvalid):
        kind.parse({"checkpoint": "bricks", "name": "x", "within": 0})
    with pytest.raises(DatasetNameInvalid):
        artifact_folder(data, "../x")


def test_a_name_of_the_hub_is_looked_for_in_the_local_cache_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.export import finding
    from app.export.errors import CheckpointUnreadable

    cached = tmp_path / "hub/models--somebody--act-bricks"
    (cached / "snapshots/abc").mkdir(parents=True)
    (cached / "refs").mkdir()
    (cached / "refs/main").write_text("abc")
    (cached / "snapshots/abc/config.json").write_text("{}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    data = DataFolder(tmp_path / "data")
    assert finding.checkpoint_named("somebody/act-bricks", data).name == "abc"
    with pytest.raises(CheckpointUnreadable, match="hf download somebody/else"):
        finding.checkpoint_named("somebody/else", data)


def test_the_plans_held_out_clusters_are_what_an_export_is_measured_on(tmp_path: Path) -> None:
    from app.datasets import Dataset, DatasetStore
    from app.export.finding import plan_of
    from app.guidance.layout import default_plan
    from app.guidance.store import PlanStore
    from tests.export.checkpoints import record_bricks

    folder = record_bricks(tmp_path, ("A", "B"), rows=3)
    assert plan_of(Dataset.open(folder)) is None
    plan = PlanStore(DatasetStore(folder.parent)).save(folder.name, default_plan("Stack", lambda *at: True, seed=3))
    found = plan_of(Dataset.open(folder))
    assert found is not None
    assert found.held_out == plan.held_out
    assert found.held_out


def test_a_lane_says_each_line_of_its_making_once() -> None:
    from app.export.finding import Saying, make_lanes

    said: list[str] = []
    say = Saying(said.append)
    for words in ("resolving", "resolving", "done"):
        say(words)
    assert said == ["resolving", "done"]
    with pytest.raises(Invalid, match="no lane 'abacus'"):
        make_lanes(["abacus"], say)
