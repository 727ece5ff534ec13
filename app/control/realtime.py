"""What a control thread asks of the kernel, where it may: its own priority, and memory that stays."""

from __future__ import annotations

import ctypes
import os
import sys

FIFO_PRIORITY = 40
_LOCK_CURRENT_FUTURE_ON_FAULT = 1 | 2 | 4
_SWITCH_INTERVAL_S = 0.0005


def take_priority(priority: int = FIFO_PRIORITY) -> bool:
    """Give the calling thread SCHED_FIFO; False where that is not permitted."""
    try:
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except (OSError, AttributeError):
        return False
    return True


def lock_memory() -> bool:
    """Keep touched pages in memory; False where that is not permitted."""
    try:
        return ctypes.CDLL(None).mlockall(_LOCK_CURRENT_FUTURE_ON_FAULT) == 0
    except (OSError, AttributeError):
        return False


def yield_interpreter_often() -> None:
    """Let the control thread wait at most half a millisecond for another Python thread."""
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
