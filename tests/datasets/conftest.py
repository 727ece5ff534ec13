"""LeRobot as the oracle, imported once a process and kept off the network and out of the home folder."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from tests.datasets.oracle import Oracle


@pytest.fixture(scope="session")
def lerobot(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    """Skips nothing: without LeRobot a test marked `lerobot` must fail."""
    home: Path = tmp_path_factory.mktemp("hf")
    os.environ.update(HF_HOME=str(home), HF_LEROBOT_HOME=str(home / "lerobot"), HF_HUB_OFFLINE="1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Oracle.load()
