"""Why a policy is not put on the arm."""

from __future__ import annotations

from app.core.errors import Conflict


class NotStartable(Conflict):
    """The policy cannot be put on the arm now."""

    code = "not_startable"


class NeedsYes(Conflict):
    """Feasibility is red, and nobody said yes to that."""

    code = "needs_yes"
