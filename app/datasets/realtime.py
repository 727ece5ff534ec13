"""Giving up the right to real-time priority, for one thread and those it starts."""

from __future__ import annotations

import ctypes
import logging
import os
from pathlib import Path

logger = logging.getLogger(__name__)

_CAP_SYS_NICE = 23
_CAPABILITY_VERSION_3 = 0x20080522
_SYS_CAPSET = {"x86_64": 126, "aarch64": 91}


def give_up_real_time() -> None:
    """Drop CAP_SYS_NICE from this thread: SVT-AV1 run as root takes SCHED_FIFO 99 and starves control."""
    number = _SYS_CAPSET.get(os.uname().machine)
    status = Path("/proc/thread-self/status")
    if number is None or not status.exists():
        return
    sets = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if line.startswith("Cap"))
    effective, permitted, inheritable = (int(sets[key], 16) for key in ("CapEff", "CapPrm", "CapInh"))
    effective &= ~(1 << _CAP_SYS_NICE)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    low = [value & 0xFFFFFFFF for value in (effective, permitted, inheritable)]
    high = [value >> 32 for value in (effective, permitted, inheritable)]
    data = (ctypes.c_uint32 * 6)(*low, *high)
    if ctypes.CDLL(None, use_errno=True).syscall(number, header, data) != 0:
        logger.warning("CAP_SYS_NICE could not be dropped: %s", os.strerror(ctypes.get_errno()))
