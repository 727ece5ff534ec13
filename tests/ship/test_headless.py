"""The headless example of the documentation, against a real studio on the simulator."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studio import RunningStudio

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "record_headless.py"

pytestmark = pytest.mark.serial


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("headless"), "simulator").start()
    yield running
    assert running.stop() == 0


def example(studio: RunningStudio, episodes: int) -> subprocess.CompletedProcess[str]:
    port = studio.url.rstrip("/").rsplit(":", 1)[1]
    command = [sys.executable, str(EXAMPLE), "--port", port, "--dataset", f"headless-{episodes}", "--seconds", "1"]
    return subprocess.run([*command, "--episodes", str(episodes)], capture_output=True, text=True, timeout=200)


def test_the_example_records_what_the_studio_then_lists(studio: RunningStudio) -> None:
    done = example(studio, 2)
    assert done.returncode == 0, done.stderr
    *receipts, summary = done.stdout.splitlines()
    rows = [json.loads(line.removeprefix("saved: "))["rows"] for line in receipts]
    assert len(rows) == 2
    assert json.loads(summary)["episodes"] == 2
    assert json.loads(summary)["frames"] == sum(rows)
    assert studio.get("/api/datasets/headless-2")["frames"] == sum(rows)
    info = json.loads((studio.data_dir / "datasets/headless-2/meta/info.json").read_text())
    assert (info["total_episodes"], info["total_frames"]) == (2, sum(rows))


def test_the_lease_is_given_back(studio: RunningStudio) -> None:
    assert example(studio, 1).returncode == 0
    assert studio.get("/api/studio")["lease"]["held"] is False
