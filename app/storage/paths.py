"""Where data lives on disk, and where a running studio's sockets and shared memory are."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataFolder:
    """The `--data-dir`: `datasets/`, `models/`, `jobs/`, `takes/`, `rigs/`, `evaluations/`, `pipelines/`, ..."""

    root: Path

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    @property
    def takes(self) -> Path:
        return self.root / "takes"

    @property
    def rigs(self) -> Path:
        """What is known of a rig whatever is recorded with it: its table calibration."""
        return self.root / "rigs"

    @property
    def evaluations(self) -> Path:
        return self.root / "evaluations"

    @property
    def pipelines(self) -> Path:
        return self.root / "pipelines"

    @property
    def database(self) -> Path:
        return self.root / "studio.db"

    @property
    def audit(self) -> Path:
        return self.root / "audit"

    def prepare(self) -> None:
        for folder in (self.datasets, self.models, self.jobs, self.takes, self.rigs, self.evaluations, self.pipelines):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def run_folder(self) -> Path:
        """Sockets and shared memory of the studio on this data folder, on tmpfs where there is one."""
        digest = hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:12]
        base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
        return base / f"understudy-{os.getuid()}-{digest}"
