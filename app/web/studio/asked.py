"""The studio that a request asks."""

from __future__ import annotations

from fastapi import Request

from app.web.studio.studio import Studio


def studio_of(request: Request) -> Studio:
    return request.app.state.studio
