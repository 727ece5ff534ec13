"""The door: finds out who asks and whether they may, before anything of the request is read."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from fastapi.routing import iter_route_contexts
from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, WebSocketRoute, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.accounts import Access, Event
from app.core.identity import Role
from app.web.access.identity import LOCAL, STRANGER, Person, address_of, set_person
from app.web.access.rights import OPEN, ROUTES, Right
from app.web.serving.errors import Page, problem
from app.web.serving.traffic import LINE

COOKIE = "understudy_session"
LOOK_AGAIN_S = 1.0
MOST_SOCKETS = 128
SIGNED_OUT = 4401
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Rules:
    """Which line of the table a request falls under. Where two lines fit, the stricter one counts."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._lines = [(key.split(" ", 1)[0], compile_path(key.split(" ", 1)[1])[0], key) for key in lines_of(routes)]

    def fitting(self, method: str, path: str) -> list[str]:
        """The lines that may answer, the first of them where the app looks first."""
        fitting = [key for verb, pattern, key in self._lines if verb == method and pattern.match(path)]
        return [*fitting, "MOUNT /static"] if path.startswith("/static/") else fitting

    def right(self, method: str, path: str) -> Right | None:
        """What is needed; None where it is open to everybody, `look` where nothing is there to be found."""
        fitting = self.fitting(method, path)
        needed = [ROUTES.get(key, Right.accounts) for key in fitting if key not in OPEN]
        if needed:
            return max(needed, key=lambda right: list(Role).index(right.least))
        return None if fitting else Right.look


def lines_of(routes: Iterable[BaseRoute]) -> list[str]:
    """Every route of the app as the table names it: "GET /api/studio", "WS /ws/live", "MOUNT /static"."""
    found = []
    for one in iter_route_contexts(list(routes)):
        kind = one.original_route
        if isinstance(kind, Mount):
            found.append(f"MOUNT {one.path}")
        elif isinstance(kind, WebSocketRoute):
            found.append(f"WS {one.path}")
        else:
            found += [f"{method} {one.path}" for method in sorted(one.methods or ())]
    return found


class Door:
    """ASGI middleware around everything. Errors are problem details; a person gets a page."""

    def __init__(self, app: ASGIApp, access: Access, routes: Callable[[], Iterable[BaseRoute]], page: Page) -> None:
        self._app = app
        self._access = access
        self._routes = routes
        self._page = page
        self._rules: Rules | None = None
        self._sockets = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        person = self._person(HTTPConnection(scope)) if self._access.sign_in else LOCAL
        set_person(scope, person)  # type: ignore[arg-type]
        if scope["type"] == "http":
            scope[LINE] = next(iter(self._rules_now.fitting(scope["method"], scope["path"])), "nothing")
            refusal = self._refusal(Request(scope, receive), person) if self._access.sign_in else None
            await (refusal(scope, receive, send) if refusal else self._http(scope, receive, send, person))
        elif self._access.sign_in and not self._may(person, "WS", scope["path"]):
            await send({"type": "websocket.close", "code": SIGNED_OUT, "reason": "Sign in first."})
        elif self._sockets >= MOST_SOCKETS:
            await send({"type": "websocket.close", "code": 4429, "reason": "Too many pages are open."})
        else:
            await self._socket(scope, receive, send, person)

    def _person(self, connection: HTTPConnection) -> Person:
        kind, _, bearer = connection.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and bearer:
            session = self._access.session(bearer.strip())
            return Person(session.account, session.role, session) if session else STRANGER
        token = cookie_of(connection.headers)
        session = self._access.session(token)
        return Person(session.account, session.role, session, csrf_of(token)) if session else STRANGER

    def _may(self, person: Person, method: str, path: str) -> bool:
        right = self._right(method, path)
        return right is None or (person.signed_in and right.given_to(person.role))

    def _right(self, method: str, path: str) -> Right | None:
        return self._rules_now.right(method, path)

    @property
    def _rules_now(self) -> Rules:
        if self._rules is None:
            self._rules = Rules(self._routes())
        return self._rules

    def _refusal(self, request: Request, person: Person) -> Response | None:
        """Why not, as an answer; None where the request may pass."""
        right = self._right(request.method, request.url.path)
        if right is None:
            return None
        if not person.signed_in:
            return self._sign_in_first(request)
        if not right.given_to(person.role):
            self._access.note(_event(request, person, "refused"))
            return self._answer(request, 403, "not_allowed", right.refusal(person.role), "You may look at the rest.")
        if request.method not in _SAFE and person.csrf and not _same(request.headers.get("x-csrf-token"), person.csrf):
            return problem(403, "csrf", "The page's key is missing or old.", todo="Load the page again.")
        return None

    def _sign_in_first(self, request: Request) -> Response:
        if _wants_page(request) and request.method in _SAFE:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/login?next={quote(request.url.path + query, safe='')}", 303)
        answer = problem(401, "not_signed_in", "Nobody is signed in.", todo="Sign in at /login.")
        answer.headers["WWW-Authenticate"] = 'Bearer realm="understudy"'
        return answer

    def _answer(self, request: Request, status: int, code: str, title: str, todo: str) -> Response:
        if _wants_page(request):
            return self._page(request, status, title, todo)
        return problem(status, code, title, todo=todo)

    async def _http(self, scope: Scope, receive: Receive, send: Send, person: Person) -> None:
        """Carry it out; a change is written down with how it ended."""
        request = Request(scope)
        right = self._right(request.method, request.url.path)
        if request.method in _SAFE or right in (None, Right.look):
            await self._app(scope, receive, send)
            return
        outcome = "failed"

        async def told(message: Message) -> None:
            nonlocal outcome
            if message["type"] == "http.response.start":
                status = message["status"]
                outcome = "done" if status < 400 else "refused" if status < 500 else "failed"
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            self._access.note(_event(request, person, outcome))

    async def _socket(self, scope: Scope, receive: Receive, send: Send, person: Person) -> None:
        """A socket lives no longer than its session, and no longer than its role."""
        over = False

        async def heard() -> Message:
            message = await receive()
            return {"type": "websocket.disconnect", "code": SIGNED_OUT} if over else message

        async def told(message: Message) -> None:
            if not over:
                await send(message)

        async def watch() -> None:
            nonlocal over
            while self._still(person):  # noqa: ASYNC110 - another process may end the session, too
                await asyncio.sleep(LOOK_AGAIN_S)
            over = True
            with contextlib.suppress(RuntimeError):
                await send({"type": "websocket.close", "code": SIGNED_OUT, "reason": "Signed out."})

        self._sockets += 1
        watching = asyncio.create_task(watch(), name="door-watch") if person.signed_in else None
        try:
            await self._app(scope, heard, told)
        finally:
            self._sockets -= 1
            if watching is not None:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching

    def _still(self, person: Person) -> bool:
        assert person.session is not None
        session = self._access.accounts.session(person.session.digest)
        if session is None or session.role is not person.role:
            return False
        self._access.accounts.touch(session)
        return True


def cookie_of(headers: Mapping[str, str]) -> str:
    """The session's token from the Cookie header, "" without one."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def csrf_of(token: str) -> str:
    """What a page of this session sends with every change; it does not give the token away."""
    return hashlib.sha256(f"csrf:{token}".encode()).hexdigest()[:32]


def _same(given: str | None, expected: str) -> bool:
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), expected.encode())


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api")


def _event(request: Request, person: Person, outcome: str) -> Event:
    what = f"{request.method} {request.url.path}"[:200]
    return Event(person.user, person.role.value, what, outcome, address=address_of(request))
