"""The rig's state in one message, said on every change and twice a second."""

from __future__ import annotations

from app.control.desk import Desk
from app.control.lease import Lease
from app.control.loop import ControlLoop
from app.control.messages import LeaseFacts, Status
from app.core.clock import NS_PER_S

_EVERY_NS = NS_PER_S // 2


class Report:
    """Watches loop, lease and desk, and says when there is something to say."""

    def __init__(self, loop: ControlLoop, lease: Lease, desk: Desk) -> None:
        self._loop = loop
        self._lease = lease
        self._desk = desk
        self._said: tuple[object, ...] = ()
        self._said_ns = -_EVERY_NS
        self._outcome = ""
        self._leader_problem = ""

    def due(self, now_ns: int) -> Status | None:
        """The status where it changed or is half a second old."""
        periodic = now_ns - self._said_ns >= _EVERY_NS
        if periodic:
            self._outcome = self._desk.outcome()
            self._leader_problem = self._desk.leader_problem()
        facts = self._facts()
        if not periodic and facts == self._said:
            return None
        self._said, self._said_ns = facts, now_ns
        return self._status()

    def now(self) -> Status:
        """The status as it is, for one who just arrived."""
        return self._status()

    def lease_facts(self) -> LeaseFacts:
        holder, asker = self._lease.holder, self._lease.asker
        return LeaseFacts(
            epoch=self._lease.epoch,
            source=holder.source if holder else "",
            rank=holder.rank if holder else None,
            label=holder.label if holder else "",
            asked_by=asker.source if asker else "",
            asked_label=asker.label if asker else "",
        )

    def _facts(self) -> tuple[object, ...]:
        lease = self._lease
        return (
            self._loop.phase,
            self._loop.reason,
            lease.epoch,
            lease.holder,
            lease.asker,
            lease.stopped_by,
            self._desk.demonstrating,
            self._desk.leading,
        )

    def _status(self) -> Status:
        lateness = self._loop.lateness
        return Status(
            phase=self._loop.phase,
            reason=self._loop.reason,
            lease=self.lease_facts(),
            stopped_by=self._lease.stopped_by,
            lateness_p50_ms=lateness.percentile_ms(50),
            lateness_p99_ms=lateness.percentile_ms(99),
            ticks=lateness.ticks,
            missed=lateness.missed,
            demonstrating=self._desk.demonstrating,
            outcome=self._outcome,
            leading=self._desk.leading,
            leader_problem=self._leader_problem,
        )
