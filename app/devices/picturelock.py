"""The picture of a camera, kept as it is: each value set, read back, and refused where the camera keeps another."""

from __future__ import annotations

from collections.abc import Callable

from app.devices.errors import DeviceFault
from app.devices.rigfile import PictureLock


def lock_picture(camera: str, lock: PictureLock, keep: Callable[[str, int], float]) -> dict[str, float]:
    """What `camera` read back, by name. `keep(name, value)` sets one and says what the camera then has."""
    kept: dict[str, float] = {}
    for name, value in lock.model_dump(exclude_none=True).items():
        kept[name] = keep(name, value)
        if kept[name] != float(value):
            raise DeviceFault(
                f"The camera {camera} keeps {name} at {kept[name]:g}, not {value}.",
                todo="Write a value that it takes, or leave it out.",
            )
    return kept
