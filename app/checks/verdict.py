"""The plain verdict on a take, and whether a new one may start: reasons first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.checks.models import Check, Finding, Level, by_badness, worst


class Colour(StrEnum):
    green = "green"
    amber = "amber"
    red = "red"


@dataclass(frozen=True)
class Verdict:
    """`reasons` are sentences, worst first, empty when green; the operator decides. `findings` are behind the fold."""

    colour: Colour
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]


def verdict(findings: Iterable[Finding]) -> Verdict:
    """Green, amber or red over all findings of before, during and after; "unsure" alone stays green."""
    ordered = by_badness(findings)
    colour = {Level.fail: Colour.red, Level.warn: Colour.amber}.get(worst(ordered), Colour.green)
    reasons = tuple(finding.text for finding in ordered if finding.level in (Level.warn, Level.fail))
    return Verdict(colour, reasons, tuple(ordered))


@dataclass(frozen=True)
class Gate:
    """Whether Start is enabled. `blocked` are hard failures, `warnings` soft ones that nobody snoozed."""

    blocked: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    snoozed: tuple[Finding, ...]
    override: str = ""

    @property
    def open(self) -> bool:
        return not self.blocked or bool(self.override)

    @property
    def reason(self) -> str:
        """The one sentence a disabled Start carries: what is wrong and what to do."""
        if self.open:
            return ""
        first = self.blocked[0]
        return f"{first.text} {first.todo}".strip()


def gate(findings: Iterable[Finding], *, snoozed: Sequence[str] = (), override: str = "") -> Gate:
    """`snoozed` are `Finding.key`s put aside for the session; only soft ones can be. `override` is a lead's reason."""
    ordered = by_badness(findings)
    soft = [finding for finding in ordered if finding.level is Level.warn]
    return Gate(
        blocked=tuple(finding for finding in ordered if finding.level is Level.fail),
        warnings=tuple(finding for finding in soft if finding.key not in snoozed),
        snoozed=tuple(finding for finding in soft if finding.key in snoozed),
        override=override.strip(),
    )


def checks_json(findings: Iterable[Finding], *, snoozed: Sequence[str] = ()) -> str:
    """The `studio/checks` column: level and numbers of every finding by its key, snoozes marked."""
    values = {
        finding.key: {
            "level": str(finding.level),
            "text": finding.text if finding.level is not Level.ok else "",
            "numbers": dict(finding.numbers),
            **({"snoozed": True} if finding.key in snoozed else {}),
        }
        for finding in findings
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def is_known(key: str) -> bool:
    """Whether a key names a check (with or without a subject): for validating what a browser sends."""
    return key.partition(":")[0] in Check
