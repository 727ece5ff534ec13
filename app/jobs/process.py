"""Which process a job is: an id alone does not say, because the system gives ids away again.

A process is its id, the moment it began (in the kernel's ticks since boot) and
the boot. Where there is no /proc, `ps` tells the moment.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Mark:
    """One process of one boot, for ever; it leads a session of its own, whose id is `pid`."""

    pid: int
    began: str
    boot: str

    @classmethod
    def of(cls, pid: int) -> Mark | None:
        """None when there is no such process, or it has ended and waits to be reaped."""
        began = _began(pid)
        return cls(pid, began, _boot()) if began else None

    @property
    def alive(self) -> bool:
        return self.boot == _boot() and self.began == _began(self.pid)

    def signal_group(self, number: signal.Signals) -> bool:
        """Signal the process and all it started; False when it is not that process any more."""
        if not self.alive:
            return False
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
            return True
        return False

    def kill_left_over(self) -> int:
        """Kill what is left of its session after it ended; how many there were.

        An id is not given away while a session still has that name, so as long
        as no process has the id, the session's members are ours.
        """
        if self.boot != _boot() or _began(self.pid):
            return 0
        members = [pid for pid, session in _sessions() if session == self.pid]
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        return len(members)


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat after the name, which may hold anything: state is 0, session 3, start 19."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _began(pid: int) -> str:
    """ "" for a process that is not there or is a zombie."""
    if not Path("/proc/self/stat").exists():
        return _began_by_ps(pid)
    fields = _stat(pid)
    return "" if fields is None or fields[0] in "ZX" else fields[19]


def _began_by_ps(pid: int) -> str:
    said = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    text = said.stdout.strip()
    return "" if text.startswith("Z") else text.partition(" ")[2].strip()


def _sessions() -> list[tuple[int, int]]:
    """(process, session) of every process that still runs; empty where there is no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields and fields[0] not in "ZX":
            found.append((int(entry.name), int(fields[3])))
    return found


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
