"""What can go wrong with an evaluation, each with what to do next."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid, NotFound, StudioError


class EvaluationNotFound(NotFound):
    code = "evaluation_not_found"


class EvaluationExists(Conflict):
    code = "evaluation_exists"


class EvaluationInvalid(Invalid):
    """The protocol or an entrant makes no evaluation; the sentence says which and why."""

    code = "evaluation_invalid"


class EvaluationBusy(Conflict):
    """Its trials are being run now."""

    code = "evaluation_busy"


class NotToBeJudged(Conflict):
    """The trial is judged already, or the simulator judges it."""

    code = "not_to_be_judged"


class NoPlan(Conflict):
    """Without a plan nobody knows clusters, so there is nothing to score by."""

    code = "no_plan"


class PipelineNotFound(NotFound):
    code = "pipeline_not_found"


class GateClosed(StudioError):
    """A step of a pipeline ended below what was asked of it."""

    code = "gate_closed"
