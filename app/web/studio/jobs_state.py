"""Jobs as pages see them, and the task that follows them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.jobs import JobView
from app.web.protocol import JobLink, JobSummary

if TYPE_CHECKING:
    from app.web.studio.studio import Studio

LOOK_S = 0.5
SHOWN_ENDED = 20

log = logging.getLogger(__name__)


def latest(views: Sequence[JobView]) -> list[JobSummary]:
    """Every job that runs or waits, and the last that ended, the newest first."""
    active = [view for view in views if not view.state.ended]
    ended = [view for view in views if view.state.ended][:SHOWN_ENDED]
    return [summary(view) for view in sorted([*active, *ended], key=lambda view: view.file.id, reverse=True)]


def summary(view: JobView) -> JobSummary:
    file, progress, ended = view.file, view.progress, view.ended
    return JobSummary(
        id=file.id,
        kind=file.kind,
        title=file.title,
        state=view.state,
        about=list(dict.fromkeys((*file.about, *file.rewrites))),
        by=file.user,
        created_at=file.created_at,
        started_at=view.started_at,
        ended_at=ended.at if ended else "",
        text=ended.words if ended else progress.words,
        todo=ended.todo if ended else "",
        code=ended.code if ended else "",
        waits=view.waits,
        cancelling=bool(view.cancelled_by) and not view.state.ended,
        fraction=progress.fraction,
        step=progress.step,
        steps=progress.steps,
        unit=progress.unit,
        rate=progress.rate,
        left_s=progress.left_s,
        links=[JobLink(label=link.label, url=link.url) for link in ended.links] if ended else [],
    )


async def follow_jobs(studio: Studio) -> None:
    """Adopt what an earlier studio started, then follow every job; an ended one is said in the event list."""
    adopted = await asyncio.to_thread(studio.jobs.recover)
    if adopted:
        log.info("%d jobs of an earlier studio still run and are followed: %s.", len(adopted), ", ".join(adopted))
    studio.changed("jobs")
    known = {view.file.id for view in studio.jobs.views() if view.state.ended}
    while True:
        if await asyncio.to_thread(studio.jobs.step):
            ended = _tell_ended(studio, known)
            known |= ended
            if any(view.file.rewrites for view in studio.jobs.views() if view.file.id in ended):
                await asyncio.to_thread(studio.store.recover)  # a killed edit may have left its swap half done
            studio.changed("jobs")
        await asyncio.sleep(LOOK_S)


def _tell_ended(studio: Studio, known: set[str]) -> set[str]:
    ended = [view for view in studio.jobs.views() if view.state.ended and view.file.id not in known]
    for view in ended:
        words = view.ended.words if view.ended else ""
        level = "error" if view.state.value == "failed" else "info"
        studio.notes.add(level, f"job_{view.state.value}", f"{view.file.title}: {view.state.value}. {words}".strip())
    return {view.file.id for view in ended}
