"""Reads what neutron-converter says of a file: how many operators it put on the NPU."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.errors import Invalid
from app.export.lanes.neutron_check import mapped, words


class ReportUnreadable(Invalid):
    code = "neutron_report_unreadable"


@dataclass(frozen=True)
class Mapped:
    """How much of a file the converter put on the NPU; the rest runs on the CPU, at its speed."""

    share: float
    operators: int | None

    def words(self) -> str:
        return words(self.share)


def read_report(text: str) -> Mapped:
    """What the converter's own output says. Raises `ReportUnreadable` if it says nothing of the mapping."""
    found = mapped(text)
    if found is None:
        raise ReportUnreadable(
            "The converter's report says neither how many operators it mapped nor what share.",
            todo="Keep the whole output of neutron-converter, and give that.",
        )
    return Mapped(*found)
