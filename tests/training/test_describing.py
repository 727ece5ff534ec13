"""What goes into a run and what does not, each with its reason; and that a run can be repeated from its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.datasets import DatasetStore
from app.datasets.opinions import Review, ReviewVerdict
from app.datasets.reviews import ReviewLog
from app.training.command import launched, shown
from app.training.errors import NothingToTrain, RunExists, RunInvalid
from app.training.folder import RunStore
from app.training.models import Device, Run, RunSettings
from app.training.presets import PRESETS, preset, suggested
from app.training.view import stride_of
from tests.training.recorded import TINY, dataset, described


def test_every_episode_is_in_or_out_for_a_reason(tmp_path: Path) -> None:
    made = dataset(tmp_path)
    ReviewLog(made.folder).add(Review("f", ReviewVerdict.rejected, "blurred", reviewer="lead"))
    run = described(tmp_path)
    assert [(use.uuid, use.times, use.why) for use in run.episodes] == [
        ("a", 1, ""),
        ("b", 0, "held out (cluster far)"),
        ("c", 0, "recorded as failure"),
        ("d", 0, "held out (cluster far)"),
        ("e", 2, ""),
        ("f", 0, "rejected: blurred"),
    ]
    assert (run.held_out, run.clusters, run.plan_version) == (("far",), ("near",), 1)


def test_accepted_only_means_accepted_by_a_person(tmp_path: Path) -> None:
    made = dataset(tmp_path)
    with pytest.raises(NothingToTrain, match="not accepted in review yet"):
        described(tmp_path, settings=TINY.model_copy(update={"accepted_only": True}))
    ReviewLog(made.folder).add(Review("a", ReviewVerdict.accepted, reviewer="lead"))
    run = described(tmp_path, settings=TINY.model_copy(update={"accepted_only": True}))
    assert [use.uuid for use in run.used] == ["a"]


def test_the_hash_is_of_what_is_used_and_not_of_where_it_lies(tmp_path: Path) -> None:
    made = dataset(tmp_path)
    before = described(tmp_path).dataset_hash
    assert made.compact()
    assert described(tmp_path).dataset_hash == before
    ReviewLog(made.folder).add(Review("a", ReviewVerdict.rejected, reviewer="lead"))
    assert described(tmp_path).dataset_hash != before


def test_a_run_is_repeatable_from_its_file_and_its_command_names_no_place(tmp_path: Path) -> None:
    dataset(tmp_path)
    run = described(tmp_path)
    folder = RunStore(tmp_path / "models").folder("tiny")
    folder.create(run)
    assert folder.run() == run
    assert str(tmp_path) not in run.model_dump_json()
    elsewhere = tmp_path / "else where"
    assert f"--dataset.root={elsewhere}/view" in launched(run, elsewhere)
    assert f"'--output_dir={elsewhere}/train'" in shown(run, elsewhere)
    assert "HF_HUB_OFFLINE=1" in shown(run, elsewhere)
    with pytest.raises(RunExists):
        folder.create(run)


def test_a_resume_begins_at_the_checkpoint_in_the_folder_as_it_lies_now(tmp_path: Path) -> None:
    dataset(tmp_path)
    words = launched(described(tmp_path), tmp_path / "new", resume_from=tmp_path / "new/train/checkpoints/000003")
    assert "--resume=true" in words
    assert f"--dataset.root={tmp_path}/new/view" in words
    assert not any(word.startswith("--policy.type") for word in words)


@pytest.mark.parametrize("name", [one.name for one in PRESETS])
def test_each_preset_makes_a_run_for_the_cameras_there_are(tmp_path: Path, name: str) -> None:
    dataset(tmp_path)
    settings = preset(name, ("top", "gripper")).model_copy(update={"device": Device.cpu})
    run = described(tmp_path, settings=settings)
    assert "--policy.device=cpu" in run.command
    assert {camera.name for camera in run.policy.cameras} == {"top", "gripper"}
    assert ("HF_HUB_OFFLINE" in run.environment) == (name == "quick")  # the others may have to fetch their weights


def test_the_preset_that_is_taken_first_fits_the_machine() -> None:
    assert {suggested(device) for device in Device} <= {one.name for one in PRESETS}
    assert (suggested(Device.cpu), suggested(Device.cuda)) == ("quick", "guide-act")


@pytest.mark.parametrize(
    "options", [{"output_dir": "/etc"}, {"--policy.path": "x"}, {"policy.device": "cuda"}, {"a b": 1}, {"x;y": 1}]
)
def test_options_that_the_studio_sets_or_that_are_none_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RunSettings(options=options)  # type: ignore[arg-type]


def test_a_rate_or_a_camera_that_the_recording_does_not_have_is_refused(tmp_path: Path) -> None:
    dataset(tmp_path)
    with pytest.raises(RunInvalid, match="7 Hz"):
        described(tmp_path, settings=TINY.model_copy(update={"fps": 7}))
    with pytest.raises(RunInvalid, match="no camera back"):
        described(tmp_path, settings=TINY.model_copy(update={"cameras": ("back",)}))
    assert stride_of(30, 10) == 3


def test_a_newer_or_damaged_run_file_says_so(tmp_path: Path) -> None:
    dataset(tmp_path)
    folder = RunStore(tmp_path / "models").folder("tiny")
    folder.create(described(tmp_path))
    text = (folder.path / "run.json").read_text()
    (folder.path / "run.json").write_text(text.replace('"version": 1', '"version": 2'))
    with pytest.raises(RunInvalid, match="cannot be read"):
        folder.run()


def test_runs_are_listed_deleted_and_named_apart(tmp_path: Path) -> None:
    dataset(tmp_path)
    runs = RunStore(tmp_path / "models")
    runs.folder("tiny").create(described(tmp_path))
    assert runs.free_name("tiny") == "tiny-2"
    assert runs.names() == ["tiny"]
    assert Run.model_validate_json((tmp_path / "models/tiny/run.json").read_bytes()).by == "a test"
    runs.delete("tiny")
    assert runs.names() == []
    assert DatasetStore(tmp_path / "datasets").names() == ["bricks"]
