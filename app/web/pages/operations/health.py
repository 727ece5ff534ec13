"""HTTP for whoever watches over the studio: does it answer, is it ready, what does the machine lack."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from app.doctor import as_data, examine
from app.web.access.identity import STRANGER, person_of
from app.web.serving.errors import problem
from app.web.studio import studio_of

router = APIRouter()


@router.get("/health/live", tags=["health"])
async def live() -> dict[str, str]:
    """The web process answers."""
    return {"status": "live"}


@router.get("/health/ready", tags=["health"], responses={503: {"description": "Not ready, with the reason"}})
async def ready(request: Request) -> JSONResponse:
    """200 once the first picture of every camera is out; 503 and a reason until then."""
    if reason := studio_of(request).not_ready_reason():
        told = reason if person_of(request) is not STRANGER else "The studio is not ready."
        return problem(503, "not_ready", told, todo="Ask again in a moment.")
    return JSONResponse({"status": "ready"})


@router.get("/api/doctor", tags=["studio"])
async def doctor(request: Request) -> dict[str, object]:
    """What this machine has and lacks, and what each lack costs."""
    findings = await asyncio.to_thread(examine, studio_of(request).folder.root)
    return as_data(findings)
