"""Each look at the machine, on machines that have and that lack."""

from __future__ import annotations

import os
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from app.doctor import (
    Finding,
    Verdict,
    as_data,
    as_text,
    examine,
    graphics,
    installation,
    scheduling,
    space,
    video,
    wires,
)

Usage = namedtuple("Usage", "total used free")


def test_every_lack_says_what_it_costs_and_how_to_mend_it(tmp_path: Path) -> None:
    findings = examine(tmp_path)
    assert len({finding.name for finding in findings}) == len(findings) == 11
    for finding in findings:
        if finding.verdict is Verdict.LACKS:
            assert finding.cost
            assert finding.todo
        else:
            assert (finding.cost, finding.todo) == ("", "")


def test_words_name_each_finding_and_count_the_lacks() -> None:
    findings = [
        Finding("Disk", Verdict.HAS, "much."),
        Finding("OpenGL", Verdict.LACKS, "nothing.", "a plain painter.", "install Mesa."),
    ]
    text = as_text(findings)
    assert "+ has     Disk: much." in text
    assert "- lacks   OpenGL: nothing." in text
    assert "costs: a plain painter." in text
    assert text.endswith("1 of 2 things are here; 1 are lacking.")
    assert max(map(len, text.splitlines())) <= 100
    assert as_data(findings)["findings"][1]["todo"] == "install Mesa."  # type: ignore[index]


def test_disk_is_told_in_minutes_of_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: Usage(0, 0, 120 * 60 * space.RECORDING_BYTES_PER_S))
    finding = space.disk(tmp_path / "not" / "yet" / "made")
    assert finding.verdict is Verdict.HAS
    assert finding.values["minutes"] == 120
    assert finding.values["path"] == str(tmp_path)


def test_a_full_disk_is_a_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: Usage(0, 0, 10**6))
    assert space.disk(tmp_path).verdict is Verdict.LACKS


def test_small_or_missing_shared_memory_is_a_lack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert space.shared_memory(tmp_path / "none").verdict is Verdict.LACKS
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: Usage(0, 0, 64 * 2**20))
    assert "--shm-size" in space.shared_memory(tmp_path).todo


def test_cameras_are_named_by_their_driver(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    (tmp_path / "names/video0").mkdir(parents=True)
    (tmp_path / "names/video0/name").write_text("Logi\n")
    finding = wires.cameras(tmp_path, tmp_path / "names")
    assert finding.verdict is Verdict.HAS
    assert "(Logi)" in finding.detail


def test_no_camera_and_no_arm_are_lacks(tmp_path: Path) -> None:
    assert wires.cameras(tmp_path, tmp_path).verdict is Verdict.LACKS
    assert wires.serial_ports(tmp_path).verdict is Verdict.LACKS


def test_a_port_that_may_not_be_opened_names_the_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ttyACM0").touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    finding = wires.serial_ports(tmp_path)
    assert finding.verdict is Verdict.LACKS
    assert "dialout" in finding.todo


def test_a_codec_that_is_not_there_is_a_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    assert video.codec("libx264").verdict is Verdict.HAS
    monkeypatch.setitem(video._USE, "libnothing", ("Nothing", "nothing."))
    assert video.codec("libnothing").verdict is Verdict.LACKS


def test_gl_that_fails_in_the_child_tells_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "_PROBE", "raise SystemExit('no such display')")
    finding = graphics.opengl()
    assert finding.verdict is Verdict.LACKS
    assert "no such display" in finding.detail
    assert "painter" in finding.cost


def test_gl_that_kills_the_child_is_only_a_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphics, "_PROBE", "import os; os.abort()")
    assert graphics.opengl().verdict is Verdict.LACKS


def test_refused_real_time_says_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "sched_setscheduler", refuse, raising=False)
    finding = scheduling.real_time()
    assert finding.verdict is Verdict.LACKS
    assert "Operation not permitted" in finding.detail


def test_trying_real_time_leaves_this_thread_as_it_was() -> None:
    before = os.sched_getscheduler(0)
    scheduling.real_time()
    assert os.sched_getscheduler(0) == before


def test_lerobot_is_found_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = "torch" in sys.modules
    installation.lerobot()
    assert ("torch" in sys.modules) == loaded
    monkeypatch.setattr(installation, "_version", lambda name: "")
    assert "install lerobot" in installation.lerobot().todo
