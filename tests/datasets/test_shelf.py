"""Named folders beside each other: listed, named, thrown away; and their files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.datasets import DatasetNameInvalid, Disk, Shelf, json_lines, write_whole


def put(shelf: Shelf, name: str, at_s: int) -> None:
    mark = shelf.path(name) / shelf.mark
    mark.parent.mkdir(parents=True)
    mark.write_text("{}")
    os.utime(mark, (at_s, at_s))


def test_the_newest_comes_first_and_what_has_no_mark_is_not_there(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "runs", "run.json")
    assert shelf.names() == []
    put(shelf, "old", 1_000)
    put(shelf, "new", 2_000)
    (shelf.root / "begun").mkdir()
    assert shelf.names() == ["new", "old"]
    assert shelf.has("old")
    assert not shelf.has("begun")


def test_a_name_that_is_taken_gets_a_number_and_a_deleted_one_is_free(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "run.json")
    put(shelf, "tea", 1_000)
    put(shelf, "tea-2", 2_000)
    assert shelf.free_name("tea") == "tea-3"
    shelf.delete("tea")
    assert (shelf.names(), shelf.free_name("tea")) == (["tea-2"], "tea")
    assert [path.name for path in tmp_path.iterdir()] == ["tea-2"]


@pytest.mark.parametrize("name", ["../tea", "tea/..", "", ".tea", "a" * 500])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    shelf = Shelf(tmp_path, "run.json")
    for act in (shelf.path, shelf.has, shelf.free_name, shelf.delete):
        with pytest.raises(DatasetNameInvalid):
            act(name)


def test_a_file_is_replaced_whole_and_torn_lines_are_passed_over(tmp_path: Path) -> None:
    write_whole(Disk(), tmp_path / "notes.json", b"one")
    write_whole(Disk(), tmp_path / "notes.json", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.json"]
    assert (tmp_path / "notes.json").read_bytes() == b"two"
    (tmp_path / "log").write_text('{"step": 1}\nnot json\n[1]\n{"other": 2}\n{"step": 3')
    assert list(json_lines(tmp_path / "log", "step")) == [{"step": 1}]
    assert list(json_lines(tmp_path / "missing", "step")) == []
