"""What stops a set-up, in words."""

from __future__ import annotations

from app.core.errors import Conflict, StudioError


class SetupFault(StudioError):
    """A servo, a port or a camera did not do what a step of the set-up needs."""

    code = "setup_fault"


class Halted(Conflict):
    """The emergency stop ended a motion, or is latched."""

    code = "stopped"


class NotNow(Conflict):
    """A step that cannot be taken yet, or not while the arm is in use."""

    code = "not_now"
