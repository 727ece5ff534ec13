"""What a deleted run leaves on other machines is removed there, or it is said where it stays and how to remove it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from app.storage.paths import DataFolder
from app.training.errors import RunBusy, RunInvalid
from app.training.folder import RunStore
from app.training.hub import view_hash
from app.training.kinds import FORGET, ForgetRun
from app.training.models import Run
from app.training.runners.book import KeptPlace, PlaceBook
from app.training.runners.far import worker
from app.training.runners.far.cluster import Storage
from app.training.runners.leaving import leaving, order_to_forget
from tests.training.recorded import dataset, described


@pytest.fixture
def run(tmp_path: Path) -> Run:
    dataset(tmp_path)
    return described(tmp_path)


def at(run: Run, place: str) -> Run:
    return run.model_copy(update={"runner": place})


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("ssh://anna@gpu-box", ["ssh", "anna@gpu-box", "rm -r .cache/understudy/runs/tiny"]),
        ("ssh://gpu-box:2222/data/my%20runs", ["ssh", "-p2222", "gpu-box", "rm -r '/data/my runs/runs/tiny'"]),
        ("ray+http://head:8265?storage=/mnt/shared", ["rm", "-r", "/mnt/shared/runs/tiny"]),
    ],
)
def test_a_kept_place_is_cleared_and_one_that_is_not_says_how(run: Run, place: str, command: list[str]) -> None:
    ours = leaving(at(run, place), {}, begun=True, known=True)
    assert ours.removed
    assert shlex.split(ours.command) == command
    unknown = leaving(at(run, place), {}, begun=True, known=False)
    assert not unknown.removed
    assert "stays" in unknown.words
    assert unknown.command == ours.command


def test_nothing_is_said_where_nothing_is_left_and_the_hub_is_never_deleted_by_us(run: Run) -> None:
    assert leaving(run, {}, begun=True, known=True).words == ""
    assert leaving(at(run, "ssh://gpu-box"), {}, begun=False, known=True).words == ""
    hub = leaving(at(run, "hf://cpu-basic"), {"repo": "lab/tiny"}, begun=True, known=True)
    assert not hub.removed
    dataset_there = f"lab/understudy-view-{view_hash(run)}"
    assert hub.command == f"hf repos delete lab/tiny\nhf repos delete --type dataset {dataset_there}"


def test_only_a_deleted_run_is_forgotten_and_only_at_a_kept_place(run: Run, tmp_path: Path) -> None:
    far = at(run, "ssh://gpu-box")
    order, data = ForgetRun(**order_to_forget(far, {"id": "7"})), DataFolder(tmp_path)
    with pytest.raises(RunInvalid, match="not among the places"):
        FORGET.refuse(order, data)
    PlaceBook(tmp_path).keep(KeptPlace("box", "ssh://gpu-box", {}))
    FORGET.refuse(order, data)
    RunStore(data.models).folder("tiny").create(far)
    with pytest.raises(RunBusy):
        FORGET.refuse(order, data)


def test_a_dataset_in_the_clusters_storage_goes_with_its_last_run(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path / "shared"))
    (tmp_path / "view").mkdir()
    (tmp_path / "view/rows").write_bytes(b"rows")
    storage.put(tmp_path / "view", "views/0123456789abcdef")
    for name in ("one", "two"):
        storage.write(f"runs/{name}/order.json", b'{"view": "0123456789abcdef"}')
    assert storage.forget("one", "0123456789abcdef") == worker.KEPT
    assert storage.whole("views") == ["0123456789abcdef"]
    assert storage.forget("two", "0123456789abcdef") == worker.GONE
    assert storage.forget("two", "0123456789abcdef") == worker.GONE, "twice is once"
    assert [path for path in (tmp_path / "shared").rglob("*") if path.is_file()] == []
