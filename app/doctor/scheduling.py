"""Processors, and whether the control loop may run ahead of everything else."""

from __future__ import annotations

import os
import threading

from app.doctor.models import Finding, has, lacks

_ENOUGH = 2


def cores() -> Finding:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if count >= _ENOUGH:
        return has("Processor", f"{count} cores.", cores=count)
    return lacks(
        "Processor",
        "one core.",
        cost="encoding and control share it: expect missed pictures and a later control loop while recording.",
        todo="give the machine a second core, or record fewer or smaller cameras.",
        cores=count,
    )


def real_time() -> Finding:
    """Tries SCHED_FIFO on a thread of its own, which ends at once."""
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(_try_fifo()), name="doctor-fifo")
    thread.start()
    thread.join()
    if not outcome[0]:
        return has("Real-time permission", "SCHED_FIFO is allowed.", fifo=True)
    return lacks(
        "Real-time permission",
        f"SCHED_FIFO is not allowed ({outcome[0]}).",
        cost="the control loop may be up to about 10 ms late while recording, instead of under 1 ms.",
        todo="allow it: in systemd AmbientCapabilities=CAP_SYS_NICE, in a shell LimitRTPRIO or `ulimit -r 40`.",
        fifo=False,
    )


def _try_fifo() -> str:
    """Why SCHED_FIFO was refused to this thread, or "" when it was granted."""
    if not hasattr(os, "sched_setscheduler"):
        return "this system has no SCHED_FIFO"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except OSError as error:
        return error.strerror or str(error)
    return ""
