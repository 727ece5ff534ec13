"""A keeper of tiny real child processes, as tests drive it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from app.core.identity import Identity
from app.jobs import JobKeeper, JobState, JobView
from app.jobs.queue import Limits
from app.storage.paths import DataFolder
from tests.jobs.child_kinds import KINDS

MAIN = Path(__file__).with_name("child_main.py")
BY = Identity.local("test")
PATIENCE_S = 60.0


def keeper(root: Path, **options: object) -> JobKeeper:
    """A new one on `root`, as a studio that starts again makes it."""
    data = DataFolder(root)
    data.prepare()
    made = JobKeeper(data, KINDS, lambda folder: [sys.executable, str(MAIN), str(folder)], _wall, **options)  # type: ignore[arg-type]
    made.recover()
    return made


def _wall() -> datetime:
    return datetime.now(UTC)


def follow(jobs: JobKeeper, until: Callable[[], bool]) -> None:
    """Step until it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < deadline, [(view.file.title, view.state, view.ended) for view in jobs.views()]
        jobs.step()
        time.sleep(0.01)


def end(jobs: JobKeeper, id_: str) -> JobView:
    """Follow one job to its end."""
    follow(jobs, lambda: jobs.view(id_).state.ended)
    return jobs.view(id_)


def running(jobs: JobKeeper, id_: str) -> None:
    """Until its process has taken it up."""
    follow(jobs, lambda: jobs.view(id_).state is JobState.running and jobs.view(id_).started_at != "")


def let_go(root: Path, id_: str) -> None:
    (root / "jobs" / id_ / "go").touch()


__all__ = ["BY", "Limits", "end", "follow", "keeper", "let_go", "running"]
