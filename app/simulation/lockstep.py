"""The world on its own clock, as fast as it can: the same physics and pictures, deterministic by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.core.clock import NS_PER_S, ManualClock
from app.devices.models import ArmReading, Outcome, Placement, Start, Vector
from app.simulation.arm import SimulatedArm
from app.simulation.cameras import Photographer, Renderer
from app.simulation.demonstrator import NOISE_RAD, Demonstrator
from app.simulation.stage import Picture
from app.simulation.workcell import SimulatedWorkcell
from app.simulation.world import World

_MAX_S = 40.0
_REST_S = 1.0


@dataclass(frozen=True)
class Moment:
    """One control tick: the reading, the target sent for it, and pictures by camera on recording ticks."""

    index: int
    reading: ArmReading
    target: Vector
    pictures: dict[str, Picture] | None


@dataclass(frozen=True)
class Trial:
    """How one demonstration went."""

    placement: Placement
    start: Start
    seed: int
    outcome: Outcome
    duration_s: float


class LockStep:
    """World, arm, workcell and demonstrator on one manual clock at `control_hz`.

    Without a `renderer` no pictures are drawn. `rows_every` control ticks make
    one recording interval.
    """

    def __init__(
        self, seed: int = 0, *, renderer: Renderer | None = None, control_hz: float = 60.0, rows_every: int = 2
    ) -> None:
        self.clock = ManualClock(start_ns=NS_PER_S)
        self.world = World(seed)
        self.arm = SimulatedArm(self.world, self.clock)
        self.workcell = SimulatedWorkcell(self.world)
        self._photographer = Photographer(renderer, seed) if renderer else None
        self._control_hz = control_hz
        self._rows_every = rows_every
        self.arm.connect()

    def demonstrate(
        self, placement: Placement, start: Start, seed: int, *, noise_rad: float = NOISE_RAD
    ) -> Iterator[Moment]:
        """Set the scene up and perform; one `Moment` a control tick until the demonstrator is done."""
        self.workcell.reset(placement, start)
        demonstrator = Demonstrator(self.world, noise_rad=noise_rad)
        demonstrator.begin(seed)
        began_ns = self.clock.monotonic_ns()
        for index in range(round(_MAX_S * self._control_hz)):
            self.clock.sleep_until_ns(began_ns + round(index * NS_PER_S / self._control_hz))
            reading = self.arm.read()
            target = demonstrator.target(index / self._control_hz, reading)
            if target is None:
                return
            yield Moment(index, reading, target, self._pictures(index))
            self.arm.write(target)

    def trial(self, placement: Placement, start: Start, seed: int, *, noise_rad: float = NOISE_RAD) -> Trial:
        """Perform without pictures, let the scene come to rest, and say how it went."""
        ticks = 0
        for moment in self.demonstrate(placement, start, seed, noise_rad=noise_rad):
            ticks = moment.index + 1
        for _ in range(round(_REST_S * self._control_hz)):
            if self.workcell.settled:
                break
            self.clock.advance_ns(round(NS_PER_S / self._control_hz))
            self.arm.read()
        outcome = self.workcell.outcome() or Outcome.failure
        return Trial(placement, start, seed, outcome, ticks / self._control_hz)

    def _pictures(self, index: int) -> dict[str, Picture] | None:
        if self._photographer is None or index % self._rows_every:
            return None
        return self._photographer.pictures(self.world.snapshot(), index // self._rows_every)


def random_placement(random: np.random.Generator) -> Placement:
    """A place drawn evenly over the whole area the arm can grasp from, any yaw."""
    from app.simulation.reach import RING, reachable

    while True:
        x_cm, y_cm = random.uniform(-RING.outer_cm, RING.outer_cm, 2)
        if reachable(x_cm, y_cm):
            return Placement(float(x_cm), float(y_cm), float(random.uniform(-180.0, 180.0)))
