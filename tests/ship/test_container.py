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
    assert "healthy.py" in instruction("HEALTHCHECK")[0]
    assert instruction("EXPOSE") == ["8000"]
    assert instruction("ENV") == ["UNDERSTUDY_DATA_DIR=/data"]


def test_what_it_runs_is_a_command_that_asks_who_one_is() -> None:
    from app.bootstrap.where import Where
    from app.grammar import parser

    words = json.loads(instruction("CMD")[0])
    chosen = parser(words).parse_args(words)
    assert chosen.command == "serve"
    assert Where(chosen.host).sign_in


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
    entry = [word.replace(INSIDE, str(image)) for word in json.loads(instruction("ENTRYPOINT")[0])]
    environment = os.environ | {"UNDERSTUDY_DATA_DIR": str(data)}
    account = [*entry, "user", "add", "ada", "--role", "admin", "--password-stdin"]
    serve = [*entry, *json.loads(instruction("CMD")[0]), "--port", str(port)]
    serve[serve.index("--host") + 1] = (
        "127.0.0.1"  # nothing of a test is served to a network; people sign in all the same
    )
    serve.append("--sign-in")
    check = re.search(r"CMD (\[.*\])", instruction("HEALTHCHECK")[0])
    assert check is not None
    health = [*(word.replace(INSIDE, str(image)) for word in json.loads(check[1])), str(port)]
    data.mkdir()
    read_only(image)
    try:
        nobody = subprocess.run(without_power_over_files(serve), env=environment, capture_output=True, text=True)
        assert nobody.returncode == 1
        assert "user add" in nobody.stderr
        subprocess.run(account, env=environment, check=True, input="three blind mice run\n", text=True)
        studio = subprocess.Popen(without_power_over_files(serve), env=environment, stdin=subprocess.DEVNULL)
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
