"""A rig without sockets or threads: lease, gate, loop and desk around one arm, for whoever paces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.control.clearance import Clearance
from app.control.desk import Desk
from app.control.gate import Gate
from app.control.hands import hands_of
from app.control.lease import Lease
from app.control.loop import ControlLoop
from app.control.messages import Look, Note, Tick
from app.control.motions import Program
from app.control.report import Report
from app.control.runner import MakePlan, PolicyRunner
from app.control.settings import ControlSettings
from app.core.clock import Clock
from app.devices import Arm, Leader, Workcell
from app.devices.kinematics import Kinematics

NS_PER_MS = 1_000_000


@dataclass(frozen=True)
class Rig:
    """Hand messages to `desk.handle`, call `loop.tick` at each control deadline, ask `report` for the state.

    All of it in one thread. A real-time process paces it by the system's clock,
    a lock-step run by its own.
    """

    lease: Lease
    loop: ControlLoop
    desk: Desk
    report: Report
    runner: PolicyRunner


def assemble(
    arm: Arm,
    settings: ControlSettings,
    clock: Clock,
    publish: Callable[[Tick], None],
    note: Callable[[Note], None] = lambda note: None,
    *,
    workcell: Workcell | None = None,
    program: Program | None = None,
    leader: Leader | None = None,
    make_plan: MakePlan | None = None,
    ask: Callable[[Look], None] = lambda look: None,
) -> Rig:
    """A rig around `arm`, which it connects at its first tick.

    `make_plan` builds the strategy of a policy's run; `ask` gets each of its looks.
    """
    lease = Lease(settings, first_epoch=clock.monotonic_ns() // NS_PER_MS)
    kinematics, clearance = Kinematics(arm.model), Clearance(arm.model)
    gate = Gate(arm.model, clearance, settings.control_hz)
    loop = ControlLoop(arm, gate, lease, kinematics, clock, settings, publish, note)
    runner = PolicyRunner(arm.model, loop, lease, make_plan, ask, note, leader)
    hands = hands_of(arm.model, kinematics, clearance)
    desk = Desk(arm.model, loop, lease, hands, settings, runner, workcell, program, note, leader)
    return Rig(lease, loop, desk, Report(loop, lease, desk), runner)
