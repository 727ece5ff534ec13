"""HTTP for jobs: list, start by kind, look at one and its log, cancel."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from app.jobs import Kind, Kinds
from app.web.access.identity import identity_of
from app.web.access.within import refuse_outside
from app.web.protocol import JobSummary, Model
from app.web.studio import studio_of
from app.web.studio.edits import refuse_recorded
from app.web.studio.jobs_state import summary

Id = Annotated[str, Path(max_length=80)]


class JobsAnswer(Model):
    total: int
    jobs: list[JobSummary]


class JobDetail(Model):
    """`arguments` are what it was started with, `values` its result's figures."""

    job: JobSummary
    arguments: dict[str, Any]
    values: dict[str, Any]
    cancelled_by: str


class LogLine(Model):
    number: int
    text: str


class LogAnswer(Model):
    """`total` lines matched; the first `left_out_bytes` of a very long log were not read."""

    total: int
    left_out_bytes: int
    lines: list[LogLine]


def jobs_router(kinds: Kinds) -> APIRouter:
    """`POST /api/jobs/KIND` takes each kind's own typed arguments."""
    router = APIRouter(prefix="/api/jobs", tags=["jobs"])
    router.get("")(jobs)
    router.get("/{id}")(job)
    router.get("/{id}/log")(log)
    router.post("/{id}/cancel")(cancel)
    for kind in kinds:
        router.post(f"/{kind.name}", status_code=201, summary=kind.title.__doc__ or f"Start {kind.name}")(_start(kind))
    return router


async def jobs(
    request: Request,
    about: Annotated[str, Query(max_length=200)] = "",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> JobsAnswer:
    """Jobs, the newest first; `about` keeps those of one dataset, model or run."""
    found = [summary(view) for view in studio_of(request).jobs.views()]
    mine = [one for one in found if not about or about in one.about]
    return JobsAnswer(total=len(mine), jobs=mine[offset : offset + limit])


async def job(request: Request, id: Id) -> JobDetail:
    view = studio_of(request).jobs.view(id)
    return JobDetail(
        job=summary(view),
        arguments=view.file.arguments,
        values=view.ended.values if view.ended else {},
        cancelled_by=view.cancelled_by,
    )


async def log(
    request: Request,
    id: Id,
    offset: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    search: Annotated[str, Query(max_length=200)] = "",
) -> LogAnswer:
    """Lines of its log from `offset` on, the last ones without it; only those that hold `search`."""
    keeper = studio_of(request).jobs
    page = await asyncio.to_thread(lambda: keeper.log(id, offset=offset, limit=limit, search=search))
    lines = [LogLine(number=number, text=text) for number, text in page.lines]
    return LogAnswer(total=page.total, left_out_bytes=page.left_out_bytes, lines=lines)


async def cancel(request: Request, id: Id) -> JobSummary:
    """Ask it to end; it clears up what it had begun, or is killed after a while."""
    studio = studio_of(request)
    view = await asyncio.to_thread(studio.jobs.cancel, id, identity_of(request))
    studio.changed("jobs")
    return summary(view)


def _start(kind: Kind) -> Any:
    async def start(request: Request, arguments: Any) -> JobSummary:
        studio = studio_of(request)
        refuse_recorded(studio, kind.rewrites(arguments))
        refuse_outside(studio, arguments.model_dump())
        view = await asyncio.to_thread(studio.jobs.submit, kind.name, arguments.model_dump(), identity_of(request))
        studio.changed("jobs")
        return summary(view)

    start.__annotations__ |= {"request": Request, "arguments": kind.arguments, "return": JobSummary}
    start.__doc__ = kind.arguments.__doc__
    start.__name__ = f"start_{kind.name.replace('.', '_')}"
    return start
