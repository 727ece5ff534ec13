"""Room for episodes on the disk and for pictures in shared memory."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.doctor.models import Finding, has, lacks

# Three 640x480 cameras at 30 fps in H.264 (4.2 Mbit/s each) and their rows: what the Record page expects of a new
# dataset (app/datasets/space.py); doctor does without importing that room, which costs 0.3 s.
RECORDING_BYTES_PER_S = 1_581_000
_MINUTES_WANTED = 60
_SHARED_WANTED = 128 * 2**20
SHARED = Path("/dev/shm")


def disk(data_dir: Path) -> Finding:
    """Free space where `data_dir` is or would be made, in bytes and in minutes of recording."""
    place = data_dir.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    minutes = int(free / RECORDING_BYTES_PER_S / 60)
    words = f"{free / 1e9:.1f} GB free at {place}: about {minutes} minutes of recording three cameras."
    values = {"free_bytes": free, "minutes": minutes, "path": str(place)}
    if minutes >= _MINUTES_WANTED:
        return has("Disk", words, **values)
    return lacks(
        "Disk",
        words,
        cost="recording refuses to start when too little is left, and ends a take cleanly when the disk fills.",
        todo="free some space, or give --data-dir a larger disk.",
        **values,
    )


def shared_memory(folder: Path = SHARED) -> Finding:
    """How much `folder`, which the camera rings live in, can hold."""
    if not folder.is_dir():
        return lacks(
            "Shared memory",
            f"there is no {folder}.",
            cost="pictures cross processes through files in the temporary folder, on a disk perhaps.",
            todo="mount a tmpfs there.",
            free_bytes=0,
        )
    free = shutil.disk_usage(folder).free
    words = f"{free / 2**20:.0f} MiB free in {folder}."
    if free >= _SHARED_WANTED:
        return has("Shared memory", words, free_bytes=free)
    return lacks(
        "Shared memory",
        words,
        cost=f"three cameras need up to {_SHARED_WANTED // 2**20} MiB; with less the cameras process may be killed.",
        todo="make it larger; for a container: docker run --shm-size=256m.",
        free_bytes=free,
    )
