"""HTTP for what can be exported: checkpoints, devices, the checklist, the start. Files are only read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from app.core.errors import Invalid
from app.export.before import Known, blocked, checklist, read_config
from app.export.devices import HERE, PROFILES, profile
from app.export.kinds import EXPORT
from app.export.provenance import provenance
from app.export.store import ExportStore
from app.training.describing import judgement_of
from app.training.errors import RunInvalid
from app.training.folder import PRETRAINED, RunFolder, RunStore
from app.web.access.identity import identity_of
from app.web.access.within import refuse_outside
from app.web.pages.deploy.exports import DeviceAnswer, device_answer
from app.web.protocol import JobSummary, Model
from app.web.studio import Studio, studio_of
from app.web.studio.jobs_state import summary as job_summary

router = APIRouter(prefix="/api/exports", tags=["exports"])

Where = Annotated[str, Field(min_length=1, max_length=1000)]


class CheckpointHere(Model):
    """One checkpoint of a run: `checkpoint` is what an export is told; `best` is the one to take."""

    checkpoint: str
    step: int
    best: bool
    score: str


class ExportableRun(Model):
    """A run with whole checkpoints."""

    run: str
    policy: str
    dataset: str
    cameras: list[str]
    checkpoints: list[CheckpointHere]


class Choices(Model):
    """What the page offers."""

    runs: list[ExportableRun]
    devices: list[DeviceAnswer]
    datasets: list[str]


class NewExport(Model):
    """An export to describe or start. `checkpoint`: one of a run's, or a folder's path; `dataset` "": the run's own.

    `trials`: this many of each mix in the simulator; `neutron`: with the hand-over bundle for NXP's converter.
    """

    checkpoint: Where
    device: Annotated[str, Field(max_length=40)] = HERE
    within: Annotated[float, Field(gt=0, le=90, allow_inf_nan=False)] = 1.0
    goal: Literal["fastest", "smallest"] = "fastest"
    dataset: Annotated[str, Field(max_length=80)] = ""
    name: Annotated[str, Field(max_length=80)] = ""
    trials: Annotated[int, Field(ge=0, le=500)] = 0
    neutron: bool = False


class StepAnswer(Model):
    """One line of the deployment checklist; `state` is fine, warning, open or blocked."""

    title: str
    state: str
    words: str


class DescribedExport(Model):
    """What an export would be. `blocked` says why it cannot start, "" where it can."""

    name: str
    family: str
    run: str
    dataset: str
    fps: float | None
    steps: list[StepAnswer]
    blocked: str


@router.get("/choices")
async def choices(request: Request) -> Choices:
    """Checkpoints, devices and datasets to choose from."""
    studio = studio_of(request)

    def gather() -> Choices:
        runs = RunStore(studio.folder.models)
        found = [one for name in runs.names() if (one := _exportable(runs.folder(name)))]
        names = [one.name for one in studio.store.summaries() if one.episodes and not one.problem]
        return Choices(runs=found, devices=[device_answer(one) for one in PROFILES], datasets=names)

    return await asyncio.to_thread(gather)


@router.post("/describe")
async def describe(request: Request, new: NewExport) -> DescribedExport:
    """The five steps of the checklist, answered before anything is converted; nothing is written."""
    studio = studio_of(request)
    return await asyncio.to_thread(_describe, studio, new)


@router.post("", status_code=201)
async def start(request: Request, new: NewExport) -> JobSummary:
    """Queue an export; a step that is blocked is the refusal."""
    studio, by = studio_of(request), identity_of(request)

    def submit() -> JobSummary:
        told = _describe(studio, new)
        if told.blocked:
            raise Invalid(told.blocked, todo="Change that, then start again.")
        arguments = new.model_dump() | {"name": told.name}
        return job_summary(studio.jobs.submit(EXPORT.name, arguments, by))

    made = await asyncio.to_thread(submit)
    studio.changed("jobs")
    return made


@dataclass(frozen=True)
class _Chosen:
    """A checkpoint's folder, what it says, and what its run says."""

    folder: Path
    config: Mapping[str, Any]
    run: str
    dataset: str
    held_out: tuple[str, ...]
    fps: float | None
    score: str


def _exportable(folder: RunFolder) -> ExportableRun | None:
    """None for a run without a checkpoint, or one that cannot be read."""
    found = folder.checkpoints()
    try:
        run = folder.run()
    except RunInvalid:
        return None
    if not found:
        return None
    best = judgement_of(folder).best or max(found)
    scores = {int(row["step"]): row for row in folder.scores()}
    return ExportableRun(
        run=folder.name,
        policy=run.settings.policy,
        dataset=run.dataset,
        cameras=[f"{camera.name} {camera.width}x{camera.height}" for camera in run.policy.cameras],
        checkpoints=[
            CheckpointHere(
                checkpoint=_relative(folder, path), step=step, best=step == best, score=_score(scores.get(step))
            )
            for step, path in found.items()
        ],
    )


def _relative(folder: RunFolder, checkpoint: Path) -> str:
    return str((checkpoint / PRETRAINED).relative_to(folder.path.parent))


def _score(row: Mapping[str, Any] | None) -> str:
    """ "8 of 10 on training clusters", or ""."""
    parts = [
        f"{rate['successes']} of {rate['trials']} on {words}"
        for key, words in (("training", "training clusters"), ("held_out", "the held-out cluster"))
        if row and (rate := row.get(key)) and rate.get("trials")
    ]
    return ", ".join(parts)


def _look(studio: Studio, checkpoint: str) -> _Chosen:
    """What the files of a checkpoint say. A path of its own may lie anywhere; a run's lies below the models."""
    models = studio.folder.models
    folder = Path(checkpoint) if Path(checkpoint).is_absolute() else models / checkpoint
    if not Path(checkpoint).is_absolute() and not folder.resolve().is_relative_to(models.resolve()):
        raise Invalid(f"{checkpoint!r} is outside the models folder.", todo="Choose a run, or give a whole path.")
    if not folder.is_dir():
        raise Invalid(f"There is no folder {checkpoint!r} on this machine.", todo="Give the folder with config.json.")
    config, told = read_config(folder), provenance(folder)
    if told is None:
        return _Chosen(folder, config, "", "", (), None, "")
    run = RunFolder(models / told.run)
    row = next((row for row in run.scores() if row["step"] == told.step), None)
    return _Chosen(folder, config, told.run, told.dataset, told.held_out, told.fps, _score(row))


def _describe(studio: Studio, new: NewExport) -> DescribedExport:
    refuse_outside(studio, new.checkpoint)
    chosen, device = _look(studio, new.checkpoint), profile(new.device)
    dataset = new.dataset or chosen.dataset
    known = Known(chosen.config, dataset, _episodes(studio, dataset), chosen.held_out, chosen.score)
    steps = checklist(known, device)
    wanted = f"{(chosen.run or chosen.folder.parent.name or 'policy')[:60]}-{device.name}-{new.within:g}deg"
    spelled = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in wanted).strip("-_")
    name = new.name.strip() or ExportStore(studio.folder.models).free_name(spelled)
    return DescribedExport(
        name=name,
        family=str(chosen.config.get("type", "")),
        run=chosen.run,
        dataset=dataset,
        fps=chosen.fps,
        steps=[StepAnswer(**one.as_json()) for one in steps],
        blocked=blocked(steps),
    )


def _episodes(studio: Studio, dataset: str) -> int | None:
    """How many episodes it has; None where it is not here or cannot be read."""
    found = next((one for one in studio.store.summaries() if one.name == dataset), None)
    return found.episodes if found and not found.problem else None
