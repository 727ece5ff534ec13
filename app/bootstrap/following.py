"""Performs one job to its end for the command line, with a progress bar; Ctrl-C ends the job too."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

from app.core.errors import StudioError
from app.core.identity import Identity
from app.jobs import JobKeeper, JobState, JobView

_BAR = 24
_LOOK_S = 0.5
BY = Identity.local("command line")


class JobEndedEarly(StudioError):
    """The job did not reach its end; the code names the cause where one is recognised."""

    code = "job_failed"

    def __init__(self, message: str, *, todo: str = "", code: str = "job_failed") -> None:
        super().__init__(message, todo=todo)
        self.code = code


def follow_job(jobs: JobKeeper, kind: str, arguments: dict[str, Any], again: str) -> JobView:
    """The job's last view, when it is done. `again` is the command that goes on with it. Raises JobEndedEarly."""
    jobs.recover()
    view = jobs.submit(kind, arguments, BY)
    try:
        while not (view := jobs.view(view.file.id)).state.ended:
            jobs.step()
            draw(view)
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        print("\nEnding; what was done stays.", flush=True)
        jobs.cancel(view.file.id, BY)
        while not jobs.view(view.file.id).state.ended:
            jobs.step()
            time.sleep(_LOOK_S)
        raise
    print(file=sys.stderr)
    ended = view.ended
    assert ended is not None
    if view.state is not JobState.done:
        raise JobEndedEarly(ended.words, todo=ended.todo or again, code=ended.code or JobEndedEarly.code)
    return view


def draw(view: JobView) -> None:
    """One line that is drawn over; a log that is no terminal gets none."""
    if not sys.stderr.isatty():
        return
    progress = view.progress
    done = progress.fraction or 0.0
    bar = "█" * round(_BAR * done) + "░" * (_BAR - round(_BAR * done))
    words: Sequence[str] = [view.waits or progress.words or "Starting"]
    if progress.step is not None and progress.steps:
        words = [*words, f"{progress.step:,} of {progress.steps:,} {progress.unit}".strip()]
    if progress.rate:
        words = [*words, f"{progress.rate:.1f} {progress.unit or 'steps'}/s"]
    if progress.left_s is not None:
        words = [*words, f"{progress.left_s / 60:.0f} min left"]
    print(f"\r{bar} {100 * done:3.0f} %  {'  '.join(words)}\033[K", end="", file=sys.stderr, flush=True)
