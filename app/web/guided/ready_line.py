"""The checks' line in the readiness panel; it closes Start only where a plan asks for takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from app.checks.gatekeeper import Gatekeeper
from app.core.clock import NS_PER_S
from app.web.protocol import ReadyItem

if TYPE_CHECKING:
    from app.web.guided.guided import Guided

BLIND_S = 15.0  # the watcher looks twice a second


def ready_line(guided: Guided, *, practice: bool, now_ns: int) -> ReadyItem:
    """The first of what stands in the way, in words; else what is only said, else that all is in order."""
    if guided.capture.running:
        return _line("block", "the reference is being captured", "Wait a moment.")
    if problem := guided.loaded.problem:
        return _line("block", problem.rstrip("."), "See the plan page.", label="Plan")
    if guided.guide is None or practice:
        return _line("ok", "no plan: nothing is compared" if guided.guide is None else "practice: nothing is gated")
    if guided.sight is None:
        return _line("block", "looking", "Wait a moment.")
    blind_s = (now_ns - guided.sight.moment_ns) / NS_PER_S
    if blind_s > BLIND_S:
        return _line("block", f"nothing was looked at for {blind_s:.0f} s", "See the studio's log, then restart it.")
    return _of_the_gate(guided.before.gatekeeper)


def _of_the_gate(keeper: Gatekeeper) -> ReadyItem:
    gate = keeper.gate
    if not gate.open:
        first = gate.blocked[0]
        return _line("block", first.text.rstrip("."), first.todo)
    if gate.warnings:
        first = gate.warnings[0]
        return _line("warn", first.text.rstrip("."), first.todo)
    return _line("ok", f"overridden: {gate.override}" if gate.blocked else "all in order")


def _line(level: Literal["ok", "warn", "block"], text: str, todo: str = "", *, label: str = "Checks") -> ReadyItem:
    return ReadyItem(key="checks", label=label, level=level, text=text, todo=todo)
