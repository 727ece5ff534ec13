"""An account and a session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.identity import Role

DAY_S = 24 * 3600
RANK = {role: rank for rank, role in enumerate(Role)}


class Kind(StrEnum):
    """What a session was opened by; it decides how long it lives."""

    browser = "browser"
    tablet = "tablet"
    program = "program"

    @property
    def unused_s(self) -> int:
        """It ends when it was not used for so long."""
        return {Kind.browser: DAY_S // 2, Kind.tablet: 7 * DAY_S, Kind.program: 365 * DAY_S}[self]

    @property
    def longest_s(self) -> int:
        """It ends so long after it was opened, used or not."""
        return {Kind.browser: 7 * DAY_S, Kind.tablet: 30 * DAY_S, Kind.program: 365 * DAY_S}[self]


@dataclass(frozen=True)
class Account:
    name: str
    role: Role
    made_s: int


@dataclass(frozen=True)
class Session:
    """One signed-in browser, tablet or program. `digest` stands for its token, which only its owner has."""

    digest: str
    account: str
    role: Role
    kind: Kind
    label: str
    made_s: int
    seen_s: int
