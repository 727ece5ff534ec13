"""The job's own process: takes the job, performs it, and writes how it ended before it ends."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.core.errors import StudioError
from app.jobs.causes import recognised
from app.jobs.errors import JobCancelled, LeRobotMissing
from app.jobs.folder import JobFolder
from app.jobs.kinds import Kinds
from app.jobs.models import TAKEN, Ended, JobFile, JobState, Outcome
from app.jobs.process import Mark
from app.jobs.work import Work
from app.storage.paths import DataFolder

NICE = 10
KILL_US_FIRST = "500"  # of -1000..1000: when memory runs out a job goes before the studio and the arm

log = logging.getLogger(__name__)


def run_job(path: Path, kinds: Kinds) -> int:
    """Perform the job at `path`; the exit status is 0 when it is done, 1 when it failed, 143 when it was cancelled."""
    cancel = _Cancel()
    signal.signal(signal.SIGTERM, cancel)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    folder = JobFolder(path)
    file = folder.file()
    if file is None:
        log.error("There is no job at %s.", path)
        return 1
    with _alone(path) as taken:
        if not taken or folder.ended() is not None:
            return TAKEN
        _step_back()
        mark = Mark.of(os.getpid())
        assert mark is not None
        folder.claim(mark)
        ended = _perform(folder, file, kinds, cancel)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        folder.end(ended)
    return {JobState.done: 0, JobState.cancelled: 143}.get(ended.state, 1)


class _Cancel:
    """Raises `JobCancelled` once: the clean-up that follows is not interrupted by a second request.

    `asked` stays, because C code may make an error of its own of what interrupts it: an import of MuJoCo that is
    cancelled ends as an ImportError.
    """

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.asked = True
        print("Asked to end.", file=sys.stderr, flush=True)
        raise JobCancelled


def _perform(folder: JobFolder, file: JobFile, kinds: Kinds, cancel: _Cancel) -> Ended:
    try:
        kind = kinds.get(file.kind)
        work = Work(folder, file, DataFolder(folder.path.parent.parent))
        outcome = kind.load()(kind.parse(file.arguments), work)
        return _done(outcome)
    except JobCancelled:
        return _cancelled()
    except Exception as error:  # the child's boundary: whatever it is, the result says so
        if cancel.asked:
            log.info("Cancelled in the middle of what ended with %s: %s", type(error).__name__, error)
            return _cancelled()
        return _broken(error)


def _cancelled() -> Ended:
    return Ended(JobState.cancelled, "Cancelled; what it had begun was cleared away.", at=_now())


def _broken(error: Exception) -> Ended:
    if isinstance(error, StudioError):
        log.error("%s", error)
        return Ended(JobState.failed, error.message, error.todo, error.code, at=_now())
    log.error("The job failed.", exc_info=error)
    lacks = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if lacks in ("torch", "lerobot"):
        missing = LeRobotMissing("LeRobot is not installed.", todo="Install it with ./understudy install lerobot.")
        return Ended(JobState.failed, missing.message, missing.todo, missing.code, at=_now())
    return _failed(error)


def _done(outcome: Outcome) -> Ended:
    return Ended(JobState.done, outcome.words, links=outcome.links, values=outcome.values, at=_now())


def _failed(error: Exception) -> Ended:
    said = f"{type(error).__name__}: {error}"
    cause = recognised([said])
    if cause is not None:
        return Ended(JobState.failed, f"{cause.words} ({said[:300]})", cause.todo, cause.code, at=_now())
    return Ended(JobState.failed, said[:500], "A defect, most likely; its log says more.", "failed", at=_now())


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """A lock for the process's life: two studios' starts of one job cannot both perform it."""
    descriptor = os.open(path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        yield False
        return
    try:
        yield True
    finally:
        os.close(descriptor)


def _step_back() -> None:
    """Behind the studio for the processor, before it when memory runs out."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(KILL_US_FIRST)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
