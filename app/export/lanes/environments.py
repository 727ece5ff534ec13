"""Environments of converters whose requirements clash with ours: made on demand by uv, with progress, never at first.

`litert-torch` wants an old typing-extensions and `nncf` other pins than LeRobot. Each gets a folder beside the studio's
own environment; uv links what both hold, so that a second torch costs no disk.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.export.errors import LaneUnavailable
from app.jobs.extras import InstallLog, InstallProgress

WORKERS = Path(__file__).parent / "workers"

# Pinned as pyproject.toml pins the rest; resolved together on Linux x86-64, Python 3.12.
REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "openvino": ("nncf==3.4.0", "openvino==2026.4.1", "onnx==1.23.2", "numpy==2.2.6"),
    "litert": (
        "litert-torch==0.9.1",
        "ai-edge-litert==2.1.5",
        "ai-edge-quantizer==0.7.0",
        "torch==2.11.0",
        "torchvision==0.26.0",
    ),
}


@dataclass(frozen=True)
class LaneEnvironment:
    """One converter's own Python under `root`; it is whole when its stamp names the requirements it was made from."""

    name: str
    root: Path

    @property
    def folder(self) -> Path:
        return self.root / self.name

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def ready(self) -> bool:
        stamp = self.folder / ".requirements"
        return stamp.is_file() and stamp.read_text() == "\n".join(REQUIREMENTS[self.name])

    def lacks(self) -> str:
        """Why nothing can be converted here; "" where it can."""
        return "" if self.ready else f"Its environment is not there: ./understudy export --make-lane {self.name}"

    def make(self, report: Callable[[InstallProgress], None] = lambda progress: None) -> None:
        """Makes it where it is not ready; takes a minute the first time. Raises `LaneUnavailable` with uv's words."""
        if self.ready:
            return
        uv = shutil.which("uv")
        if uv is None:
            raise LaneUnavailable("uv is not on PATH, and it makes the lane's environment.", todo="Install uv.")
        self.root.mkdir(parents=True, exist_ok=True)
        self._run(
            [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(self.folder.absolute())], report
        )
        packages = REQUIREMENTS[self.name]
        self._run([uv, "pip", "install", "--python", str(self.python.absolute()), *packages], report)
        (self.folder / ".requirements").write_text("\n".join(packages))

    def work(self, script: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Runs a worker of this folder in the environment: JSON in, JSON out. Raises `LaneUnavailable`."""
        if not self.ready:
            raise LaneUnavailable(
                f"The {self.name} lane's environment is not there.",
                todo=f"Make it: ./understudy export --make-lane {self.name}",
            )
        done = subprocess.run(
            [str(self.python), "-P", str(WORKERS / script)],
            input=json.dumps(dict(request)),
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise LaneUnavailable(
                f"{script} ended with {done.returncode}: {done.stderr.strip()[-600:]}", todo="The stage stays in ONNX."
            )
        return json.loads(done.stdout.strip().splitlines()[-1])

    def _run(self, command: Sequence[str], report: Callable[[InstallProgress], None]) -> None:
        """uv works away from the repository: there it would hold the lane to the studio's own pins."""
        log, lines = InstallLog(), []
        with (
            tempfile.TemporaryDirectory() as elsewhere,
            subprocess.Popen(
                command,
                cwd=elsewhere,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            ) as child,
        ):
            assert child.stdout is not None
            for line in child.stdout:
                lines.append(line.strip())
                report(log.read(line))
        if child.returncode != 0:
            raise LaneUnavailable(
                f"The {self.name} lane could not be installed: {' / '.join(lines[-4:])}.", todo="Check the network."
            )
