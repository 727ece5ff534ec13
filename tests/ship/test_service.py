"""The systemd unit: what it grants, what it may write, and that systemd itself understands it."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.grammar import parser

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "docs/examples/understudy.service"


@pytest.fixture
def service() -> configparser.SectionProxy:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    return unit["Service"]


def test_it_is_granted_real_time_priority_and_nothing_else(service: configparser.SectionProxy) -> None:
    assert service["AmbientCapabilities"] == service["CapabilityBoundingSet"] == "CAP_SYS_NICE"
    assert service["User"] not in ("root", "0")
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] in service["Environment"]


def test_its_command_line_is_one_the_studio_understands(service: configparser.SectionProxy) -> None:
    program, *arguments = service["ExecStart"].split()
    assert program == "/opt/understudy/understudy"
    chosen = parser(arguments).parse_args(arguments)
    assert (chosen.command, chosen.host, chosen.log) == ("serve", "0.0.0.0", "json")


def test_stopping_waits_for_the_arm_to_go_to_rest(service: configparser.SectionProxy) -> None:
    assert int(service["TimeoutStopSec"]) > 12 * 3  # Companion.end: three steps of twelve seconds
    assert service["KillMode"] == "process"


def test_systemd_understands_it(tmp_path: Path) -> None:
    """Where systemd is not installed there is nothing to ask; the other tests read the file."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        return
    program = tmp_path / "understudy"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "understudy.service"
    text = UNIT.read_text().replace("/opt/understudy/understudy", str(program))
    unit.write_text(re.sub(r"^(User|Group|SupplementaryGroups|WorkingDirectory)=.*$", "", text, flags=re.M))
    done = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "understudy" in line]
    assert ours == [], done.stderr
