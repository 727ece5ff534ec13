"""The one list of the kinds of job, and how a job's child process is started.

A room adds its kinds here. The module that performs a kind is named, not
imported, so what it needs (torch, LeRobot) stays in the child.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.curation import KINDS as CURATION
from app.evaluation.kinds import KINDS as EVALUATION
from app.export.kinds import KINDS as EXPORT
from app.jobs import JobKeeper, Kinds
from app.jobs.install import KIND as INSTALL
from app.storage.paths import DataFolder
from app.training.kinds import KINDS as TRAINING

KINDS = Kinds([INSTALL, *CURATION, *TRAINING, *EXPORT, *EVALUATION])


def run_job(folder: Path) -> int:
    """The job's process; returns the exit status."""
    from app.jobs.child import run_job as perform

    return perform(folder, KINDS)


def job_command(folder: Path) -> Sequence[str]:
    """Only the folder is named: what the job is told stands in its file, never on a command line."""
    return [sys.executable, "-P", "-m", "app", "run-job", "--folder", str(folder.resolve())]


def job_keeper(folder: DataFolder) -> JobKeeper:
    from app.core.clock import SystemClock

    return JobKeeper(folder, KINDS, job_command, SystemClock().wall)
