"""The world's arm behind the `Arm` protocol."""

from __future__ import annotations

import logging

from app.core.clock import Clock
from app.devices.models import ArmModel, ArmReading, Vector
from app.devices.so101 import SO101
from app.simulation.board import WorldBoard
from app.simulation.world import World

log = logging.getLogger(__name__)


class SimulatedArm:
    """Reading it moves the world to now, so one loop serves real time and lock-step.

    With a `board` every reading is also published there for the cameras to draw.
    """

    model: ArmModel = SO101

    def __init__(self, world: World, clock: Clock, board: WorldBoard | None = None) -> None:
        self._world = world
        self._clock = clock
        self._board = board

    def connect(self) -> None:
        self.read()

    def read(self) -> ArmReading:
        now_ns = self._clock.monotonic_ns()
        self._advance(now_ns)
        if self._board is not None:
            self._board.publish(self._world.snapshot())
        return ArmReading(now_ns, self._world.position())

    def _advance(self, now_ns: int) -> None:
        before_s = self._world.skipped_s
        self._world.advance_to(now_ns)
        if self._world.skipped_s > before_s:
            log.warning("Physics skipped %.2f s after a stall of this process.", self._world.skipped_s - before_s)

    def write(self, target: Vector) -> None:
        self._world.command(target)

    def disconnect(self) -> None:
        """The servos keep holding; there is nothing to let go."""
