"""The closed sets of coverage, as numbers in arrays and as words on a page."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class VerdictCode(IntEnum):
    none = 0
    accepted = 1
    rejected = 2


class CheckLevel(IntEnum):
    """The worst that the checks said of a take; none where nothing was checked."""

    none = 0
    ok = 1
    warn = 2
    fail = 3


class Layer(StrEnum):
    """What the map's squares and clusters show."""

    progress = "progress"
    density = "density"
    success = "success"
    recovery = "recovery"
    orientation = "orientation"
    operator = "operator"
    age = "age"
    checks = "checks"
