"""What a job is: its frozen description, how far it is, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

TAKEN = 75  # EX_TEMPFAIL, a child's exit status: another process already performs this job


class JobState(StrEnum):
    """A job waits, runs, and ends in one of three ways; it never goes back."""

    queued = "queued"
    running = "running"
    done = "done"
    failed = "failed"
    cancelled = "cancelled"

    @property
    def ended(self) -> bool:
        return self not in (JobState.queued, JobState.running)


@dataclass(frozen=True)
class JobFile:
    """`job.json`, written once before the job can start and never changed."""

    id: str
    kind: str
    title: str
    arguments: dict[str, Any]
    about: tuple[str, ...]  # the datasets, models or runs on whose page it is shown
    rewrites: tuple[str, ...]  # the datasets whose files it replaces
    heavy: bool
    user: str
    client: str
    created_at: str


@dataclass(frozen=True)
class Progress:
    """How far a job is. `fraction` is 0..1; null is unknown; `rate` is in `unit` per second."""

    words: str = ""
    fraction: float | None = None
    step: int | None = None
    steps: int | None = None
    unit: str = ""
    rate: float | None = None
    left_s: float | None = None
    at: str = ""


@dataclass(frozen=True)
class Link:
    """Where a result is looked at: a path of this studio."""

    label: str
    url: str


@dataclass(frozen=True)
class Outcome:
    """How a job ended, in words. `values` are its figures, for programs."""

    words: str = ""
    links: tuple[Link, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """`result.json`. `todo` says what to do about a failure, `code` names it for programs."""

    state: JobState
    words: str
    todo: str = ""
    code: str = ""
    links: tuple[Link, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    at: str = ""


@dataclass(frozen=True)
class JobView:
    """One job as pages see it. `waits` says why it has not started yet."""

    file: JobFile
    state: JobState
    progress: Progress
    ended: Ended | None = None
    started_at: str = ""
    cancelled_by: str = ""
    waits: str = ""
