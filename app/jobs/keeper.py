"""Keeps the jobs of one data folder: starts, follows, cancels, adopts, and says how each ended.

The truth is in the jobs' folders; a studio that is killed and started again
finds its running jobs by process id and start time and follows them further.
`views`, `view` and `rewriting` answer from memory; every other method may wait
for the disk: call it in a thread. The studio calls `step` twice a second.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from app.core.identity import Identity
from app.jobs.causes import unexpected_end
from app.jobs.errors import JobEnded, JobNotFound
from app.jobs.folder import JobFolder
from app.jobs.kinds import Kinds
from app.jobs.log import LogPage, last_lines, log_page
from app.jobs.models import TAKEN, Ended, JobFile, JobState, JobView, Progress
from app.jobs.process import Mark
from app.jobs.queue import Limits, waits_for
from app.storage.paths import DataFolder

log = logging.getLogger(__name__)

type Command = Callable[[Path], Sequence[str]]


class JobKeeper:
    """`command` gives the argument list that performs the job of a folder; see `bootstrap/jobs.py`."""

    def __init__(
        self,
        data: DataFolder,
        kinds: Kinds,
        command: Command,
        wall: Callable[[], datetime],
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        now: Callable[[], float] = time.monotonic,
        token: Callable[[], str] = lambda: secrets.token_hex(2),
    ) -> None:
        self.kinds = kinds
        self._data = data
        self._command = command
        self._wall = wall
        self._limits = limits
        self._now = now
        self._token = token
        self._lock = threading.Lock()
        self._views: dict[str, JobView] = {}
        self._shown: tuple[JobView, ...] = ()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._asked_at: dict[str, float] = {}

    # ---- asking ----

    def views(self) -> list[JobView]:
        """Every job, the newest first."""
        return list(self._shown)

    def view(self, id_: str) -> JobView:
        """Raises JobNotFound."""
        return next((view for view in self._shown if view.file.id == id_), None) or _missing(id_)

    def log(self, id_: str, *, offset: int | None = None, limit: int = 200, search: str = "") -> LogPage:
        """Raises JobNotFound."""
        self.view(id_)
        return log_page(self._folder(id_).log, offset=offset, limit=limit, search=search)

    def rewriting(self, dataset: str) -> str:
        """The title of the running or waiting job that rewrites `dataset`, "" when none does."""
        active = (view.file for view in self._shown if not view.state.ended)
        return next((file.title for file in active if dataset in file.rewrites), "")

    # ---- changing ----

    def submit(self, kind: str, raw: object, by: Identity) -> JobView:
        """Make a job; it starts with the next `step`. Raises JobInvalid, and what the kind refuses with."""
        known = self.kinds.get(kind)
        arguments = known.parse(raw)
        known.require_installed()
        known.refuse(arguments, self._data)
        file = JobFile(
            id=f"{self._wall():%Y%m%d-%H%M%S-%f}-{self._token()}",
            kind=kind,
            title=known.title(arguments),
            arguments=arguments.model_dump(mode="json"),
            about=known.about(arguments),
            rewrites=known.rewrites(arguments),
            heavy=known.heavy,
            user=by.user,
            client=by.client,
            created_at=self._at(),
        )
        with self._lock:
            self._folder(file.id).create(file)
            view = self._views[file.id] = JobView(file, JobState.queued, Progress())
            self._show()
        return view

    def cancel(self, id_: str, by: Identity) -> JobView:
        """Ask a job to end: it clears up and ends, or is killed after its grace. Raises JobNotFound, JobEnded."""
        with self._lock:
            view = self._views.get(id_) or _missing(id_)
            if view.state.ended:
                raise JobEnded(f"“{view.file.title}” has ended.", todo="Look at its result.")
            self._folder(id_).ask_to_end(by.user, self._at())
            self._refresh(id_)
            self._show()
            return self._views[id_]

    def recover(self) -> list[str]:
        """Read every job's folder at start-up: adopt what runs, close what died; the ids of adopted jobs."""
        with self._lock:
            for path in sorted(self._data.jobs.iterdir()) if self._data.jobs.is_dir() else ():
                file = JobFolder(path).file() if path.is_dir() else None
                if file is None or file.id != path.name:
                    continue
                self._views[path.name] = JobView(file, JobState.queued, Progress())
                self._refresh(path.name)
            self._show()
            return sorted(id_ for id_, view in self._views.items() if view.state is JobState.running)

    def step(self) -> bool:
        """Look at every job that has not ended, start what may start; True when a page would look different."""
        with self._lock:
            before = dict(self._views)
            for id_ in sorted(id_ for id_, view in self._views.items() if not view.state.ended):
                self._refresh(id_)
            self._start_next()
            self._show()
            return before != self._views

    # ---- inside the lock ----

    def _folder(self, id_: str) -> JobFolder:
        return JobFolder(self._data.jobs / id_)

    def _show(self) -> None:
        self._shown = tuple(sorted(self._views.values(), key=lambda view: view.file.id, reverse=True))

    def _refresh(self, id_: str) -> None:
        """What the folder and the process say now."""
        folder, before = self._folder(id_), self._views[id_]
        status = self._status(id_)
        mark, by = folder.mark(), folder.cancelled_by()
        if status == TAKEN:  # an earlier studio's start of it came first
            del self._children[id_]
            status = None
        running = id_ in self._children if status is None else False
        running = running or (mark is not None and mark.alive)
        ended = None if running else self._end_of(folder, mark, status, by)
        if ended is not None:
            self._bury(id_, folder, mark)
        elif by is not None and mark is not None:
            self._press(id_, before.file, mark)
        self._views[id_] = JobView(
            before.file,
            ended.state if ended else JobState.running if running else JobState.queued,
            folder.progress(),
            ended,
            folder.began_at(),
            by or "",
            "" if running or ended else before.waits,
        )

    def _status(self, id_: str) -> int | None:
        """Popen's status of our own child that has ended, with whatever it left behind killed first; else None."""
        child = self._children.get(id_)
        if child is None:
            return None
        if child.returncode is None:
            found = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return None
            _kill_group(child.pid)  # while the zombie keeps its id, the group's name is nobody else's
            child.wait()
        return child.returncode

    def _end_of(self, folder: JobFolder, mark: Mark | None, status: int | None, by: str | None) -> Ended | None:
        """How a job ended that does not run: as it said, or as we have to conclude. None when it has not begun."""
        ended = folder.ended()
        if ended is not None:
            return ended
        begun = mark is not None or status is not None
        if by is not None:
            words = "Cancelled. It did not end by itself and was killed." if begun else "Cancelled before it began."
            ended = Ended(JobState.cancelled, words, code="killed" if begun else "", at=self._at())
        elif begun:
            cause = unexpected_end(status, last_lines(folder.log))
            ended = Ended(JobState.failed, cause.words, cause.todo, cause.code, at=self._at())
        else:
            return None
        folder.end(ended)
        return ended

    def _bury(self, id_: str, folder: JobFolder, mark: Mark | None) -> None:
        if mark is not None:
            mark.kill_left_over()
        folder.clear_scratch()
        self._children.pop(id_, None)
        self._asked_at.pop(id_, None)

    def _press(self, id_: str, file: JobFile, mark: Mark) -> None:
        """SIGTERM once, SIGKILL after the kind's grace; both to the whole group."""
        asked_at = self._asked_at.get(id_)
        if asked_at is None:
            self._asked_at[id_] = self._now()
            mark.signal_group(signal.SIGTERM)
        elif self._now() - asked_at > self._grace_s(file):
            mark.signal_group(signal.SIGKILL)

    def _grace_s(self, file: JobFile) -> float:
        return next((kind.grace_s for kind in self.kinds if kind.name == file.kind), 10.0)

    def _start_next(self) -> None:
        running = [view.file for view in self._views.values() if view.state is JobState.running]
        waiting: list[JobFile] = []
        for id_ in sorted(id_ for id_, view in self._views.items() if view.state is JobState.queued):
            view = self._views[id_]
            waits = waits_for(view.file, running, waiting, self._limits)
            (waiting if waits else running).append(view.file)
            if not waits:
                self._spawn(id_)
            self._views[id_] = JobView(
                view.file,
                JobState.queued if waits else JobState.running,
                view.progress,
                cancelled_by=view.cancelled_by,
                waits=waits,
            )

    def _spawn(self, id_: str) -> None:
        """In a session of its own, so that it outlives us and that one signal reaches all it starts."""
        folder = self._folder(id_)
        with folder.log.open("ab") as output:
            self._children[id_] = subprocess.Popen(
                list(self._command(folder.path)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        log.info("Job %s began: %s.", id_, self._views[id_].file.title)

    def _at(self) -> str:
        return self._wall().isoformat(timespec="milliseconds")


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _missing(id_: str) -> NoReturn:
    raise JobNotFound(f"There is no job {id_[:80]!r}.", todo="Look at the list of jobs.")
