"""The Dockerfile's steps, performed in a scratch folder: there need not be a Docker engine for its errors to show."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from tests.studio import wait_until

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


def port_of(studio: subprocess.Popen[bytes], said: Path) -> str:
    """Where it says that it serves; a port of the test's own choice might be somebody else's by then."""
    found: list[str] = []

    def told() -> bool:
        assert studio.poll() is None, "the studio ended before it served"
        found[:] = re.findall(r"https?://[^/\s]+:(\d+)", said.read_text())
        return bool(found)

    wait_until(told, 120, "it says where it serves")
    return found[0]


@pytest.mark.serial
def test_its_steps_lead_to_a_healthy_studio_that_stops_cleanly(tmp_path: Path) -> None:
    image, data = tmp_path / "opt understudy", tmp_path / "data"
    copied(image)
    for step in instruction("RUN")[:1]:
        subprocess.run(step, shell=True, cwd=image, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    entry = [word.replace(INSIDE, str(image)) for word in json.loads(instruction("ENTRYPOINT")[0])]
    environment = os.environ | {"UNDERSTUDY_DATA_DIR": str(data)}
    account = [*entry, "user", "add", "ada", "--role", "admin", "--password-stdin"]
    serve = [*entry, *json.loads(instruction("CMD")[0]), "--port", "0"]
    serve[serve.index("--host") + 1] = (
        "127.0.0.1"  # nothing of a test is served to a network; people sign in all the same
    )
    serve.append("--sign-in")
    check = re.search(r"CMD (\[.*\])", instruction("HEALTHCHECK")[0])
    assert check is not None
    health = [word.replace(INSIDE, str(image)) for word in json.loads(check[1])]
    data.mkdir()
    read_only(image)
    try:
        nobody = subprocess.run(without_power_over_files(serve), env=environment, capture_output=True, text=True)
        assert nobody.returncode == 1
        assert "user add" in nobody.stderr
        subprocess.run(account, env=environment, check=True, input="three blind mice run\n", text=True)
        with (
            (tmp_path / "said").open("w+") as said,
            subprocess.Popen(
                without_power_over_files(serve), env=environment, stdin=subprocess.DEVNULL, stdout=said
            ) as studio,
        ):
            try:
                health.append(port_of(studio, tmp_path / "said"))
                wait_until(lambda: subprocess.run(health, capture_output=True).returncode == 0, 120, "it is healthy")
                studio.send_signal(signal.SIGTERM)
                assert studio.wait(60) == 0
            finally:
                studio.kill()
    finally:
        read_only(image, writable=True)
