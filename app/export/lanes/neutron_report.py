"""Reads what neutron-converter says of a file: how many operators it put on the NPU."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.core.errors import Invalid

_RATIO = re.compile(r"(?P<done>\d+)\s*(?:/|out of|of)\s*(?P<all>\d+)\s+operators?", re.I)
_PERCENT = re.compile(r"(?:ratio|converted|mapped)\D{0,40}?(?P<percent>\d+(?:\.\d+)?)\s*%", re.I)


class ReportUnreadable(Invalid):
    code = "neutron_report_unreadable"


@dataclass(frozen=True)
class Mapped:
    """How much of a file the converter put on the NPU; the rest runs on the CPU, at its speed."""

    share: float
    operators: int | None

    def words(self, at_least: float = 0.9) -> str:
        if self.share >= at_least:
            return f"{100 * self.share:.0f} % of the operators are on the NPU."
        return (
            f"Only {100 * self.share:.0f} % of the operators are on the NPU; the others run on the CPU and copy in "
            "between. "
            "Try a smaller picture: the mapping depends on the resolution."
        )


def read_report(text: str) -> Mapped:
    """What the converter's own output says. Raises `ReportUnreadable` if it says nothing of the mapping."""
    if counted := _RATIO.search(text):
        total = int(counted["all"])
        if total:
            return Mapped(int(counted["done"]) / total, total)
    if said := _PERCENT.search(text):
        return Mapped(float(said["percent"]) / 100, None)
    raise ReportUnreadable(
        "The converter's report says neither how many operators it mapped nor what share.",
        todo="Keep the whole output of neutron-converter, and give that.",
    )
