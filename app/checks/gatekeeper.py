"""Whether a take may start: the findings of now, what was put aside for the session, what a lead takes upon them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.checks.models import Finding, Level
from app.checks.verdict import Gate, gate, is_known
from app.core.errors import Conflict, Invalid


class NotSoft(Conflict):
    """Only a warning can be snoozed."""

    code = "not_soft"


class NothingToOverride(Conflict):
    code = "nothing_to_override"


@dataclass(frozen=True)
class Override:
    """A lead's word: takes may start although these checks fail. Another failure closes the gate again."""

    reason: str
    by: str
    keys: frozenset[str]


class Gatekeeper:
    """Keeps what people decided for this session; knows no cameras."""

    def __init__(self) -> None:
        self.snoozed: frozenset[str] = frozenset()
        self.override: Override | None = None
        self.findings: tuple[Finding, ...] = ()

    def see(self, findings: Iterable[Finding]) -> None:
        """What the checks say now."""
        self.findings = tuple(findings)

    @property
    def gate(self) -> Gate:
        """Open when nothing fails, or when a lead took exactly these failures upon them."""
        failing = {finding.key for finding in self.findings if finding.level is Level.fail}
        covered = self.override is not None and failing <= self.override.keys
        reason = self.override.reason if self.override is not None and covered else ""
        return gate(self.findings, snoozed=sorted(self.snoozed), override=reason)

    @property
    def override_in_use(self) -> str:
        """The reason that opens the gate now; "" when it is open by itself or closed."""
        now = self.gate
        return now.override if now.blocked else ""

    def snooze(self, key: str, on: bool) -> None:
        """Put one warning aside for the session, or take it up again. Raises `Invalid`, `NotSoft`."""
        if not is_known(key):
            raise Invalid(f"There is no check {key!r}.", todo="Use the key of a finding.", key=key)
        if not on:
            self.snoozed -= {key}
            return
        finding = next((finding for finding in self.findings if finding.key == key), None)
        if finding is None or finding.level is not Level.warn:
            level = finding.level if finding else "not there"
            raise NotSoft(
                f"'{key}' is {level}: only a warning can be snoozed.",
                todo="Mend what fails; a lead may override it with a reason.",
                key=key,
            )
        self.snoozed |= {key}

    def overrule(self, reason: str, by: str) -> None:
        """A lead takes the failures of now upon them; "" lifts it. Raises `NothingToOverride`."""
        if not reason:
            self.override = None
            return
        failing = frozenset(finding.key for finding in self.findings if finding.level is Level.fail)
        if not failing:
            raise NothingToOverride("No check fails now.", todo="Override a failure when there is one.")
        self.override = Override(reason, by, failing)
