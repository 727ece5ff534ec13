"""Whose figures these are: the machine, and the versions of what ran on it. Nothing heavy is imported to ask."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app import __version__
from app.evaluation.models import Machine

_TOLD = ("mujoco", "numpy", "onnxruntime", "openvino", "torch", "lerobot")


def machine_here() -> Machine:
    return Machine(
        machine=platform.machine(),
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        python=platform.python_version(),
        versions={"understudy": __version__, **{name: found for name in _TOLD if (found := _version(name))}},
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
