"""LeRobot as the oracle, as the tests of datasets load it."""

from __future__ import annotations

from tests.datasets.conftest import lerobot

__all__ = ["lerobot"]
