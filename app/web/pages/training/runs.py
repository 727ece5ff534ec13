"""HTTP for training runs: describe, start, follow, compare, annotate, delete."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import asdict, replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import PlainTextResponse

from app.datasets import DatasetStore
from app.jobs import JobState, JobView
from app.training.card import card
from app.training.describing import Describer, device_here, judgement_of
from app.training.errors import RunBusy, RunInvalid
from app.training.folder import RunFolder, RunStore
from app.training.kinds import FORGET, PUBLISH, SCORE, TRAIN
from app.training.models import Run
from app.training.presets import PRESETS, preset, suggested
from app.training.runners.book import PlaceBook
from app.training.runners.leaving import Leaving, leaving, order_to_forget
from app.training.runners.places import place_of
from app.training.runners.showing import shown_at
from app.training.words import view_words
from app.web.access.identity import identity_of
from app.web.access.within import refuse_outside
from app.web.pages.training.answers import (
    Deleted,
    Described,
    LeftElsewhere,
    LeftOut,
    NewRun,
    NotesChange,
    PresetAnswer,
    RateAnswer,
    RunDetail,
    RunSummary,
    WeakAnswer,
)
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api", tags=["training"])

Name = Annotated[str, Path(max_length=80)]
POINTS = 600
_OF_RUN = (TRAIN.name, SCORE.name, PUBLISH.name)


@router.get("/training/presets")
async def presets(request: Request, dataset: Annotated[str, Query(max_length=80)]) -> list[PresetAnswer]:
    """The presets, each with the settings it makes for this dataset; one of them fits this machine."""
    opened = await asyncio.to_thread(studio_of(request).store.open, dataset)
    cameras, fits = [camera.name for camera in opened.format.cameras], suggested(device_here())
    return [
        PresetAnswer(
            name=one.name,
            title=one.title,
            words=one.words,
            settings=one.settings(cameras),
            suggested=one.name == fits,
        )
        for one in PRESETS
    ]


@router.post("/training/describe")
async def describe(request: Request, new: NewRun) -> Described:
    """What would go in and come out; nothing is written."""
    studio, by = studio_of(request), identity_of(request).user
    return await asyncio.to_thread(lambda: _described(_runs(studio), describe_new(studio, new, by)))


@router.get("/runs")
async def runs(request: Request) -> list[RunSummary]:
    """Every run, pinned ones first, then the newest."""
    studio = studio_of(request)
    found = await asyncio.to_thread(lambda: [_summary(studio, name) for name in _runs(studio).names()])
    return sorted(found, key=lambda one: not one.pinned)


@router.post("/runs", status_code=201)
async def start(request: Request, new: NewRun) -> RunSummary:
    """Describe a run, write it down, and queue its training."""
    studio, by = studio_of(request), identity_of(request)

    def make() -> RunSummary:
        run = describe_new(studio, new, by.user)
        _runs(studio).folder(run.name).create(run)
        studio.jobs.submit(TRAIN.name, {"run": run.name}, by)
        return _summary(studio, run.name)

    made = await asyncio.to_thread(make)
    studio.changed("jobs")
    return made


@router.get("/runs/{name}")
async def run(request: Request, name: Name) -> RunDetail:
    studio = studio_of(request)
    return await asyncio.to_thread(lambda: _detail(studio, name))


@router.get("/runs/{name}/card", response_class=PlainTextResponse)
async def model_card(request: Request, name: Name) -> str:
    """The model card as Markdown."""
    folder = _runs(studio_of(request)).open(name)
    return await asyncio.to_thread(card, folder)


@router.post("/runs/{name}/resume", status_code=201)
async def resume(request: Request, name: Name) -> RunSummary:
    """Go on from its last checkpoint, or begin where there is none."""
    return await _submit(studio_of(request), request, name, TRAIN.name, {"run": name})


@router.post("/runs/{name}/score", status_code=201)
async def score(request: Request, name: Name) -> RunSummary:
    """Score every checkpoint again."""
    return await _submit(studio_of(request), request, name, SCORE.name, {"run": name, "again": True})


@router.put("/runs/{name}/notes")
async def annotate(request: Request, name: Name, change: NotesChange) -> RunSummary:
    """Keep notes, the pin, and which checkpoint a person holds for the best."""
    studio = studio_of(request)

    def keep() -> RunSummary:
        folder = _runs(studio).open(name)
        if change.best and change.best not in folder.checkpoints():
            raise RunInvalid(f"{name} has no checkpoint of step {change.best}.", todo="Choose one of its list.")
        folder.keep_notes(replace(folder.notes(), **change.model_dump()))
        return _summary(studio, name)

    return await asyncio.to_thread(keep)


@router.delete("/runs/{name}")
async def delete(request: Request, name: Name) -> Deleted:
    """Delete a run with its view and checkpoints. A pinned one has to be unpinned first.

    What it left at a kept place on other machines is removed by a job.
    """
    studio, by = studio_of(request), identity_of(request)

    def remove() -> str:
        folder = _runs(studio).open(name)
        _require_idle(studio, name)
        if folder.notes().pinned:
            raise RunBusy(f"{name} is pinned.", todo="Unpin it, then delete it.")
        order = _order_to_forget(studio, folder)
        _runs(studio).delete(name)
        return studio.jobs.submit(FORGET.name, order, by).file.id if order else ""

    job = await asyncio.to_thread(remove)
    studio.changed("jobs")
    return Deleted(job=job)


def _order_to_forget(studio: Studio, folder: RunFolder) -> dict[str, Any]:
    """Empty where nothing elsewhere is ours to remove; a damaged run can be deleted all the same."""
    try:
        run = folder.run()
    except RunInvalid:
        return {}
    return order_to_forget(run, folder.elsewhere()) if _leaving(studio, folder, run).removed else {}


def _leaving(studio: Studio, folder: RunFolder, run: Run) -> Leaving:
    known = any(place.text == run.runner for place in PlaceBook(studio.folder.root).all())
    return leaving(run, folder.elsewhere(), begun=folder.view.is_dir(), known=known)


async def _submit(studio: Studio, request: Request, name: str, kind: str, arguments: dict[str, Any]) -> RunSummary:
    def submit() -> RunSummary:
        _require_idle(studio, name)
        studio.jobs.submit(kind, arguments, identity_of(request))
        return _summary(studio, name)

    made = await asyncio.to_thread(submit)
    studio.changed("jobs")
    return made


def _runs(studio: Studio) -> RunStore:
    return RunStore(studio.folder.models)


def describe_new(studio: Studio, new: NewRun, by: str) -> Run:
    refuse_outside(studio, new.model_dump())
    store: DatasetStore = studio.store
    cameras = [camera.name for camera in store.open(new.dataset).format.cameras]
    settings = new.settings or preset(new.preset, cameras)
    name = new.name.strip() or _runs(studio).free_name(f"{new.dataset[:60]}-{settings.preset}")
    kept = PlaceBook(studio.folder.root).require_kept(new.on)
    return Describer(store, _runs(studio)).describe(
        name, new.dataset, settings, by=by, at=studio.clock.wall(), on=kept.text, cards=kept.cards
    )


def _described(store: RunStore, run: Run) -> Described:
    used = run.used
    reasons = Counter(use.why for use in run.left_out)
    device = next((word.partition("=")[2] for word in run.command if word.startswith("--policy.device=")), "")
    stride_frames = sum(use.frames * use.times for use in used)
    return Described(
        name=run.name,
        dataset_hash=run.dataset_hash,
        plan_version=run.plan_version,
        settings=run.settings,
        episodes=len(used),
        recoveries=sum(use.kind == "recovery" for use in used),
        frames=stride_frames,
        held_out=list(run.held_out),
        clusters=dict(Counter(use.cluster or "without cluster" for use in used)),
        left_out=[LeftOut(why=why, episodes=count) for why, count in reasons.most_common()],
        device=device,
        expected_s=run.expected.total_s,
        expected_memory_bytes=run.expected.memory_bytes,
        expected_gpu_memory_bytes=run.expected.gpu_memory_bytes,
        expected_disk_bytes=run.expected.disk_bytes,
        measured=run.expected.measured,
        probed=run.expected.total_s is not None,
        where=place_of(run.runner).words,
        begins_from=run.base or run.settings.base,
        view=list(view_words(run)),
        command=shown_at(run, store.folder(run.name).path),
    )


def _job(studio: Studio, name: str) -> JobView | None:
    """The newest job of the run: one that exports it, or is about a dataset of its name, does not say how it stands."""
    return next((view for view in studio.jobs.views() if view.file.kind in _OF_RUN and name in view.file.about), None)


def _require_idle(studio: Studio, name: str) -> None:
    """Whatever works on it, an export too, reads its checkpoints."""
    job = next((view for view in studio.jobs.views() if name in view.file.about and not view.state.ended), None)
    if job is not None:
        raise RunBusy(f"“{job.file.title}” is not over.", todo="Cancel it, or wait for its end.")


def _summary(studio: Studio, name: str) -> RunSummary:
    folder = _runs(studio).folder(name)
    try:
        run = folder.run()
    except RunInvalid as error:
        return _unreadable(folder, str(error))
    told, notes, job = judgement_of(folder), folder.notes(), _job(studio, name)
    best = told.best
    row = next((row for row in folder.scores() if row["step"] == best), {})
    metrics = folder.metrics()
    reached = max([0, *folder.checkpoints(), *(int(line["step"]) for line in metrics[-1:])])
    return RunSummary(
        name=name,
        dataset=run.dataset,
        policy=run.settings.policy,
        preset=run.settings.preset,
        created_at=run.created_at,
        state=_state(job, reached, run.settings.steps),
        job=job.file.id if job else "",
        job_state=str(job.state) if job else "",
        step=reached,
        steps=run.settings.steps,
        best=best,
        training=RateAnswer(**row.get("training") or {}),
        held_out=RateAnswer(**row.get("held_out") or {}),
        bytes=folder.bytes,
        pinned=notes.pinned,
    )


def _state(job: JobView | None, reached: int, steps: int) -> str:
    if job is not None and not job.state.ended and job.file.kind != PUBLISH.name:
        return str(job.state)
    if reached >= steps:
        return str(JobState.done)
    if job is not None and job.state is JobState.failed:
        return str(JobState.failed)
    return "stopped" if reached or job is not None else "described"


def _unreadable(folder: RunFolder, problem: str) -> RunSummary:
    return RunSummary(
        name=folder.name,
        dataset="",
        policy="",
        preset="",
        created_at="",
        state="stopped",
        job="",
        job_state="",
        step=0,
        steps=0,
        best=0,
        training=RateAnswer(),
        held_out=RateAnswer(),
        bytes=folder.bytes,
        pinned=False,
        problem=problem,
    )


def _detail(studio: Studio, name: str) -> RunDetail:
    folder = _runs(studio).open(name)
    found, told, notes = folder.run(), judgement_of(folder), folder.notes()
    rows, left = folder.metrics(), _leaving(studio, folder, found)
    every = max(1, len(rows) // POINTS)
    return RunDetail(
        summary=_summary(studio, name),
        described=_described(_runs(studio), found),
        settings=found.settings,
        dataset_hash=found.dataset_hash,
        by=found.by,
        metrics=[*rows[:-1:every], *rows[-1:]],
        scores=folder.scores(),
        checkpoints=list(folder.checkpoints()),
        best=told.best,
        why=told.why,
        findings=list(told.findings),
        weak=[WeakAnswer(**asdict(one)) for one in told.weak],
        notes=NotesChange(**vars(notes)),
        left_elsewhere=LeftElsewhere(words=left.words, command=left.command),
    )
