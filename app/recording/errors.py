"""What recording refuses, in words."""

from __future__ import annotations

from app.core.errors import Conflict


class IllegalMove(Conflict):
    """A move the current phase does not allow."""

    code = "illegal_move"


class CannotStart(Conflict):
    """A take cannot start now; the message is the reason, `todo` what mends it."""

    code = "cannot_start"
