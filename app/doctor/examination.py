"""Every look at the machine, in the order a person cares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.doctor import graphics, installation, scheduling, space, video, wires
from app.doctor.models import Finding


def examine(data_dir: Path) -> Sequence[Finding]:
    """Looks at everything; takes about a second (a child process tries GL), so keep it off the event loop."""
    return [
        installation.python(),
        installation.lerobot(),
        graphics.opengl(),
        video.codec("libx264"),
        video.codec("libsvtav1"),
        scheduling.cores(),
        scheduling.real_time(),
        space.disk(data_dir),
        space.shared_memory(),
        wires.cameras(),
        wires.serial_ports(),
    ]
