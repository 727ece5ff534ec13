"""The Dockerfile's steps, performed in a scratch folder: there need not be a Docker engine for its errors to show."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSIDE = "/opt/understudy"


def dockerfile() -> str:
    return re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())


def instruction(name: str) -> list[str]:
    return re.findall(rf"^{name} (.*)$", dockerfile(), re.M)


def test_it_ends_as_a_plain_user_with_a_health_check() -> None:
    assert len(instruction("FROM")) == 2
    assert instruction("USER")[-1] not in ("root", "0")
    assert dockerfile().index("USER") < dockerfile().index("ENTRYPOINT")
    assert "/health/ready" in instruction("HEALTHCHECK")[0]


def copied(target: Path) -> None:
    """What `COPY . .` copies: the tracked and new files that .dockerignore does not name."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name in filter(None, listing.stdout.decode().split("\0")):
        if Path(name).parts[0] in ignored or name in ignored or not (ROOT / name).is_file():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)


def read_only(folder: Path, writable: bool = False) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | stat.S_IWUSR if writable else mode & ~0o222)


def without_power_over_files(command: list[str]) -> list[str]:
    """Root may write where nobody may; as root, drop that power so that read-only means it."""
    if os.geteuid() == 0 and shutil.which("setpriv"):
        return ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", *command]
    return command


@pytest.mark.serial
def test_its_steps_lead_to_a_healthy_studio_that_stops_cleanly(tmp_path: Path) -> None:
    image, data = tmp_path / "opt understudy", tmp_path / "data"
    copied(image)
    for step in instruction("RUN")[:1]:
        subprocess.run(step, shell=True, cwd=image, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    entry = [
        word.replace(INSIDE, str(image)).replace("/data", str(data))
        for word in json.loads(instruction("ENTRYPOINT")[0])
    ]
    check = re.search(r"CMD (\[.*\])", instruction("HEALTHCHECK")[0])
    assert check is not None
    health = [word.replace(INSIDE, str(image)).replace(":8000", f":{port}") for word in json.loads(check[1])]
    data.mkdir()
    read_only(image)
    try:
        studio = subprocess.Popen(without_power_over_files([*entry, "--port", str(port)]), stdin=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 60
            while subprocess.run(health, capture_output=True).returncode and time.monotonic() < deadline:
                assert studio.poll() is None, "the studio ended before it was healthy"
            assert subprocess.run(health, capture_output=True).returncode == 0
            studio.send_signal(signal.SIGTERM)
            assert studio.wait(30) == 0
        finally:
            studio.kill()
            studio.wait()
    finally:
        read_only(image, writable=True)
