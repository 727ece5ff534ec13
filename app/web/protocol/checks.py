"""The consistency checks: a row of lights, the gate of Start, the verdict on the last take."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from app.checks.models import Level
from app.checks.verdict import Colour
from app.web.protocol.base import Command, Finite, Model, Name


class NumberState(Model):
    """A number behind a finding: `unit` may be "" (a count or a ratio)."""

    name: str
    label: str
    value: float
    unit: str


class FindingState(Model):
    """What one check says. `key` is what a snooze names; `subject` the camera or joint, "" for the whole.

    `hard`: on fail it disables Start; a soft one (warn) may be snoozed. `unsure` is not the same as well.
    """

    key: str
    check: str
    label: str
    level: Level
    text: str
    todo: str
    numbers: list[NumberState]
    subject: str
    hard: bool
    snoozed: bool


class LightState(Model):
    """One light of the row: its worst finding's level, sentence and remedy; all of its findings behind a fold.

    Snoozed findings do not raise the level; `snoozed` counts them.
    """

    key: str
    label: str
    level: Level
    text: str
    todo: str
    subject: str
    snoozed: int
    findings: list[FindingState]


class VerdictState(Model):
    """What the last take is worth, said before it is decided; `reasons` first, the worst first, [] when green."""

    uuid: str
    colour: Colour
    reasons: list[str]
    findings: list[FindingState]


class OverrideState(Model):
    """A lead lets takes start in spite of failed checks: recorded with each of them until it is lifted."""

    reason: str
    by: str


class ReferenceState(Model):
    """ "This is how it should look". `made_at` is ISO time, "" while there is none.

    `blocked` says why one cannot be captured now ("" when it can); `steps` is what the operator does before.
    `automatic`: the rig can clear its table itself (the simulator).
    """

    present: bool
    made_at: str
    cameras: list[str]
    capturing: bool
    automatic: bool
    blocked: str
    steps: str


class DisturbanceState(Model):
    """Simulator: something put wrong on request; `amount` in `unit`."""

    name: str
    amount: float
    unit: str


class ChecksState(Model):
    """Everything the checks say now.

    `blocked` is why Start is disabled by a failed hard check ("" when it is not, or when `override` lifts it).
    `during` are the findings of the running take that are not ok; `verdict` is about the take that waits for a
    decision, or the last one decided. `cost_percent` is the checks' share of one core over the last seconds.
    """

    lights: list[LightState]
    blocked: str
    warnings: int
    override: OverrideState | None
    during: list[FindingState]
    verdict: VerdictState | None
    reference: ReferenceState
    cost_percent: float | None
    disturbances: list[DisturbanceState]


# ---- commands -----------------------------------------------------------------------------------


class ChecksSnooze(Command):
    """Put a soft finding aside for the session (or, with `on` false, take it up again); recorded with every take."""

    type: Literal["checks.snooze"]
    key: Name
    on: bool = True


class ChecksOverride(Command):
    """A lead lets takes start in spite of hard failures, with a reason that is recorded; "" lifts it."""

    type: Literal["checks.override"]
    reason: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]


class ReferenceCapture(Command):
    """ "This is how it should look": the empty table, the mug in place, the arm in its start pose.

    A rig that can clear its table itself does so first and puts the object back after.
    """

    type: Literal["reference.capture"]


class Disturb(Command):
    """Simulator: put something wrong by that much, as in nudge.top 1 (degree); 0 mends it, `clear` mends all."""

    type: Literal["disturb"]
    name: Name
    amount: Finite = 0.0
