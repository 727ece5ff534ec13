"""Who moves the arm, and with what: the columns that say so in an episode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.control.models import DEMONSTRATOR, Rank
from app.datasets.models import Driver

if TYPE_CHECKING:
    from app.web.studio.rig_session import RigSession


class Drivers:
    """`inputs` is what each client said that it drives with when it asked for the arm."""

    def __init__(self, rig: RigSession) -> None:
        self._rig = rig
        self.inputs: dict[str, str] = {}

    def of(self, source: str) -> tuple[str, str]:
        """The `driver` and `input` columns for commands from `source`: a client that asked for the arm is a person."""
        if source == DEMONSTRATOR:
            return Driver.demonstrator.value, ""
        if source in self.inputs:
            return Driver.person.value, self._input_of(source)
        return Driver.policy.value, source

    def now(self) -> tuple[str, str]:
        """The same columns for whoever has the arm at this moment, "" where nobody does."""
        lease, status = self._rig.lease, self._rig.status
        if status is not None and status.demonstrating:
            return Driver.demonstrator.value, ""
        if lease is None or not lease.source:
            return "", ""
        driver = Driver.policy if lease.rank is Rank.program else Driver.person
        return driver.value, self._input_of(lease.source) or lease.label

    def _input_of(self, source: str) -> str:
        """What `source` drives with: the leader arm while it is followed, else what it said when it took control."""
        status = self._rig.status
        leading = status is not None and status.leading
        return "leader" if leading and source in self.inputs else self.inputs.get(source, "")
