"""Errors that a person can act on: what happened, to what, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping


class StudioError(Exception):
    """The base of every error a room raises on purpose.

    `code` is stable and machine-readable (`lease_held`), `message` says what
    happened and to what, `todo` what to do next; `fields` carries the values.
    Rooms never know an HTTP status: `web/serving/errors.py` maps codes to it.
    """

    code = "error"

    def __init__(self, message: str, *, todo: str = "", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo
        self.fields: Mapping[str, object] = fields

    def __str__(self) -> str:
        return f"{self.message} {self.todo}".strip()


class NotFound(StudioError):
    code = "not_found"


class Invalid(StudioError):
    code = "invalid"


class Conflict(StudioError):
    code = "conflict"


class NotReady(StudioError):
    code = "not_ready"


class Refused(StudioError):
    code = "refused"
