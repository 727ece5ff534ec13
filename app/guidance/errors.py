"""What can be wrong with a plan or a table calibration, in words."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import Invalid, NotFound, Refused


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a plan: `where` names the field or cluster, `text` says it, `todo` mends it."""

    where: str
    text: str
    todo: str


class PlanInvalid(Invalid):
    """A plan that must not be recorded to; `problems` lists everything that is wrong, not only the first."""

    code = "plan_invalid"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(
            f"{first.text}{more}",
            todo=first.todo,
            problems=[{"where": p.where, "text": p.text, "todo": p.todo} for p in problems],
        )
        self.problems = problems


class UnknownCluster(NotFound):
    code = "unknown_cluster"


class CalibrationRefused(Refused):
    """The points do not describe a table seen by a camera well enough to trust."""

    code = "calibration_refused"
