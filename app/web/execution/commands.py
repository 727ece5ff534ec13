"""Carries out what people ask of a policy on the arm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from app.control.client import require_ok
from app.control.models import Rank
from app.core.errors import Invalid
from app.core.identity import Identity
from app.policies.delay import PRESETS, Delay
from app.web import protocol as p
from app.web.access.within import refuse_outside
from app.web.execution.models import RunChoice

if TYPE_CHECKING:
    from app.web.studio import Studio

PolicyCommand = (
    p.PolicyOpen
    | p.PolicyClose
    | p.PolicyMeasure
    | p.PolicyChoose
    | p.PolicyStart
    | p.PolicyPause
    | p.PolicyResume
    | p.PolicyTakeOver
    | p.PolicyPush
    | p.PolicyHandBack
    | p.PolicyMark
    | p.PolicyFinish
    | p.PolicyStop
)
_STRATEGY = ("mode", "execute", "threshold", "aggregation", "coefficient", "horizon", "schedule")


async def carry_out(studio: Studio, command: PolicyCommand, who: Identity) -> str:
    """Do it; a sentence for the reply, mostly ""."""
    deployment = studio.deployment
    match command:
        case p.PolicyOpen():
            refuse_outside(studio, command.policy)
            await deployment.open(command.policy)
        case p.PolicyClose():
            await deployment.close()
        case p.PolicyMeasure():
            deployment.measure()
        case p.PolicyChoose():
            deployment.choose(chosen(deployment.choice, command))
        case p.PolicyStart():
            await deployment.start(who, accept_red=command.accept_red, record=command.record)
        case p.PolicyPause():
            await deployment.pause()
        case p.PolicyResume() | p.PolicyHandBack():
            await deployment.resume(who)
        case p.PolicyTakeOver():
            return await _take_over(studio, command, who)
        case p.PolicyPush():
            studio.drivers.inputs[who.client] = command.input
            label = _label(studio, command.label, command.input, who)
            studio.require_rig().push(who.client, label, command.push)
        case p.PolicyMark() | p.PolicyFinish() | p.PolicyStop():
            return await _end(studio, command, who)
        case _:
            assert_never(command)
    return ""


async def _end(studio: Studio, command: p.PolicyMark | p.PolicyFinish | p.PolicyStop, who: Identity) -> str:
    deployment = studio.deployment
    match command:
        case p.PolicyMark(open=True):
            await deployment.takes.begin()
            return ""
        case p.PolicyMark():
            return await deployment.takes.save(_word(command.outcome), command.cause)
        case p.PolicyFinish():
            return await deployment.finish(who, _word(command.outcome), command.cause)
        case p.PolicyStop():
            await deployment.stop(f"Stopped by {studio.name_of(who)}.")
            return ""
        case _:
            assert_never(command)


async def _take_over(studio: Studio, command: p.PolicyTakeOver, who: Identity) -> str:
    """As taking the lease: a program gives way at once, a person is asked."""
    studio.drivers.inputs[who.client] = command.input
    label = _label(studio, command.label, command.input, who)
    reply = await studio.require_rig().acquire(who.client, Rank.person, label)
    require_ok(reply)
    if reply.code == "granted":
        await studio.lease_known(int(reply.values["epoch"]))
    return reply.text


def _label(studio: Studio, said: str, by: str, who: Identity) -> str:
    """Where people sign in it is the account's name, and nobody else's."""
    return f"{who.user} ({by or 'browser'})" if studio.access.sign_in else said


def chosen(before: RunChoice, command: p.PolicyChoose) -> RunChoice:
    """`before` with what the command changes. Raises Invalid for a preset that is not there."""
    changes = {name: getattr(command, name) for name in _STRATEGY if getattr(command, name) is not None}
    choice = replace(before, strategy=replace(before.strategy, **changes), delay=_delay(before.delay, command))
    for name in ("fallback", "task", "dataset", "cut_off_s"):
        value = getattr(command, name)
        if value is not None:
            choice = replace(choice, **{name: value})
    return choice


def _delay(before: Delay, command: p.PolicyChoose) -> Delay:
    if command.delay is not None:
        if command.delay and command.delay not in PRESETS:
            raise Invalid(f"There is no preset {command.delay!r}.", todo=f"Choose one of {', '.join(PRESETS)}.")
        return PRESETS[command.delay] if command.delay else Delay()
    label = before.name if command.delay_label is None else command.delay_label
    if command.stages_s is not None:
        return Delay(label, stages_s=dict(command.stages_s))
    if command.delay_s is not None:
        return Delay(label, command.delay_s)
    return replace(before, name=label)


def _word(outcome: object) -> str:
    return str(outcome) if outcome is not None else ""
