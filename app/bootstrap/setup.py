"""The set-up's child process, with the LeRobot drivers."""

from __future__ import annotations

from app.core.logs import set_up_logs


def run_setup(reply_ms: float) -> int:
    """Serve the set-up's operations on stdin and stdout."""
    from app.setup.process import run

    set_up_logs("setup")
    return run(reply_ms / 1000.0)
