"""Which job may start now: one heavy at a time, light ones beside, none on a dataset that another rewrites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.jobs.models import JobFile


@dataclass(frozen=True)
class Limits:
    heavy: int = 1
    light: int = 3


def waits_for(job: JobFile, running: Sequence[JobFile], waiting: Sequence[JobFile], limits: Limits) -> str:
    """Why `job` does not start, in words, "" when it may; `waiting` are those that were asked for before it."""
    for other in (*running, *waiting):
        if shared := _conflict(job, other):
            return f"Waits for “{other.title}”, which works on {', '.join(sorted(shared))}."
    same = [other for other in running if other.heavy == job.heavy]
    if len(same) >= (limits.heavy if job.heavy else limits.light):
        return f"Waits for “{same[0].title}”."
    return ""


def _conflict(one: JobFile, other: JobFile) -> set[str]:
    """The datasets that one of them rewrites while the other is about them."""
    return (set(one.rewrites) & {*other.rewrites, *other.about}) | (set(other.rewrites) & set(one.about))
