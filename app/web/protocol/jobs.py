"""Jobs: long work in child processes, as a page follows it."""

from __future__ import annotations

from app.jobs.models import JobState
from app.web.protocol.base import Model


class JobLink(Model):
    """Where a job's result is looked at."""

    label: str
    url: str


class JobSummary(Model):
    """One job: long work in a child process. `fraction` is 0..1, `rate` in `unit` per second; null is unknown.

    `text` is how far it is, or how it ended; `todo` what to do about a failure;
    `waits` why it has not started. `about` names the datasets, models or runs it belongs to.
    """

    id: str
    kind: str
    title: str
    state: JobState
    about: list[str]
    by: str
    created_at: str
    started_at: str
    ended_at: str
    text: str
    todo: str
    code: str
    waits: str
    cancelling: bool
    fraction: float | None
    step: int | None
    steps: int | None
    unit: str
    rate: float | None
    left_s: float | None
    links: list[JobLink]
