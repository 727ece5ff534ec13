"""No cross-site request or socket, no DNS rebinding: Host and Origin must be this studio's own."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.errors import problem

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SAFE = {"GET", "HEAD", "OPTIONS"}


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
