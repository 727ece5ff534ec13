"""The command line that the launcher calls."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import COMMANDS, main
from app.grammar import parser


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org"])
def test_an_address_that_others_can_reach_is_refused_while_nobody_could_sign_in(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host, "--data-dir", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "user add NAME --role admin" in said


def test_an_unknown_rig_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--rig", "spaceship", "--data-dir", str(tmp_path)]) == 1
    assert "spaceship" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["-1", "65536", "http", "80.5", "²"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["serve", f"--port={port}"])
    assert "is not a port" in capsys.readouterr().err


@pytest.mark.parametrize("noise", ["-0.1", "5", "much"])
def test_a_noise_that_would_drown_the_joints_is_refused(noise: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert parser().parse_args(["train", "--dataset", "bricks", "--state-noise", "0.05"]).state_noise == 0.05
    with pytest.raises(SystemExit, match="2"):
        main(["train", "--dataset", "bricks", f"--state-noise={noise}"])
    assert "from 0 to 1" in capsys.readouterr().err


def test_the_defaults_are_those_of_the_documentation() -> None:
    chosen = parser().parse_args(["serve"])
    assert (chosen.host, chosen.port, chosen.rig) == ("127.0.0.1", 8000, "simulator")
    assert chosen.data_dir == Path(__file__).resolve().parents[2] / "recordings"


def test_doctor_answers_in_words_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--data-dir", str(tmp_path)]) == 0
    words = capsys.readouterr().out
    assert main(["doctor", "--json", "--data-dir", str(tmp_path)]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [finding["name"] for finding in findings if f"{finding['name']}:" not in words] == []


def test_neither_torch_nor_lerobot_is_imported_by_the_command_line() -> None:
    program = (
        "import sys, app.__main__, app.bootstrap, app.doctor\n"
        "app.doctor.examine(__import__('pathlib').Path('/tmp'))\n"
        "print([name for name in ('torch', 'lerobot') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("asked", [["serve"], ["evaluate"]])
def test_every_command_of_the_grammar_is_carried_out_by_something(asked: list[str]) -> None:
    parts = parser(asked)._actions
    known = next(part for part in parts if isinstance(part, argparse._SubParsersAction)).choices
    assert set(known) <= set(COMMANDS)
    assert set(COMMANDS) - set(known) <= {"evaluate", "pipeline"}
