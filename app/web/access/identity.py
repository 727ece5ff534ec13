"""Who is asking, from the request. Without sign-in everybody on loopback is the same local user."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from app.accounts import Kind, Session
from app.core.errors import Invalid
from app.core.identity import Identity, Role

_CLIENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PERSON = "understudy.person"


class BadClient(Invalid):
    code = "bad_client"


@dataclass(frozen=True)
class Person:
    """Who sent a request, as the door found out: the local user, a session's account, or a stranger."""

    user: str
    role: Role
    session: Session | None = None
    csrf: str = ""

    @property
    def signed_in(self) -> bool:
        return self.session is not None

    @property
    def label(self) -> str:
        """How a page greets: the name, and on what."""
        tablet = self.session is not None and self.session.kind is Kind.tablet
        return f"{self.user}, {self.session.label or 'tablet'}" if tablet and self.session else self.user


LOCAL = Person("local", Role.admin)
STRANGER = Person("nobody", Role.viewer)


def person_of(connection: HTTPConnection) -> Person:
    return connection.scope.get(_PERSON, LOCAL)


def set_person(scope: dict, person: Person) -> None:  # type: ignore[type-arg]
    scope[_PERSON] = person


def identity_of(connection: HTTPConnection) -> Identity:
    """The identity of a request; the client is named by `?client=` or the `X-Client` header.

    Where people sign in, a client belongs to its account: nobody takes over the lease of another by its name.
    """
    client = connection.query_params.get("client") or connection.headers.get("x-client") or "program"
    if not _CLIENT.fullmatch(client):
        raise BadClient(
            "The client name may hold letters, digits, - and _ only, 64 at most.", todo="Choose another name."
        )
    person = person_of(connection)
    own = f"{person.user}.{client}" if person.signed_in or person is STRANGER else client
    return Identity(person.user, person.role, own)


def address_of(connection: HTTPConnection) -> str:
    """The peer's address, for the log and for how often it may try."""
    return connection.client.host if connection.client else "unknown"
