"""What a look at the machine yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    HAS = "has"
    LACKS = "lacks"


@dataclass(frozen=True)
class Finding:
    """One thing the studio can use: whether it is here, and if not, what that costs and what would mend it.

    `values` carries the numbers behind the words, units in the names.
    """

    name: str
    verdict: Verdict
    detail: str
    cost: str = ""
    todo: str = ""
    values: dict[str, object] = field(default_factory=dict)


def has(name: str, detail: str, **values: object) -> Finding:
    return Finding(name, Verdict.HAS, detail, values=values)


def lacks(name: str, detail: str, *, cost: str, todo: str, **values: object) -> Finding:
    return Finding(name, Verdict.LACKS, detail, cost, todo, values)
