"""Carries out what people ask of guidance and checks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, assert_never

from app.core.errors import Conflict, Invalid, Refused
from app.core.identity import Identity, Role
from app.devices import Start
from app.guidance.by_hand import laid_by_hand
from app.guidance.checklist import CHECKLIST
from app.guidance.guide import Guide
from app.recording import Phase
from app.web import protocol as p
from app.web.guided.guidance_page import place_for_me_blocked

if TYPE_CHECKING:
    from app.web.studio import Studio

SETTLE_NS = 100_000_000  # a laid object comes to rest before it is looked for

GuidedCommand = (
    p.PlanDefault
    | p.TargetSkip
    | p.TargetBack
    | p.TargetPin
    | p.TargetPrioritise
    | p.TargetWord
    | p.PlaceForMe
    | p.HandsFree
    | p.HomeAfterStop
    | p.ChecklistAnswer
    | p.ChecksSnooze
    | p.ChecksOverride
    | p.ReferenceCapture
    | p.Disturb
)


class NotGuided(Conflict):
    """There is no plan to follow."""

    code = "not_guided"


class NeedsLead(Refused):
    code = "needs_lead"


async def carry_out(studio: Studio, command: GuidedCommand, who: Identity) -> str:
    """Do it; a sentence for the reply, mostly ""."""
    match command:
        case p.TargetSkip() | p.TargetBack() | p.TargetPin() | p.TargetPrioritise() | p.TargetWord():
            await _of_the_queue(studio, command, who)
        case p.PlanDefault() | p.PlaceForMe() | p.ReferenceCapture() | p.Disturb():
            await _of_the_scene(studio, command, who)
        case p.HandsFree() | p.HomeAfterStop() | p.ChecklistAnswer():
            _setting(studio, command)
        case p.ChecksSnooze() | p.ChecksOverride():
            _of_the_gate(studio, command, who)
        case _:
            assert_never(command)
    for section in ("guidance", "checks", "ready", "recorder"):
        studio.changed(section)
    return ""


async def _of_the_queue(
    studio: Studio,
    command: p.TargetSkip | p.TargetBack | p.TargetPin | p.TargetPrioritise | p.TargetWord,
    who: Identity,
) -> None:
    """The queue stands still while a take is under way: its target is what is being recorded."""
    await studio.guided.settled()
    guide = _guide(studio)
    if studio.recorder.phase is not Phase.idle:
        raise Conflict("A take is under way.", todo="Save or discard it first.")
    match command:
        case p.TargetSkip():
            guide.skip()
        case p.TargetBack():
            guide.back()
        case p.TargetPin():
            guide.pin(command.cluster)
        case p.TargetPrioritise():
            _require_lead(who, "put clusters first")
            guide.put_first(command.clusters)
        case p.TargetWord():
            guide.word(command.at_mark)
            if guide.word_given:
                await studio.guided.capture.learn_object(studio.guided)


async def _of_the_scene(
    studio: Studio, command: p.PlanDefault | p.PlaceForMe | p.ReferenceCapture | p.Disturb, who: Identity
) -> None:
    guided = studio.guided
    match command:
        case p.PlanDefault():
            setup = studio.recorder.setup
            await asyncio.to_thread(guided.planning.save_default, setup.dataset, setup.task)
            await guided.settled()
        case p.PlaceForMe():
            await _place_for_me(studio, who)
        case p.ReferenceCapture():
            if guided.workplace.simulated:
                await guided.capture.simulated(guided, who.client)
            else:
                await guided.capture.by_operator(guided)
            await guided.settled()
        case p.Disturb():
            await studio.scene.disturb(command.name, command.amount)


async def _place_for_me(studio: Studio, who: Identity) -> None:
    """As a person would: near the mark, and the arm back home; a recovery's whole start state at once."""
    guided = studio.guided
    await guided.settled()
    guide = _guide(studio)
    if reason := place_for_me_blocked(studio, guided):
        raise Conflict(reason, todo="Try again when it is over.")
    target = guide.target
    assert target is not None  # else it is blocked
    await guided.homing.cancel()
    if target.start is not Start.nominal:
        await studio.scene.place(target.placement, target.start, who.client)
    else:
        attempt = guided.attempts.get(target.key, 0)
        guided.attempts[target.key] = attempt + 1
        await studio.scene.place(laid_by_hand(target, guide.plan.seed, attempt), None, who.client)
        if not studio.at_start_pose:
            guided.homing.begin()
    guided.hands_free.steady.begin_anew()
    guide.truth(await studio.scene.truth(), studio.scene.start)
    await guided.seen_after(studio.clock.monotonic_ns() + SETTLE_NS)


def _setting(studio: Studio, command: p.HandsFree | p.HomeAfterStop | p.ChecklistAnswer) -> None:
    guided = studio.guided
    match command:
        case p.HandsFree():
            guided.hands_free.switch(command.on)
        case p.HomeAfterStop():
            guided.home_after_stop = command.on
        case p.ChecklistAnswer():
            if command.key not in {item.key for item in CHECKLIST}:
                raise Invalid(f"The checklist has no line {command.key!r}.", todo="Use the key of one of its lines.")
            if command.answer is None:
                guided.answers.pop(command.key, None)
            else:
                guided.answers[command.key] = command.answer


def _of_the_gate(studio: Studio, command: p.ChecksSnooze | p.ChecksOverride, who: Identity) -> None:
    keeper = studio.guided.before.gatekeeper
    match command:
        case p.ChecksSnooze():
            keeper.snooze(command.key, command.on)
        case p.ChecksOverride():
            _require_lead(who, "override a check")
            keeper.overrule(command.reason, who.user)


def _guide(studio: Studio) -> Guide:
    if studio.guided.guide is None:
        raise NotGuided(studio.guided.off, todo="Give the dataset a plan first.")
    return studio.guided.guide


def _require_lead(who: Identity, what: str) -> None:
    if who.role not in (Role.lead, Role.admin):
        raise NeedsLead(f"Only a lead may {what}.", todo="Ask your team lead.")
