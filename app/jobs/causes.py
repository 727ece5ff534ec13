"""Why a job failed, in words: its exit, its last lines, and the causes that a person can do something about."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    code: str
    words: str
    todo: str


_CAUSES: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), Cause(code, words, todo))
    for pattern, code, words, todo in (
        (
            r"No space left on device|Errno 28|disk quota exceeded",
            "disk_full",
            "The disk is full.",
            "Free space on the disk of the data folder, then start it again.",
        ),
        (
            r"CUDA out of memory|CUBLAS_STATUS_ALLOC_FAILED|HIP out of memory",
            "gpu_memory",
            "The graphics card has too little memory.",
            "Choose a smaller batch, or end what else uses the card.",
        ),
        (
            r"\bMemoryError\b|Cannot allocate memory|DefaultCPUAllocator: can't allocate",
            "memory",
            "This machine has too little memory for it.",
            "Close other programs, or give it less to do at once.",
        ),
        (
            r"No module named '(torch|lerobot)",
            "lerobot_missing",
            "LeRobot is not installed.",
            "Install it with ./understudy install lerobot, then start it again.",
        ),
        (
            r"Permission denied|Errno 13",
            "permission",
            "A file may not be read or written.",
            "Look at the owner of the data folder's files.",
        ),
        (
            r"401 Client Error|Invalid user token|Unauthorized|403 Forbidden",
            "unauthorized",
            "The other side does not let this account in.",
            "Sign in again there, and check what the account may do.",
        ),
        (
            r"Temporary failure in name resolution|Network is unreachable|Connection refused|Max retries exceeded",
            "network",
            "The network did not reach the other side.",
            "Check the connection and the address, then start it again.",
        ),
    )
)
_KILLED = Cause(
    "killed",
    "It was killed from outside.",
    "Often the system does that when memory runs out: close other programs, or give it less to do at once.",
)
_SEE_LOG = "Its log says more."


def recognised(lines: Sequence[str]) -> Cause | None:
    """The last line that names a cause we know."""
    for line in reversed(lines):
        for pattern, cause in _CAUSES:
            if pattern.search(line):
                return cause
    return None


def unexpected_end(status: int | None, lines: Sequence[str]) -> Cause:
    """A process that ended without saying how. `status` is Popen's; None when it was not our own child."""
    known = recognised(lines)
    last = f" Its log ends: {lines[-1][:200]}" if lines else ""
    if status is None:
        how, code = "Its process is gone and left no result.", "lost"
    elif status < 0:
        how, code = f"It was ended by signal {_name(-status)}.", "signal"
    else:
        how, code = f"It ended with exit code {status} and left no result.", "exit"
    if known is None and status == -signal.SIGKILL:
        known = _KILLED
    if known is not None:
        return Cause(known.code, f"{known.words} {how}{last}", known.todo)
    return Cause(code, how + last, _SEE_LOG)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
