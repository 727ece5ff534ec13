"""The launcher against fake tools: what it finds, what it fetches, what it says, and that it becomes the program."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.grammar import parser

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = {"run-rig", "run-cameras", "run-setup", "run-policy", "warm-up", "run-job"}
ELSEWHERE = {"test", "bench", "install", "export", "evaluate", "pipeline"}  # not in the grammar until asked for
TRACKED = ["understudy", "pyproject.toml", "hatch_build.py", "package.json", "package-lock.json"]

FAKE_UV = """#!/bin/sh
echo "$@" >>"$FAKE_LOG"
case $1 in
    --version) echo "uv 0.13.8 (fake)" ;;
    python) [ "$2" = find ] && echo "$FAKE_PYTHON" ;;
    sync)
        mkdir -p "$UV_PROJECT_ENVIRONMENT/bin" "$3/static/vendor"
        : >"$3/static/vendor/.complete"
        cp "$FAKE_PROGRAM" "$UV_PROJECT_ENVIRONMENT/bin/python"
        chmod +x "$UV_PROJECT_ENVIRONMENT/bin/python"
        ;;
esac
"""
# The Python of the environment: tells how it was called, but for the launcher's own questions to it.
FAKE_PROGRAM = """#!/bin/sh
if [ "$1" = -c ] || [ "$4" = warm-up ]; then exit 0; fi
echo "RUNS $*"
[ -z "$FAKE_SLEEP" ] || exec sleep 30
"""
BROKEN = "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"
# A Python without uv, whose pip installs the fake one.
FAKE_PYTHON = """#!/bin/sh
case "$*" in
    *'import uv'*) exit 1 ;;
    *'-m pip install'*)
        while [ "$1" != --target ]; do shift; done
        mkdir -p "$2/bin" && cp "$FAKE_UV" "$2/bin/uv"
        ;;
esac
"""


@dataclass(frozen=True)
class Checkout:
    """A copy of the launcher in a path with spaces, with a folder of fake tools that comes first on PATH."""

    folder: Path
    tools: Path
    home: Path

    def tool(self, name: str, text: str) -> Path:
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": f"{self.tools}:/usr/bin:/bin",
            "HOME": str(self.home),
            "FAKE_LOG": str(self.home / "uv.log"),
            "FAKE_PYTHON": sys.executable,
            "FAKE_PROGRAM": str(self.home / "program"),
            "PIP_NO_INDEX": "1",
            **more,
        }

    def run(self, *arguments: str, script: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        command = [str(script or self.folder / "understudy"), *arguments]
        return subprocess.run(
            command, env=self.environment(**more), cwd="/", capture_output=True, text=True, timeout=120, check=False
        )

    def syncs(self) -> list[str]:
        return [line for line in (self.home / "uv.log").read_text().splitlines() if line.startswith("sync")]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder, tools, home = tmp_path / "a check out", tmp_path / "tools", tmp_path / "home"
    for each in (folder, tools, home):
        each.mkdir()
    for name in TRACKED:
        shutil.copy(ROOT / name, folder / name)
    (home / "program").write_text(FAKE_PROGRAM)
    return Checkout(folder, tools, home)


@pytest.fixture
def ready(checkout: Checkout) -> Checkout:
    checkout.tool("uv", FAKE_UV)
    return checkout


def no_uv_of_its_own() -> bool:
    return not any(Path(folder, "uv").exists() for folder in ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"))


def test_it_is_posix_shell() -> None:
    shells = [shell for shell in ("dash", "busybox") if shutil.which(shell)]
    for shell in shells:
        command = [shell, "sh", "-n"] if shell == "busybox" else [shell, "-n"]
        subprocess.run([*command, str(ROOT / "understudy")], check=True)
    if shutil.which("shellcheck"):
        subprocess.run(["shellcheck", "-s", "sh", str(ROOT / "understudy")], check=True)
    text = (ROOT / "understudy").read_text()
    assert text.startswith("#!/bin/sh\n")
    assert not [word for word in ("[[", "local ", "function ", "source ", "<(", "$'") if f" {word}" in text]


def test_help_needs_no_environment_and_lists_every_subcommand(checkout: Checkout) -> None:
    done = checkout.run("--help")
    assert done.returncode == 0
    assert not (checkout.folder / ".venv").exists()
    listed = {line.split()[0] for line in done.stdout.splitlines() if line[:2] == "  " and line[2:3].isalpha()}
    commands = next(action.choices for action in parser()._actions if action.dest == "command")
    assert commands is not None
    assert listed == {name for name in commands if name not in HIDDEN} | ELSEWHERE


def test_it_serves_from_a_path_with_spaces_through_a_link(ready: Checkout) -> None:
    link = ready.home / "link"
    link.symlink_to(ready.folder / "understudy")
    done = ready.run("--port", "8159", script=link)
    assert done.stdout == "RUNS -P -m app serve --port 8159\n", done.stderr
    assert (ready.folder / ".venv/bin/python").exists()


def test_a_warm_start_does_not_ask_uv(ready: Checkout) -> None:
    ready.run("doctor")
    (ready.home / "uv.log").write_text("")
    assert ready.run("doctor").stdout == "RUNS -P -m app doctor\n"
    assert (ready.home / "uv.log").read_text() == ""


@pytest.mark.parametrize("changed", TRACKED[1:])
def test_a_changed_pin_makes_the_environment_anew(ready: Checkout, changed: str) -> None:
    ready.run("doctor")
    with (ready.folder / changed).open("a") as file:
        file.write("\n")
    ready.run("doctor")
    assert len(ready.syncs()) == 2


def test_a_moved_checkout_is_installed_anew(ready: Checkout, tmp_path: Path) -> None:
    ready.run("doctor")
    moved = Checkout(ready.folder.rename(tmp_path / "moved"), ready.tools, ready.home)
    moved.run("doctor")
    assert "--reinstall-package understudy" in moved.syncs()[-1]


def test_missing_browser_libraries_are_fetched_again(ready: Checkout) -> None:
    ready.run("doctor")
    shutil.rmtree(ready.folder / "static/vendor")
    ready.run("doctor")
    assert "--reinstall-package understudy" in ready.syncs()[-1]
    assert (ready.folder / "static/vendor/.complete").exists()


def test_an_installed_extra_stays_when_the_base_is_made_anew(ready: Checkout) -> None:
    ready.run("install", "lerobot")
    assert "--extra lerobot" in ready.syncs()[-1]
    (ready.folder / ".venv/lib/python3.12/site-packages/lerobot-0.6.1.dist-info").mkdir(parents=True)
    (ready.folder / "pyproject.toml").write_text("changed")
    ready.run("doctor")
    assert "--extra lerobot" in ready.syncs()[-1]
    assert "--inexact" in ready.syncs()[-1]


def test_a_shim_that_fails_is_passed_over(checkout: Checkout) -> None:
    """pyenv's shims are on PATH but end with 127 unless a version is chosen; the versions lie beside them."""
    root = checkout.home / ".pyenv"
    real = root / "versions/3.12.1/bin/uv"
    for path, text in ((root / "shims/uv", BROKEN), (real, FAKE_UV)):
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o755)
    done = checkout.run("doctor", PATH=f"{root / 'shims'}:/usr/bin:/bin")
    assert done.stdout == "RUNS -P -m app doctor\n", done.stderr


def test_an_old_uv_is_passed_over(ready: Checkout) -> None:
    ready.tool("uv", "#!/bin/sh\necho 'uv 0.4.30'\n")
    newer = ready.home / ".local/bin/uv"
    newer.parent.mkdir(parents=True)
    newer.write_text(FAKE_UV)
    newer.chmod(0o755)
    assert ready.run("doctor").stdout == "RUNS -P -m app doctor\n"


@pytest.mark.skipif(not no_uv_of_its_own(), reason="this machine has a uv of its own, which comes before a fetched one")
def test_without_uv_it_fetches_one_with_pip_and_keeps_it(checkout: Checkout) -> None:
    checkout.tool("python3", FAKE_PYTHON)
    source = checkout.home / "fetched-uv"
    source.write_text(FAKE_UV)
    source.chmod(0o755)
    done = checkout.run("doctor", FAKE_UV=str(source))
    assert done.stdout == "RUNS -P -m app doctor\n", done.stderr
    assert (checkout.home / ".cache/understudy/uv-0.13.8/bin/uv").exists()


@pytest.mark.skipif(not no_uv_of_its_own(), reason="this machine has a uv of its own, which comes before a fetched one")
def test_when_nothing_works_one_sentence_says_what_to_install(checkout: Checkout) -> None:
    for name in ("python3", "python3.12", "python3.13", "python", "curl", "wget"):
        checkout.tool(name, BROKEN)
    done = checkout.run("doctor")
    assert done.returncode == 1
    assert "install uv (or python3 with pip) with your system's package manager" in done.stderr.splitlines()[-1]


def test_an_environment_that_cannot_be_made_is_not_taken_for_one(ready: Checkout) -> None:
    ready.tool("uv", FAKE_UV.replace("sync)", "sync) echo 'no network' >&2; exit 2"))
    done = ready.run("doctor")
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert "run this again" in done.stderr
    ready.tool("uv", FAKE_UV)
    assert ready.run("doctor").returncode == 0


def test_an_unknown_subcommand_is_named(ready: Checkout) -> None:
    done = ready.run("fly")
    assert done.returncode == 2
    assert "no subcommand 'fly'" in done.stderr
    assert "--help" in done.stderr


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_program_itself(ready: Checkout, sign: signal.Signals) -> None:
    ready.run("doctor")
    child = subprocess.Popen(
        [str(ready.folder / "understudy")],
        env=ready.environment(FAKE_SLEEP="1"),
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith("RUNS")
        os.kill(child.pid, sign)
        assert child.wait(timeout=60) == -sign
