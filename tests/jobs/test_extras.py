"""Installing the extra: a fake launcher prints what uv prints where there is no terminal."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from app.jobs.extras import InstallFailed, InstallLog, InstallProgress, install_lerobot

UV_SAYS = """\
understudy: making the environment in .venv (once; later starts skip this)
Resolved 153 packages in 2ms
Downloading torch (506.0MiB)
Downloading triton (1.5GiB)
Downloading tokenizers (512.0KiB)
 Downloaded tokenizers
 Downloaded torch
 Downloaded triton
Prepared 86 packages in 40.55s
Installed 86 packages in 1.20s
 + torch==2.11.0
"""


def launcher(folder: Path, script: str) -> list[str]:
    path = folder / "launcher"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return [str(path)]


def test_lines_become_progress() -> None:
    log = InstallLog()
    seen = [log.read(line) for line in UV_SAYS.splitlines()]
    assert seen[1] == InstallProgress("resolving")
    assert seen[2] == InstallProgress("downloading", "torch", 0, 506 * 2**20)
    assert seen[4].total_bytes == 506 * 2**20 + 3 * 2**29 + 2**19
    assert seen[5].done_bytes == 2**19
    assert seen[7].done_bytes == seen[7].total_bytes
    assert [each.phase for each in seen[8:]] == ["installing", "done", "done"]


async def test_an_install_reports_each_change_and_ends_done(tmp_path: Path) -> None:
    reports: list[InstallProgress] = []
    await install_lerobot(reports.append, launcher(tmp_path, f"cat >&2 <<'END'\n{UV_SAYS}END"))
    assert [report.phase for report in reports][-3:] == ["installing", "done", "done"]
    assert len(reports) == 9


async def test_a_failed_install_raises_with_the_last_words(tmp_path: Path) -> None:
    with pytest.raises(InstallFailed, match="No space left on device"):
        await install_lerobot(lambda _: None, launcher(tmp_path, "echo 'No space left on device' >&2; exit 2"))


async def test_cancelling_ends_the_child_and_what_it_started(tmp_path: Path) -> None:
    started = tmp_path / "started"
    command = launcher(tmp_path, f"sleep 60 & echo $! >{started}.new; mv {started}.new {started}; echo up; wait")
    task = asyncio.create_task(install_lerobot(lambda _: None, command))
    while not await asyncio.to_thread(started.exists):
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    below = int(await asyncio.to_thread(started.read_text))
    while await asyncio.to_thread(is_running, below):
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """False once it is gone or only waits to be reaped by whoever adopted it."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except OSError:
        return False
