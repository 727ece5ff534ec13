"""A rig in lock-step on an ideal arm, with one person who drives it."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from app.control import messages
from app.control.messages import Note, Reply, Tick
from app.control.models import Rank
from app.control.motions import Program
from app.control.rig import assemble
from app.control.runner import MakePlan
from app.control.settings import ControlSettings
from app.core.clock import NS_PER_S, Clock, ManualClock
from app.devices import ArmModel, Leader, Vector
from app.devices.so101 import SO101
from tests.control.ideal import IdealArm, RememberingCell

BEAT_TICKS = 6


class LockStep:
    """Ticks at the control rate on a clock of its own; `drive` keeps the heartbeat of the holder."""

    def __init__(
        self,
        *,
        program: Program | None = None,
        settings: ControlSettings | None = None,
        make_plan: MakePlan | None = None,
        leader: Callable[[Clock], Leader] | None = None,
        arm: ArmModel = SO101,
    ) -> None:
        self.settings = settings or ControlSettings()
        self.clock = ManualClock(start_ns=NS_PER_S)
        self.arm = IdealArm(self.clock, arm)
        self.cell = RememberingCell()
        self.leader = leader(self.clock) if leader is not None else None
        self.ticks: list[Tick] = []
        self.notes: list[Note] = []
        self.looks: list[messages.Look] = []
        self.rig = assemble(
            self.arm,
            self.settings,
            self.clock,
            self.ticks.append,
            self.notes.append,
            workcell=self.cell,
            program=program,
            make_plan=make_plan,
            ask=self.looks.append,
            leader=self.leader,
        )
        self.loop, self.lease, self.desk = self.rig.loop, self.rig.lease, self.rig.desk
        self._sequence = itertools.count(1)

    @property
    def now_ns(self) -> int:
        return self.clock.monotonic_ns()

    def tell(self, message: messages.ToRig) -> Reply | None:
        return self.desk.handle(message, self.now_ns)

    def ask(self, message: messages.ToRig) -> Reply:
        reply = self.tell(message)
        assert reply is not None
        return reply

    def tick(self, count: int = 1, *, missed: int = 0) -> None:
        for _ in range(count):
            self.clock.advance_ns(self.settings.period_ns * (1 + missed))
            self.loop.tick(missed)

    def drive(self, count: int, *message_kinds: object) -> None:
        """`count` ticks with a live heartbeat; each tick sends what the given functions make."""
        for _ in range(count):
            self.beat()
            for make in message_kinds:
                self.tell(make())  # type: ignore[operator]
            self.tick()

    def take(self, source: str = "tab", rank: Rank = Rank.person, label: str = "Ada") -> Reply:
        return self.ask(messages.Acquire(1, source, rank, label))

    def beat(self) -> None:
        self.tell(messages.Beat(self.lease.epoch, self.now_ns))

    def jog(self, *linear_m_s: float, gripper: float = 0.0) -> messages.Jog:
        x, y, z = linear_m_s
        return messages.Jog(self.lease.epoch, self.number(), self.now_ns, (x, y, z), gripper_per_s=gripper)

    def target(self, position: Vector | list[float]) -> messages.Target:
        values = tuple(float(value) for value in position)
        return messages.Target(self.lease.epoch, self.number(), self.now_ns, values)

    def home(self) -> messages.Home:
        return messages.Home(self.lease.epoch, self.number(), self.now_ns)

    def lead(self, on: bool = True) -> messages.Lead:
        return messages.Lead(self.lease.epoch, self.number(), self.now_ns, on)

    def number(self) -> int:
        return next(self._sequence)

    def steps(self) -> Vector:
        """(N-1, A): how far the sent target moved at each tick."""
        return np.diff(np.array(self.arm.written), axis=0)
