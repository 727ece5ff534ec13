"""The version stands in two places, for speed; they are the same."""

from __future__ import annotations

import tomllib
from pathlib import Path

import app


def test_the_package_says_the_version_of_pyproject() -> None:
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())["project"]
    assert app.__version__ == project["version"]
