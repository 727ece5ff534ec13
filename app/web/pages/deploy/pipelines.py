"""HTTP for pipelines: dataset to evaluated policy in one start; its plan, how each step stands, passing a gate."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

from app.evaluation.errors import EvaluationBusy
from app.evaluation.kinds import PIPE
from app.evaluation.models import EvaluationProtocol
from app.evaluation.pipeline import Gates, Pipeline, PipelineStore, Step, StepName, planned_steps
from app.jobs import JobView
from app.web.access.identity import identity_of
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api/pipelines", tags=["pipelines"])

Name = Annotated[str, Path(max_length=80)]


class NewPipeline(Model):
    """What to make of a dataset; without a name, gates or protocol the defaults."""

    dataset: Annotated[str, Field(min_length=1, max_length=80)]
    preset: Annotated[str, Field(max_length=40)] = "quick"
    name: Annotated[str, Field(max_length=60)] = ""
    steps: Annotated[int, Field(ge=1)] | None = None
    gates: Gates = Gates()
    protocol: EvaluationProtocol | None = None


class PipelineDetail(Model):
    """One pipeline with its plan; `state` is described, queued, running, done or stopped."""

    pipeline: Pipeline
    steps: list[Step]
    state: str
    job: str


class Resume(Model):
    """`past` are steps whose closed gate is passed knowingly."""

    past: tuple[StepName, ...] = ()


@router.get("")
async def pipelines(request: Request) -> list[PipelineDetail]:
    """Every pipeline, the newest first."""
    studio = studio_of(request)
    return await asyncio.to_thread(lambda: [_detail(studio, name) for name in PipelineStore(studio.folder).names()])


@router.post("/describe")
async def describe(request: Request, new: NewPipeline) -> PipelineDetail:
    """The plan, step by step; nothing is written."""
    studio, by = studio_of(request), identity_of(request).user

    def make() -> PipelineDetail:
        made = _make(studio, new, by)
        return PipelineDetail(pipeline=made, steps=list(planned_steps(made)), state="described", job="")

    return await asyncio.to_thread(make)


@router.post("", status_code=201)
async def start(request: Request, new: NewPipeline) -> PipelineDetail:
    """Write a pipeline down and begin it."""
    studio, by = studio_of(request), identity_of(request)

    def make() -> PipelineDetail:
        made = _make(studio, new, by.user)
        PipelineStore(studio.folder).create(made)
        studio.jobs.submit(PIPE.name, {"name": made.name}, by)
        return _detail(studio, made.name)

    made = await asyncio.to_thread(make)
    studio.changed("jobs")
    return made


@router.get("/{name}")
async def pipeline(request: Request, name: Name) -> PipelineDetail:
    studio = studio_of(request)
    return await asyncio.to_thread(_detail, studio, name)


@router.post("/{name}/resume", status_code=201)
async def resume(request: Request, name: Name, how: Resume) -> PipelineDetail:
    """Go on with the first step that is not done."""
    studio, by = studio_of(request), identity_of(request)

    def submit() -> PipelineDetail:
        job = _job(studio, name)
        if job is not None and not job.state.ended:
            raise EvaluationBusy(f"“{job.file.title}” is not over.", todo="Cancel it, or wait for its end.")
        studio.jobs.submit(PIPE.name, {"name": name, "past": [str(step) for step in how.past]}, by)
        return _detail(studio, name)

    made = await asyncio.to_thread(submit)
    studio.changed("jobs")
    return made


def _make(studio: Studio, new: NewPipeline, by: str) -> Pipeline:
    return PipelineStore(studio.folder).make(
        new.dataset,
        new.preset,
        by=by,
        at=studio.clock.wall(),
        name=new.name.strip(),
        steps=new.steps,
        gates=new.gates,
        protocol=new.protocol,
    )


def _job(studio: Studio, name: str) -> JobView | None:
    views = studio.jobs.views()
    return next((view for view in views if view.file.kind == PIPE.name and name in view.file.about), None)


def _detail(studio: Studio, name: str) -> PipelineDetail:
    folder, job = PipelineStore(studio.folder).open(name), _job(studio, name)
    steps = folder.steps()
    return PipelineDetail(
        pipeline=folder.pipeline(),
        steps=list(steps),
        state=_state(job, steps),
        job=job.file.id if job else "",
    )


def _state(job: JobView | None, steps: tuple[Step, ...]) -> str:
    if job is not None and not job.state.ended:
        return str(job.state)
    if all(step.state == "done" for step in steps):
        return "done"
    return "stopped" if any(step.state != "waiting" for step in steps) else "described"
