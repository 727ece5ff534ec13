"""Counts what was answered, for `/metrics`."""

from __future__ import annotations

import time
from collections import Counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINE = "understudy.line"


class Traffic:
    """Counts what was answered, by the line of the table of rights and the status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.answers: Counter[tuple[str, str]] = Counter()
        self.seconds: Counter[str] = Counter()
        self.sockets: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            scope["app"].state.traffic = self
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, begun = "none", time.monotonic()

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            line = scope.get(LINE, "refused")
            self.answers[line, status] += 1
            self.seconds[line] += time.monotonic() - begun  # type: ignore[assignment]

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["path"] in ("/ws/studio", "/ws/live") else "other"
        self.sockets[path] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.sockets[path] -= 1
