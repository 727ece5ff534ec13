"""Why control refuses."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid, NotFound, NotReady, Refused


class LeaseHeld(Conflict):
    """Somebody else moves the arm, and the asker does not rank above them."""

    code = "lease_held"


class LeaseLost(Conflict):
    """The epoch that a request names is not the holder's any more."""

    code = "lease_lost"


class Stopped(Conflict):
    """The emergency stop is latched."""

    code = "stopped"


class MayNotReset(Refused):
    """A program may never undo an emergency stop."""

    code = "may_not_reset"


class BadCommand(Invalid):
    """A command that no arm of this kind can follow."""

    code = "bad_command"


class NoDemonstrator(NotFound):
    """This rig has no scripted demonstrator."""

    code = "no_demonstrator"


class NoWorkcell(NotFound):
    """This rig cannot do that to its scene."""

    code = "no_workcell"


class RigRefused(Conflict):
    """The rig answered no; its sentence says why."""

    code = "rig_refused"


class RigAway(NotReady):
    """The rig process does not answer."""

    code = "rig_away"


class NoLeader(NotFound):
    """This rig has no leader arm."""

    code = "no_leader"


class LeaderHeld(Conflict):
    """A leader arm that is driven to the follower does not get there."""

    code = "leader_held"


class NoPolicy(NotReady):
    """No policy's process is attached to the rig."""

    code = "no_policy"


class NoRun(Conflict):
    """There is no such run of a policy, or it is not where that can be asked of it."""

    code = "no_run"


class ChunkRefused(Invalid):
    """A policy answered with what may not be executed."""

    code = "chunk_refused"
