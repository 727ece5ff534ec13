"""A place is one line, read and written back; nothing in it can become an option or reach a shell; places are kept."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.errors import RunInvalid
from app.training.runners import HubPlace, RayPlace, SshPlace, place_of, text_of
from app.training.runners.book import FILE, KeptPlace, PlaceBook
from app.training.runners.places import Here
from app.training.runners.ssh import Shell


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("local", Here()),
        ("ssh://gpu-Box", SshPlace("gpu-Box")),
        ("ssh://anna@10.0.0.7:2222/data/under study", SshPlace("10.0.0.7", "anna", 2222, "/data/under study")),
        ("ssh://box?python=~/env/bin/python", SshPlace("box", python="~/env/bin/python")),
        ("ray+http://head?storage=/mnt/shared", RayPlace("http://head:8265", "/mnt/shared")),
        (
            "ray+https://head:443?storage=s3://bucket/runs&cards=2",
            RayPlace("https://head:443", "s3://bucket/runs", 2),
        ),
        ("hf://a10g-small?user=lab&timeout=6h", HubPlace("a10g-small", "lab", "6h")),
    ],
)
def test_a_line_is_read_and_written_back(text: str, place: object) -> None:
    assert place_of(text) == place
    assert place_of(text_of(place_of(text))) == place


@pytest.mark.parametrize(
    "text",
    [
        "ssh://-oProxyCommand=id",
        "ssh://a;b",
        "ssh://me:secret@box",
        "ssh://box?python=-c",
        "ssh://box?python=$(id)",
        "ssh://box/`id`",
        "ray+http://head",
        "ray+http://head?storage=$HOME",
        "hf://a b",
        "hf://",
        "telnet://box",
        "box",
        "ssh://box:99999999",
    ],
)
def test_what_could_be_an_option_or_reach_a_shell_is_refused(text: str) -> None:
    with pytest.raises(RunInvalid, match="is no place to train"):
        place_of(text)


@given(st.text(max_size=60).map(lambda text: f"ssh://{text}") | st.text(max_size=60))
def test_whatever_is_read_is_one_word_for_ssh_and_quoted_for_the_shell(text: str) -> None:
    with contextlib.suppress(RunInvalid):
        place = place_of(text)
        if isinstance(place, SshPlace):
            words = Shell(place).command("state", "tiny")
            at = words[words.index("--") + 1]
            assert not at.startswith("-")
            assert shlex.split(words[-1])[0] == place.python
            assert place_of(text_of(place)) == place


def test_places_are_kept_by_name_and_only_those_are_trusted(tmp_path: Path) -> None:
    book = PlaceBook(tmp_path)
    book.keep(KeptPlace("gpu box", "ssh://anna@box", {}))
    book.keep(KeptPlace("gpu box", "ssh://anna@box", {"cards": ["H100"]}, "2026"))
    assert [(one.name, one.cards) for one in book.all()] == [("gpu box", 1)]
    assert book.text("gpu box") == book.text("ssh://anna@box") == "ssh://anna@box"
    assert book.require_kept("gpu box").text == "ssh://anna@box"
    assert book.require_kept("").text == "local"
    with pytest.raises(RunInvalid, match="not among the places"):
        book.require_kept("ssh://other")
    book.remove("gpu box")
    assert book.all() == []
    (tmp_path / FILE).write_text("{")
    assert book.all() == []
