"""The headless example of the documentation, against a real studio on the simulator."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "record_headless.py"

pytestmark = pytest.mark.serial


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[int]:
    """A studio's port; ending it by SIGTERM must leave 0."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-P", "-m", "app", "serve", "--port", str(port), "--data-dir", str(tmp_path / "data")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while get(port, "/health/ready")[0] != 200 and time.monotonic() < deadline:
            assert process.poll() is None, "the studio ended before it was ready"
            time.sleep(0.05)
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def test_the_example_records_what_the_studio_then_lists(studio: int, tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLE), "--port", str(studio), "--dataset", "headless", "--seconds", "1"]
    done = subprocess.run([*command, "--episodes", "2"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    *receipts, summary = done.stdout.splitlines()
    rows = [json.loads(line.removeprefix("saved: "))["rows"] for line in receipts]
    assert len(rows) == 2
    assert json.loads(summary)["episodes"] == 2
    assert json.loads(summary)["frames"] == sum(rows)
    assert json.loads(get(studio, "/api/datasets/headless")[1])["frames"] == sum(rows)
    info = json.loads((tmp_path / "data/datasets/headless/meta/info.json").read_text())
    assert (info["total_episodes"], info["total_frames"]) == (2, sum(rows))


def test_the_lease_is_given_back(studio: int) -> None:
    command = [sys.executable, str(EXAMPLE), "--port", str(studio), "--dataset", "headless", "--episodes", "1"]
    subprocess.run([*command, "--seconds", "1"], capture_output=True, check=True, timeout=120)
    assert json.loads(get(studio, "/api/studio")[1])["lease"]["held"] is False
