"""Remembers that OpenGL drew here, so that a start need not try it in a child process first, which costs a second.

The memory is taken away before each attempt and given back once a renderer stands. A driver that ends the process
therefore leaves none, and the next start asks the child again.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import mujoco


def remember() -> None:
    """OpenGL has just drawn in this process."""
    place = _place()
    with contextlib.suppress(OSError):  # a home that cannot be written only costs the second again
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_versions())


def take() -> bool:
    """Whether these versions drew here before; forgets it until `remember`."""
    place = _place()
    try:
        drew = place.read_text() == _versions()
        place.unlink()
    except OSError:
        return False
    return drew


def _place() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "understudy" / "gl-drew"


def _versions() -> str:
    return f"mujoco {mujoco.__version__} in {sys.prefix}\n"
