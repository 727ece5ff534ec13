"""Why an export was refused, each with what to do next."""

from __future__ import annotations

from app.core.errors import Invalid, NotFound, Refused


class CheckpointUnreadable(NotFound):
    code = "checkpoint_unreadable"


class PolicyUnsupported(Refused):
    """No family here knows this policy, or it has an input that the export does not carry."""

    code = "policy_unsupported"


class ParityBroken(Refused):
    """The exported float32 stages do not give what LeRobot gives: nothing may be built on them."""

    code = "parity_broken"


class PrecisionMismatch(Refused):
    """The operators found in the converted graph are not those that were asked for."""

    code = "precision_mismatch"


class SilentFallback(Refused):
    """The runtime put nodes on another provider than the one asked for."""

    code = "silent_fallback"


class InstructionTruncated(Invalid):
    """A cut instruction costs success without a word: it is an error instead."""

    code = "instruction_truncated"


class LaneUnavailable(Refused):
    code = "lane_unavailable"


class NothingWithinTolerance(Refused):
    code = "nothing_within_tolerance"


class CalibrationTooSmall(Invalid):
    code = "calibration_too_small"
