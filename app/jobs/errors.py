"""What can go wrong with a job, each with what to do next."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid, NotFound, NotReady


class JobNotFound(NotFound):
    code = "job_not_found"


class JobEnded(Conflict):
    """It can no longer be cancelled."""

    code = "job_ended"


class JobRefused(Conflict):
    """It makes no sense now; the sentence says why."""

    code = "job_refused"


class JobInvalid(Invalid):
    """The kind is unknown, or the arguments are not the kind's."""

    code = "job_invalid"


class LeRobotMissing(NotReady):
    """The job's engine is the LeRobot extra, which is not installed."""

    code = "lerobot_missing"


class JobCancelled(BaseException):
    """Raised in the job's main thread when it is asked to end, so that its clean-up runs; past `except Exception`."""
