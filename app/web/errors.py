"""The only map from room errors to HTTP: problem details (RFC 9457), one JSON shape."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from app.core.errors import Conflict, Invalid, NotFound, NotReady, Refused, StudioError

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[StudioError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Invalid, 422),
    (NotReady, 503),
    (Refused, 403),
)


def status_of(error: StudioError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def problem(status: int, code: str, title: str, *, todo: str = "", **fields: object) -> JSONResponse:
    """`application/problem+json`: `title` says what happened, `todo` what to do next."""
    body = {"type": f"urn:understudy:{code}", "status": status, "code": code, "title": title, "todo": todo}
    return JSONResponse({**body, **fields}, status, media_type="application/problem+json")


type Page = Callable[[Request, int, str, str], Response]


def install(app: FastAPI, page: Page) -> None:
    """Answer every error in the one shape; a person who opened a page gets `page(request, status, title, todo)`."""

    def answer(request: Request, status: int, code: str, title: str, todo: str = "", **fields: object) -> Response:
        wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api")
        return page(request, status, title, todo) if wants_page else problem(status, code, title, todo=todo, **fields)

    @app.exception_handler(StudioError)
    async def studio_error(request: Request, error: StudioError) -> Response:
        return answer(request, status_of(error), error.code, error.message, error.todo, fields=dict(error.fields))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        faults = [
            {"where": ".".join(str(part) for part in fault["loc"]), "what": fault["msg"]} for fault in error.errors()
        ]
        sentence = "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults[:5])
        return answer(
            request, 422, "invalid", f"The request is not valid: {sentence}.", "Correct it and send it again."
        )

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, f"http_{error.status_code}", f"{request.url.path}: {error.detail}.")
