"""No cross-site request or socket, no DNS rebinding: Host and Origin must be this studio's own."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.web.serving.errors import HTTP_WORDS, problem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
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
    """Refuses a Host that is not this studio's, and a foreign Origin on sockets and state changes.

    `names` are the host names it answers to. With `addresses` any literal address is one too: a rebound name is
    never an address, so a page that reached it by one came from there.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str] = LOOPBACK, addresses: bool = False) -> None:
        self._app = app
        self._names = names
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reason = self._refusal(scope, headers)
        if not reason:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403, "reason": reason})
        else:
            await problem(403, "foreign_origin", reason, todo="Open the studio by its own address.")(
                scope, receive, send
            )

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> str:
        host = headers.get("host", "")
        if not self._mine(host):
            return f"This studio does not answer to the name {host[:80]!r}."
        if scope["type"] != "websocket" and scope.get("method") in _SAFE:
            return ""
        origin = headers.get("origin")
        if origin is not None and not _same_origin(origin, host, scope):
            return f"A page of {origin[:80]} may not use this studio."
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return "A page of another site may not use this studio."
        return ""

    def _mine(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._addresses and _is_address(name))


def _same_origin(origin: str, host: str, scope: Scope) -> bool:
    """The same host and port; and where this studio is encrypted, so must the page be."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.netloc == host and (parts.scheme == "https" or scope["scheme"] not in ("https", "wss"))


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
