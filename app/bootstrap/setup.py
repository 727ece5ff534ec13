"""The set-up's child process, with the LeRobot drivers."""

from __future__ import annotations

import logging

from app.bootstrap.processes import LOG_FORMAT


def run_setup(reply_ms: float) -> int:
    """Serve the set-up's operations on stdin and stdout."""
    from app.setup.process import run

    logging.basicConfig(level=logging.WARNING, format=LOG_FORMAT)
    return run(reply_ms / 1000.0)
