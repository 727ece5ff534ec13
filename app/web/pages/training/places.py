"""HTTP for where a training runs: the places that are kept, a look at one, a measured probe, publishing."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field

from app.training.kinds import LOOK, PROBE, PUBLISH
from app.training.runners.book import KeptPlace, PlaceBook, said
from app.training.runners.places import LOCAL, place_of, text_of
from app.web.access.identity import identity_of
from app.web.pages.training.answers import NewRun
from app.web.pages.training.runs import describe_new
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api", tags=["training"])

Name = Annotated[str, Path(max_length=40)]


class PlaceAnswer(Model):
    """One place. `about` is what it had when it was last looked at, in a sentence; "" before."""

    name: str
    text: str
    words: str
    about: str
    looked_at: str


class PlaceChange(Model):
    """A place as one line: ssh://USER@HOST, ray+http://HOST:8265?storage=FOLDER, hf://FLAVOUR."""

    text: Annotated[str, Field(min_length=1, max_length=400)]


class JobStarted(Model):
    job: str


class Publication(Model):
    """Where a run's checkpoint goes on the Hub; `step` 0 is the best one."""

    repo_id: Annotated[str, Field(max_length=200)]
    private: bool = True
    step: Annotated[int, Field(ge=0)] = 0


@router.get("/training/places")
async def places(request: Request) -> list[PlaceAnswer]:
    """This machine, and the places that are kept."""
    kept = await asyncio.to_thread(_book(studio_of(request)).all)
    return [_answer(KeptPlace(LOCAL, LOCAL, {})), *map(_answer, kept)]


@router.put("/training/places/{name}", status_code=201)
async def keep(request: Request, name: Name, change: PlaceChange) -> JobStarted:
    """Keep a place under a name, and look at what it has."""
    studio, by = studio_of(request), identity_of(request)

    def make() -> str:
        _book(studio).keep(KeptPlace(name, text_of(place_of(change.text)), {}))
        return studio.jobs.submit(LOOK.name, {"name": name}, by).file.id

    job = await asyncio.to_thread(make)
    studio.changed("jobs")
    return JobStarted(job=job)


@router.delete("/training/places/{name}", status_code=204)
async def forget(request: Request, name: Name) -> None:
    """What was trained there stays where it is."""
    await asyncio.to_thread(_book(studio_of(request)).remove, name)


@router.post("/training/probe", status_code=201)
async def probe(request: Request, new: NewRun) -> JobStarted:
    """Measure a few steps of such a run, where it would be trained."""
    studio, by = studio_of(request), identity_of(request)

    def make() -> str:
        run = describe_new(studio, new, by.user)
        asked = {"dataset": run.dataset, "settings": run.settings.model_dump(mode="json"), "on": run.runner}
        return studio.jobs.submit(PROBE.name, asked, by).file.id

    job = await asyncio.to_thread(make)
    studio.changed("jobs")
    return JobStarted(job=job)


@router.post("/runs/{name}/publish", status_code=201)
async def publish(request: Request, name: Annotated[str, Path(max_length=80)], to: Publication) -> JobStarted:
    """Send a checkpoint with the model card to the Hugging Face Hub."""
    studio, by = studio_of(request), identity_of(request)
    asked: dict[str, Any] = {"run": name, **to.model_dump()}
    job = await asyncio.to_thread(lambda: studio.jobs.submit(PUBLISH.name, asked, by).file.id)
    studio.changed("jobs")
    return JobStarted(job=job)


def _book(studio: Studio) -> PlaceBook:
    return PlaceBook(studio.folder.root)


def _answer(kept: KeptPlace) -> PlaceAnswer:
    about = said(kept.about) if kept.about else ""
    return PlaceAnswer(
        name=kept.name, text=kept.text, words=place_of(kept.text).words, about=about, looked_at=kept.looked_at
    )
