"""The HTML pages: a frame from templates/, filled by the browser from the state."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app.evaluation.folder import EvaluationStore
from app.export.store import ExportStore
from app.review.queue import Order, entries, ordered
from app.training.folder import RunStore
from app.web.pages.frame import render
from app.web.studio import studio_of

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home() -> RedirectResponse:
    return RedirectResponse("/record")


@router.get("/record")
async def record(request: Request) -> HTMLResponse:
    return render(request, "record", "record")


@router.get("/datasets")
async def datasets(request: Request) -> HTMLResponse:
    return render(request, "datasets", "datasets")


@router.get("/datasets/{name}")
async def dataset(request: Request, name: str) -> HTMLResponse:
    studio_of(request).store.open(name)
    return render(request, "dataset", "datasets", name=name)


@router.get("/datasets/{name}/plan")
async def plan(request: Request, name: str) -> HTMLResponse:
    """Also of a dataset that is not there yet: its plan may come first."""
    exists = studio_of(request).guided.planning.exists(name)
    return render(request, "plan", "datasets", name=name, exists=exists)


@router.get("/datasets/{name}/coverage")
async def coverage(request: Request, name: str) -> HTMLResponse:
    studio_of(request).store.open(name)
    return render(request, "coverage", "datasets", name=name)


@router.get("/datasets/{name}/review")
async def review(request: Request, name: str, order: Order = Order.unreviewed) -> RedirectResponse:
    """The first episode of the queue."""
    store = studio_of(request).store

    def first() -> int:
        found = ordered(entries(store.open(name), store.reviews(name)), order)
        return found[0].index if found else 0

    index = await asyncio.to_thread(first)
    return RedirectResponse(f"/datasets/{quote(name)}/episodes/{index}?order={order}")


@router.get("/datasets/{name}/compare")
async def compare(request: Request, name: str) -> HTMLResponse:
    studio_of(request).store.open(name)
    return render(request, "compare", "datasets", name=name)


@router.get("/datasets/{name}/episodes/{index}")
async def episode(request: Request, name: str, index: int) -> HTMLResponse:
    studio_of(request).store.open(name)
    return render(request, "episode", "datasets", name=name, index=index)


@router.get("/setup")
async def setup(request: Request) -> HTMLResponse:
    return render(request, "setup", "setup")


@router.get("/setup/station")
async def station(request: Request) -> HTMLResponse:
    return render(request, "station", "setup")


@router.get("/setup/table")
async def table(request: Request) -> HTMLResponse:
    return render(request, "table", "setup")


@router.get("/train")
async def train(request: Request) -> HTMLResponse:
    return render(request, "train", "train")


@router.get("/train/compare")
async def compare_runs(request: Request) -> HTMLResponse:
    return render(request, "train_compare", "train")


@router.get("/train/{name}")
async def run(request: Request, name: str) -> HTMLResponse:
    RunStore(studio_of(request).folder.models).open(name)
    return render(request, "run", "train", name=name)


@router.get("/deploy")
async def deploy(request: Request) -> HTMLResponse:
    return render(request, "deploy", "deploy")


@router.get("/deploy/run")
async def run_policy(request: Request) -> HTMLResponse:
    return render(request, "deploy_run", "deploy")


@router.get("/deploy/compare")
async def compare_exports(request: Request) -> HTMLResponse:
    return render(request, "deploy_compare", "deploy")


@router.get("/deploy/evaluations/{name}")
async def evaluation(request: Request, name: str) -> HTMLResponse:
    EvaluationStore(studio_of(request).folder).open(name)
    return render(request, "evaluation", "deploy", name=name)


@router.get("/deploy/exports/{name}")
async def export(request: Request, name: str) -> HTMLResponse:
    ExportStore(studio_of(request).folder.models).open(name)
    return render(request, "export", "deploy", name=name)
