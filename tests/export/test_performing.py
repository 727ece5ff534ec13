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
