"""What can be wrong with an account or with signing in."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid, NotFound, StudioError


class BadAccount(Invalid):
    """A name, a role or a password that is not taken."""

    code = "bad_account"


class NoAccount(NotFound):
    code = "no_account"


class LastAdmin(Conflict):
    """Somebody must be left who can manage accounts."""

    code = "last_admin"


class WrongPassword(StudioError):
    """Name or password is wrong; which of the two is not told."""

    code = "wrong_password"


class WrongCode(StudioError):
    code = "wrong_code"


class NotAllowed(StudioError):
    """The role does not reach."""

    code = "not_allowed"


class TooOften(StudioError):
    """Tried too often; `wait_s` is how long to wait."""

    code = "too_often"
