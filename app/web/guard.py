"""No cross-site request or socket, no DNS rebinding: Host and Origin must be this studio's own."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.errors import HTTP_WORDS, problem

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SAFE = {"GET", "HEAD", "OPTIONS"}
MAX_BODY_BYTES = 64 * 1024


class BodyLimit:
    """Refuses a request body over `MAX_BODY_BYTES`, announced or chunked, before it is read whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > MAX_BODY_BYTES:
            await problem(413, "http_413", *HTTP_WORDS[413])(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


class OriginGuard:
    """Refuses a Host that is not loopback, and a foreign Origin on sockets and state changes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reason = _refusal(scope, headers.get("host", ""), headers.get("origin"))
        if not reason:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403, "reason": reason})
        else:
            await problem(403, "foreign_origin", reason, todo="Open the studio by its own address.")(
                scope, receive, send
            )


def _refusal(scope: Scope, host: str, origin: str | None) -> str:
    if (urlsplit(f"//{host}").hostname or "") not in _LOOPBACK:
        return f"This studio does not answer to the name {host!r}."
    changes = scope["type"] == "websocket" or scope.get("method") not in _SAFE
    if changes and origin is not None and urlsplit(origin).netloc != host:
        return f"A page of {origin} may not use this studio."
    return ""
