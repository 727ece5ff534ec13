"""Runs long work in child processes: progress, log, cancel, adoption after a restart.

A room describes its kinds of job with `Kind` in a module that imports nothing
heavy, and performs them in another module, which only the child imports, by
the kind's `entry`. `bootstrap/jobs.py` is the one list of kinds.
"""

from app.jobs.errors import JobEnded, JobNotFound, JobRefused, LeRobotMissing
from app.jobs.extras import InstallFailed, InstallProgress, install_lerobot
from app.jobs.keeper import JobKeeper
from app.jobs.kinds import Arguments, Kind, Kinds
from app.jobs.models import JobFile, JobState, JobView, Link, Outcome, Progress
from app.jobs.work import Work

__all__ = [
    "Arguments",
    "InstallFailed",
    "InstallProgress",
    "JobEnded",
    "JobFile",
    "JobKeeper",
    "JobNotFound",
    "JobRefused",
    "JobState",
    "JobView",
    "Kind",
    "Kinds",
    "LeRobotMissing",
    "Link",
    "Outcome",
    "Progress",
    "Work",
    "install_lerobot",
]
