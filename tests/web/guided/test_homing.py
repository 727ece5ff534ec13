"""Letting go of the arm on its way home, at whatever moment: the lease is back, and the studio knows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from app.control.messages import Reply
from app.control.models import ControlPhase
from app.web.guided.homing import Homing


@dataclass
class SlowRig:
    """A rig whose answers and status reports each come a few turns of the loop late."""

    studio: Any
    late: int
    epoch: int = 0
    source: str = ""
    homes: list[int] = field(default_factory=list)

    async def acquire(self, source: str, rank: object, label: str) -> Reply:
        self.epoch, self.source = self.epoch + 1, source
        reply = Reply(1, True, "granted", values={"epoch": self.epoch})
        await self._turns()
        return reply

    async def release(self, epoch: int) -> Reply:
        if epoch == self.epoch:
            self.source = ""
        await self._turns()
        asyncio.get_running_loop().call_later(0.01, self.report)
        return Reply(2, True)

    def home(self, epoch: int) -> None:
        self.homes.append(epoch)

    def beat(self, epoch: int) -> None:
        pass

    def report(self) -> None:
        lease = SimpleNamespace(epoch=self.epoch, source=self.source, rank=None)
        self.studio.status = SimpleNamespace(phase=ControlPhase.holding, demonstrating=False, lease=lease)
        self.studio.homing.notice()

    async def _turns(self) -> None:
        for _ in range(self.late):
            await asyncio.sleep(0)


class Bench:
    """The part of a studio that the drive home looks at."""

    def __init__(self, late: int) -> None:
        self.rig = SlowRig(self, late)
        self.rig_facts = SimpleNamespace(joints=[SimpleNamespace(home=0.0)])
        self.position = (50.0,)
        self.status: Any = None
        self.homing = Homing(self)  # type: ignore[arg-type]
        self.rig.report()

    def changed(self, section: str) -> None:
        pass

    async def lease_known(self, epoch: int) -> None:
        self.rig.report()


@pytest.mark.parametrize("turns", range(12))
@pytest.mark.parametrize("late", [0, 3])
def test_a_drive_cancelled_at_any_moment_leaves_no_lease_and_no_old_report_of_one(turns: int, late: int) -> None:
    async def scenario() -> None:
        bench = Bench(late)
        bench.homing.begin()
        for _ in range(turns):
            await asyncio.sleep(0)
        await bench.homing.cancel()
        assert bench.rig.source == ""
        assert bench.status.lease.source == ""
        assert not bench.homing.driving

    asyncio.run(scenario())
