"""Who is asking, from the request; everybody on loopback is the same local user."""

from __future__ import annotations

import re

from starlette.requests import HTTPConnection

from app.core.errors import Invalid
from app.core.identity import Identity

_CLIENT = re.compile(r"[A-Za-z0-9_-]{1,64}")


class BadClient(Invalid):
    code = "bad_client"


def identity_of(connection: HTTPConnection) -> Identity:
    """The identity of a request; the client is named by `?client=` or the `X-Client` header."""
    client = connection.query_params.get("client") or connection.headers.get("x-client") or "program"
    if not _CLIENT.fullmatch(client):
        raise BadClient(
            "The client name may hold letters, digits, - and _ only, 64 at most.", todo="Choose another name."
        )
    return Identity.local(client)
