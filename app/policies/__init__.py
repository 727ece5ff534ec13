"""The policy protocol, chunk queues and their strategies, and the one trial loop that all scoring shares."""

from app.policies.continuation import Continuation
from app.policies.delay import PRESETS, Delay
from app.policies.errors import (
    ObservationInvalid,
    PolicyMismatch,
    PolicyNotReady,
    PolicyOutputInvalid,
    PolicyUnreadable,
)
from app.policies.opening import open_policy
from app.policies.protocol import (
    Chunk,
    Policy,
    PolicyCamera,
    PolicyInfo,
    PolicyJoint,
    PolicyObservation,
    checked,
    require_observation,
    require_rig,
)

__all__ = [
    "PRESETS",
    "Chunk",
    "Continuation",
    "Delay",
    "ObservationInvalid",
    "Policy",
    "PolicyCamera",
    "PolicyInfo",
    "PolicyJoint",
    "PolicyMismatch",
    "PolicyNotReady",
    "PolicyObservation",
    "PolicyOutputInvalid",
    "PolicyUnreadable",
    "checked",
    "open_policy",
    "require_observation",
    "require_rig",
]
