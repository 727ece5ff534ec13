"""That OpenGL drew is remembered, and forgotten while it is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.simulation import gl, glmemory


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_nothing_is_remembered_at_first() -> None:
    assert not glmemory.take()


def test_the_memory_is_gone_until_it_drew_again() -> None:
    glmemory.remember()
    assert glmemory.take()
    assert not glmemory.take()


def test_another_mujoco_is_not_taken_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    glmemory.remember()
    monkeypatch.setattr(glmemory.mujoco, "__version__", "3.0.0")
    assert not glmemory.take()


def test_a_home_that_cannot_be_written_is_no_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "file"))
    glmemory.remember()
    assert not glmemory.take()


def test_where_it_drew_no_child_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gl, "_PROBE", "raise SystemExit('asked')")
    assert gl.gl_missing() == "asked"
    glmemory.remember()
    assert gl.gl_missing() == ""
    assert gl.gl_missing() == "asked"
