"""The simulator's demonstrator through lease and gate: what protects the arm must not spoil the work."""

from __future__ import annotations

import pytest

from app.control import messages
from app.control.messages import Tick
from app.control.rig import assemble
from app.control.settings import ControlSettings
from app.core.clock import NS_PER_S, ManualClock
from app.devices import Outcome
from app.simulation import Demonstrator, SimulatedArm, SimulatedWorkcell, World


@pytest.mark.parametrize(("x_cm", "y_cm", "yaw_deg", "seed"), [(15.9, -4.1, 107.6, 5), (24.0, 0.6, 2.3, 6)])
def test_the_bag_ends_in_the_mug(x_cm: float, y_cm: float, yaw_deg: float, seed: int) -> None:
    clock, world, settings = ManualClock(start_ns=NS_PER_S), World(seed), ControlSettings()
    ticks: list[Tick] = []
    cell = SimulatedWorkcell(world)
    rig = assemble(
        SimulatedArm(world, clock), settings, clock, ticks.append, workcell=cell, program=Demonstrator(world)
    )

    def tick(count: int) -> None:
        for _ in range(count):
            clock.advance_ns(settings.period_ns)
            rig.loop.tick()

    tick(2)
    placed = rig.desk.handle(messages.Place(1, x_cm, y_cm, yaw_deg, "nominal"), clock.monotonic_ns())
    assert placed is not None
    assert placed.ok
    begun = rig.desk.handle(messages.Demonstrate(2, seed), clock.monotonic_ns())
    assert begun is not None
    assert begun.ok
    while rig.desk.demonstrating and len(ticks) < 20 * settings.fps:
        tick(1)
    tick(30)
    assert cell.outcome() is Outcome.success
    assert {tick.source for tick in ticks} == {"", "demonstrator"}
