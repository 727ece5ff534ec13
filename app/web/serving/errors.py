"""The only map from room errors to HTTP: problem details (RFC 9457), one JSON shape."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.accounts.errors import NotAllowed, TooOften, WrongCode, WrongPassword
from app.core.errors import Conflict, Invalid, NotFound, NotReady, Refused, StudioError

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[StudioError], int], ...] = (
    (WrongPassword, 401),
    (WrongCode, 401),
    (NotAllowed, 403),
    (TooOften, 429),
    (NotFound, 404),
    (Conflict, 409),
    (Invalid, 422),
    (NotReady, 503),
    (Refused, 409),
)


def status_of(error: StudioError) -> int:
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)


def problem(status: int, code: str, title: str, todo: str = "", **fields: object) -> JSONResponse:
    """`application/problem+json`: `title` says what happened, `todo` what to do next."""
    body = {"type": f"urn:understudy:{code}", "status": status, "code": code, "title": title, "todo": todo}
    return JSONResponse({**body, **fields}, status, media_type="application/problem+json")


class Problem(BaseModel):
    """RFC 9457: `title` says what happened, `todo` what to do next."""

    type: str
    status: int
    code: str
    title: str
    todo: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": words}
    for status, words in {
        400: "Refused, with the reason",
        401: "Nobody is signed in",
        403: "Refused: the role does not reach, or another site or name",
        404: "Not there",
        409: "Not possible in the present state",
        413: "Larger than this studio reads",
        422: "Not valid, with what is wrong",
        429: "Tried too often",
        503: "Not ready, with the reason",
    }.items()
}

HTTP_WORDS = {
    404: ("There is nothing at {path}.", "Choose a page from the menu; programs find every route in /openapi.json."),
    413: ("The request is larger than 64 kB, the most this studio reads.", "Send less."),
    405: ("{path} does not answer to {method}.", "GET /openapi.json lists what it answers to."),
}

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
            {"where": ".".join(str(part) for part in fault["loc"] if part != "body") or "body", "what": fault["msg"]}
            for fault in error.errors()
        ]
        sentence = "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults[:5])
        return answer(
            request, 422, "invalid", f"The request is not valid: {sentence}.", "Correct it and send it again."
        )

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        title, todo = HTTP_WORDS.get(error.status_code, ("{path}: " + str(error.detail) + ".", ""))
        path = request.url.path
        title = title.format(path=path, method=request.method)
        return answer(request, error.status_code, f"http_{error.status_code}", title, todo)

    @app.exception_handler(Exception)
    async def defect(request: Request, error: Exception) -> Response:
        log.error("%s %s failed.", request.method, request.url.path, exc_info=error)
        return answer(request, 500, "failed", "The studio could not do that: a defect of ours.", "See its log.")
