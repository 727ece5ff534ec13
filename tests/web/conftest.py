"""One running studio for the tests that leave it as they found it; its own for those that break it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studio import RunningStudio, end_process


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("data")).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[RunningStudio]:
    """A studio a test may kill; whatever is left of it is ended by id."""
    running = RunningStudio(tmp_path)
    yield running
    for end in (running.kill, *(lambda n=name: end_process(running.companion_pid(n)) for name in ("rig", "cameras"))):
        try:
            end()
        except (AssertionError, OSError, ValueError):
            continue
