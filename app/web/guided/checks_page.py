"""The section `checks` of the protocol, made from what the checks say."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from app.checks.judge import TakeJudge
from app.checks.lights import Light, is_hard, label_of, lights, numbers_of
from app.checks.models import Finding
from app.web.guided.reference_capture import STEPS
from app.web.protocol import (
    ChecksState,
    DisturbanceState,
    FindingState,
    LightState,
    NumberState,
    OverrideState,
    ReferenceState,
    VerdictState,
)

if TYPE_CHECKING:
    from app.web.guided.guided import Guided

_UNITS = {"nudge": "°", "blur": "px", "light": "%", "colour": "K", "slow": "s"}


def checks_page(guided: Guided) -> ChecksState:
    """The row of lights, the gate, the running take's troubles and the last verdict."""
    keeper = guided.before.gatekeeper
    gate, snoozed = keeper.gate, keeper.snoozed
    gated = guided.guide is not None
    override = keeper.override
    judge = guided.testimony.judge
    return ChecksState(
        lights=[_light(light, snoozed) for light in lights(keeper.findings, snoozed=snoozed)],
        blocked=gate.reason if gated else "",
        warnings=len(gate.warnings),
        override=OverrideState(reason=override.reason, by=override.by) if override else None,
        during=[_finding(found, snoozed) for found in judge.trouble()] if judge and guided.testimony.running else [],
        verdict=_verdict(judge, snoozed) if judge else None,
        reference=_reference(guided),
        cost_percent=None if guided.cost_percent is None else round(guided.cost_percent, 2),
        disturbances=[
            DisturbanceState(name=name, amount=amount, unit=_UNITS.get(name.partition(".")[0], ""))
            for name, amount in sorted(guided.disturbances.items())
        ],
    )


def _light(light: Light, snoozed: Collection[str]) -> LightState:
    return LightState(
        key=light.key,
        label=light.label,
        level=light.level,
        text=light.worst.text,
        todo=light.worst.todo,
        subject=light.subject,
        snoozed=sum(finding.key in snoozed for finding in light.findings),
        findings=[_finding(finding, snoozed) for finding in light.findings],
    )


def _finding(finding: Finding, snoozed: Collection[str]) -> FindingState:
    return FindingState(
        key=finding.key,
        check=str(finding.check),
        label=label_of(finding),
        level=finding.level,
        text=finding.text,
        todo=finding.todo,
        numbers=[
            NumberState(name=name, label=label, value=value, unit=unit)
            for name, label, value, unit in numbers_of(finding)
        ],
        subject=finding.subject,
        hard=is_hard(finding),
        snoozed=finding.key in snoozed,
    )


def _verdict(judge: TakeJudge, snoozed: Collection[str]) -> VerdictState | None:
    said = judge.verdict
    if said is None:
        return None
    return VerdictState(
        uuid=judge.uuid,
        colour=said.colour,
        reasons=list(said.reasons),
        findings=[_finding(finding, snoozed) for finding in said.findings],
    )


def _reference(guided: Guided) -> ReferenceState:
    reference = guided.loaded.reference
    return ReferenceState(
        present=reference is not None,
        made_at=reference.made_at if reference else "",
        cameras=sorted(reference.cameras) if reference else [],
        capturing=guided.capture.running,
        automatic=guided.workplace.simulated,
        blocked=guided.capture.blocked(guided),
        steps="" if guided.workplace.simulated else STEPS,
    )
