"""The interpreter, and whether the LeRobot extra is installed; neither torch nor lerobot is imported to find out."""

from __future__ import annotations

import importlib.metadata
import platform

from app.doctor.models import Finding, has, lacks


def python() -> Finding:
    version = platform.python_version()
    return has("Python", f"{version} on {platform.system()} {platform.machine()}.", version=version)


def lerobot() -> Finding:
    versions = {name: _version(name) for name in ("lerobot", "torch")}
    if all(versions.values()):
        return has("LeRobot", f"lerobot {versions['lerobot']}, torch {versions['torch']}.", **versions)
    return lacks(
        "LeRobot",
        "the extra with LeRobot and torch is not installed.",
        cost="no real arms, no training, no export; the simulator, recording and review work without it.",
        todo="./understudy install lerobot (about 5 GB).",
        **versions,
    )


def _version(name: str) -> str:
    """The installed version, or "" when it is not there."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
