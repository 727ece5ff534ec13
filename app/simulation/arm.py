"""The world's arm behind the `Arm` protocol."""

from __future__ import annotations

from collections.abc import Callable

from app.core.clock import Clock
from app.devices.models import ArmModel, ArmReading, Vector
from app.devices.so101 import SO101
from app.simulation.world import Snapshot, World


class SimulatedArm:
    """Reading it moves the world to now; so one loop serves real time and lock-step.

    `show` gets the world after every reading: a board's `publish`, for whoever draws it.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        model: ArmModel = SO101,
        show: Callable[[Snapshot], None] = lambda snapshot: None,
    ) -> None:
        self.model = model
        self._show = show
        self._world = world
        self._clock = clock

    def connect(self) -> None:
        self._world.advance_to(self._clock.monotonic_ns())

    def read(self) -> ArmReading:
        now_ns = self._clock.monotonic_ns()
        self._world.advance_to(now_ns)
        self._show(self._world.snapshot())
        return ArmReading(now_ns, self._world.position())

    def write(self, target: Vector) -> None:
        self._world.command(target)

    def disconnect(self) -> None:
        """The servos keep holding; there is nothing to let go."""
