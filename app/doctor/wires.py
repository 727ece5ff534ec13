"""Cameras and arms that are plugged in, and whether this user may open them."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence
from pathlib import Path

from app.doctor.models import Finding, has, lacks

DEVICES = Path("/dev")
NAMES = Path("/sys/class/video4linux")


def cameras(devices: Path = DEVICES, names: Path = NAMES) -> Finding:
    """Video devices, by the name their driver gives; one camera often shows as two."""
    found = sorted(devices.glob("video[0-9]*"))
    described = [f"{path} ({_camera_name(names / path.name)})" for path in found]
    return _plugged("Cameras", found, described, group="video", nothing="the real rig has no pictures")


def serial_ports(devices: Path = DEVICES) -> Finding:
    """Serial ports an arm's servo bus may hang on."""
    found = sorted([*devices.glob("ttyACM[0-9]*"), *devices.glob("ttyUSB[0-9]*")])
    described = [str(path) for path in found]
    return _plugged("Serial ports", found, described, group="dialout", nothing="no real arm can be driven")


def _plugged(name: str, found: Sequence[Path], described: Sequence[str], *, group: str, nothing: str) -> Finding:
    paths = [str(path) for path in found]
    if not found:
        return lacks(
            name,
            "none is plugged in.",
            cost=f"{nothing}; the simulated rig needs none.",
            todo="plug it in; in a container pass it on with --device.",
            paths=paths,
        )
    closed = [str(path) for path in found if not os.access(path, os.R_OK | os.W_OK)]
    if closed:
        return lacks(
            name,
            f"{', '.join(closed)} may not be opened by {getpass.getuser()}.",
            cost=f"{nothing}.",
            todo=f"join the group: sudo usermod -aG {group} {getpass.getuser()}, then log in again.",
            paths=paths,
        )
    return has(name, f"{', '.join(described)}.", paths=paths)


def _camera_name(folder: Path) -> str:
    try:
        return (folder / "name").read_text().strip()
    except OSError:
        return "no name"
