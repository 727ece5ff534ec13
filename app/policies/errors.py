"""What can be wrong with a policy, each with what to do next."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid, NotReady, StudioError


class PolicyUnreadable(Invalid):
    """The folder holds no policy that can be opened here."""

    code = "policy_unreadable"


class PolicyMismatch(Conflict):
    """The policy was made for another arm, other cameras or another rate."""

    code = "policy_mismatch"


class PolicyOutputInvalid(StudioError):
    """The policy answered with something that may not be executed."""

    code = "policy_output_invalid"


class ObservationInvalid(Invalid):
    """The observation is not what the policy takes."""

    code = "observation_invalid"


class PolicyNotReady(NotReady):
    """What runs this policy is not installed."""

    code = "policy_not_ready"
