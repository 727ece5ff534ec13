"""Builds the FastAPI app and serves it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from app import __version__
from app.review import CoverageIndex
from app.web.access.door import Door
from app.web.pages.datasets.coverage import router as coverage_router
from app.web.pages.datasets.curation import router as curation_router
from app.web.pages.datasets.datasets import router as datasets_router
from app.web.pages.datasets.signals import router as signals_router
from app.web.pages.deploy.evaluations import router as evaluations_router
from app.web.pages.deploy.exportable import router as exportable_router
from app.web.pages.deploy.exports import router as exports_router
from app.web.pages.deploy.pipelines import router as pipelines_router
from app.web.pages.frame import ROOT, problem_page
from app.web.pages.html import router as pages_router
from app.web.pages.operations.health import router as health_router
from app.web.pages.operations.jobs import jobs_router
from app.web.pages.operations.metrics import router as metrics_router
from app.web.pages.people.accounts import router as accounts_router
from app.web.pages.people.signin import router as signin_router
from app.web.pages.plan.plans import router as plans_router
from app.web.pages.plan.table import router as table_router
from app.web.pages.review.compare import router as compare_router
from app.web.pages.review.replays import router as replays_router
from app.web.pages.review.reviews import router as reviews_router
from app.web.pages.station import router as setup_router
from app.web.pages.training.places import router as places_router
from app.web.pages.training.runs import router as training_router
from app.web.protocol import MAX_TEXT_BYTES
from app.web.serving import errors
from app.web.serving.assets import PackedFiles
from app.web.serving.guard import LOOPBACK, BodyLimit, OriginGuard
from app.web.serving.headers import SafeHeaders
from app.web.serving.traffic import Traffic
from app.web.studio import Studio
from app.web.studio.routes import router as studio_router
from app.web.studio.sockets import router as sockets_router

log = logging.getLogger(__name__)

TCP_NOTSENT_LOWAT = 25
NOT_SENT_BYTES = 16 * 1024
MOST_CONNECTIONS = 512
ROUTERS = (
    health_router,
    studio_router,
    signin_router,
    metrics_router,
    accounts_router,
    datasets_router,
    curation_router,
    signals_router,
    reviews_router,
    compare_router,
    replays_router,
    coverage_router,
    plans_router,
    table_router,
    setup_router,
    training_router,
    places_router,
    exportable_router,
    exports_router,
    evaluations_router,
    pipelines_router,
    sockets_router,
    pages_router,
)


def create_app(studio: Studio, names: frozenset[str] = LOOPBACK, addresses: bool = False) -> FastAPI:
    """The app around one studio; its lifespan runs the studio and closes it.

    `names` and `addresses`: what it answers to (`OriginGuard`).
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = asyncio.create_task(studio.run(), name="studio")
        running.add_done_callback(lambda task: _end_loudly(studio, task))
        try:
            yield
        finally:
            await studio.close(running)

    app = FastAPI(
        title="Understudy",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        responses=errors.RESPONSES,
    )
    app.state.studio = studio
    app.state.coverage = CoverageIndex(studio.store)
    errors.install(app, problem_page)
    app.add_middleware(BodyLimit)
    app.add_middleware(Door, access=studio.access, routes=lambda: app.routes, page=problem_page)
    app.add_middleware(OriginGuard, names=names, addresses=addresses)
    app.add_middleware(SafeHeaders)
    app.add_middleware(Traffic)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(jobs_router(studio.jobs.kinds))
    app.mount("/static", PackedFiles(ROOT / "static"), name="static")
    return app


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that keeps unsent data short, so that pictures do not queue in the kernel."""
    listener = socket.create_server((host, port), backlog=128)
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, NOT_SENT_BYTES)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(app: FastAPI, listener: socket.socket, certificate: tuple[Path, Path] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; with a certificate and its key, encrypted."""
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_TEXT_BYTES,
        http="httptools",
        log_level="warning",
        log_config=None,  # ours: one format for all of it
        lifespan="on",
        timeout_graceful_shutdown=3,
        limit_concurrency=MOST_CONNECTIONS,
        proxy_headers=False,  # else anybody on this machine could say which address they come from
        server_header=False,
        ssl_certfile=certificate[0] if certificate else None,
        ssl_keyfile=certificate[1] if certificate else None,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _end_loudly(studio: Studio, task: asyncio.Task[None]) -> None:
    """The studio's task never ends by itself: if it does, the server goes down and says why."""
    if task.cancelled():
        return
    studio.failed = True
    log.critical("The studio failed and the server ends.", exc_info=task.exception())
    os.kill(os.getpid(), signal.SIGTERM)
