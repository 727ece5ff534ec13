"""Installs LeRobot and torch beside the running studio, with progress: the launcher does it, in a child process.

The pins are the same with and without the extra, so nothing that the studio has already imported changes under it.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.core.errors import StudioError

_LAST_LINES = 8
_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_BEGUN = re.compile(r"^Downloading (\S+) \(([\d.]+)([KMG]iB)\)$")
_FETCHED = re.compile(r"^Downloaded (\S+)$")


class InstallFailed(StudioError):
    code = "install_failed"


@dataclass(frozen=True)
class InstallProgress:
    """How far an install is. `total_bytes` counts the downloads begun so far, so it may still grow."""

    phase: str = "resolving"  # resolving, downloading, installing, done
    current: str = ""
    done_bytes: int = 0
    total_bytes: int = 0


class InstallLog:
    """Reads uv's lines (it prints no bar where there is no terminal) into progress."""

    def __init__(self) -> None:
        self.progress = InstallProgress()
        self._sizes: dict[str, int] = {}

    def read(self, line: str) -> InstallProgress:
        """The progress after `line`; a line that says nothing about it changes nothing."""
        text = line.strip()
        if begun := _BEGUN.match(text):
            name, size, unit = begun.groups()
            self._sizes[name] = int(float(size) * _UNITS[unit])
            total = self.progress.total_bytes + self._sizes[name]
            self.progress = replace(self.progress, phase="downloading", current=name, total_bytes=total)
        elif fetched := _FETCHED.match(text):
            done = self.progress.done_bytes + self._sizes.pop(fetched[1], 0)
            self.progress = replace(self.progress, done_bytes=done)
        elif text.startswith("Prepared "):
            self.progress = replace(self.progress, phase="installing", current="")
        elif text.startswith("Installed "):
            self.progress = replace(self.progress, phase="done", current="")
        return self.progress


async def install_lerobot(report: Callable[[InstallProgress], None], command: Sequence[str] | None = None) -> None:
    """Runs the install to its end, calling `report` with each change; cancelling ends the child.

    What was downloaded is kept, so a second try goes on where this one stopped.
    Raises `InstallFailed` with uv's last words.
    """
    child = await asyncio.create_subprocess_exec(
        *(command or _launcher_command()),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        last = await _follow(child, report)
        status = await child.wait()
    except BaseException:
        await _end(child)
        raise
    if status != 0:
        raise InstallFailed(
            f"LeRobot could not be installed: {' / '.join(last) or f'exit status {status}'}.",
            todo="Check the network and the free disk space, then try again.",
            status=status,
        )
    report(InstallProgress(phase="done"))


async def _follow(child: asyncio.subprocess.Process, report: Callable[[InstallProgress], None]) -> Sequence[str]:
    """Reads the child's lines to the end; returns the last few."""
    assert child.stdout is not None
    log, last = InstallLog(), deque[str](maxlen=_LAST_LINES)
    async for raw in child.stdout:
        line = raw.decode(errors="replace").rstrip()
        before = log.progress
        if log.read(line) != before:
            report(log.progress)
        if line:
            last.append(line.strip())
    return last


async def _end(child: asyncio.subprocess.Process) -> None:
    """Ends the child's whole session: the launcher has uv below it."""
    if child.returncode is None:
        os.killpg(child.pid, signal.SIGTERM)
        await child.wait()


def _launcher_command() -> Sequence[str]:
    beside = Path(__file__).resolve().parents[2] / "understudy"
    return [os.environ.get("UNDERSTUDY_LAUNCHER", str(beside)), "install", "lerobot"]
