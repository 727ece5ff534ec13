"""The one command that runs everything: what it makes of tests that fail beside others and pass by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.everything import UNSTEADY_AT_MOST, Tally, failed_tests, run_pytest

RACE = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("name", {names})
def test_race(name):
    seen = Path(name)
    if not seen.exists():
        seen.touch()
        raise AssertionError("raced - once")

def test_fine():
    pass
"""
BROKEN = """
def test_broken():
    assert False
"""
TEARDOWN = """
from pathlib import Path
import pytest

@pytest.fixture
def left():
    yield
    if not Path("seen").exists():
        Path("seen").touch()
        raise AssertionError("left something")

def test_teardown(left):
    assert Path("seen").exists()
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ran(**files: str) -> tuple[bool, Tally]:
    for name, text in files.items():
        Path(f"test_{name}.py").write_text(text, encoding="utf-8")
    tally = Tally()
    return run_pytest(tally, "-p", "no:cacheprovider"), tally


def test_one_that_passes_by_itself_is_named_unsteady() -> None:
    fine, tally = ran(race=RACE.format(names=["a b"]))
    assert fine
    assert tally.unsteady == ["test_race.py::test_race[a b]"]
    assert tally.counts == {"passed": 2}


def test_a_test_that_fails_twice_over_is_run_again_once() -> None:
    fine, tally = ran(teardown=TEARDOWN)
    assert fine
    assert tally.unsteady == ["test_teardown.py::test_teardown"]
    assert tally.counts == {"passed": 1}


def test_what_fails_again_has_failed_and_all_with_it() -> None:
    fine, tally = ran(race=RACE.format(names=["a"]), broken=BROKEN)
    assert not fine
    assert (tally.unsteady, tally.failed) == ([], 2)


def test_many_at_once_are_no_chance() -> None:
    fine, tally = ran(race=RACE.format(names=[str(number) for number in range(UNSTEADY_AT_MOST + 1)]))
    assert not fine
    assert (tally.unsteady, tally.failed) == ([], UNSTEADY_AT_MOST + 1)


def test_a_file_that_cannot_be_read_is_not_run_again() -> None:
    fine, tally = ran(unreadable="import nothing_of_the_kind", race=RACE.format(names=["a"]))
    assert not fine
    assert tally.failed == 1


def test_a_summary_line_is_read_without_its_words() -> None:
    lines = "FAILED tests/a.py::test_x[1 2] - AssertionError: a - b\nERROR tests/b.py::test_y\nERROR tests/c.py - no\n"
    assert failed_tests(lines) == [("FAILED", "tests/a.py::test_x[1 2]"), ("ERROR", "tests/b.py::test_y")]
