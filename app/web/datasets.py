"""HTTP for datasets, their episodes and unfinished takes."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(prefix="/api", tags=["datasets"])
