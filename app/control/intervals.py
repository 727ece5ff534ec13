"""Cuts the control ticks into recording intervals: the observation at the start, the last target sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from app.control.messages import Tick
from app.devices import ArmReading, Vector
from app.devices.kinematics import Kinematics


@dataclass
class _Open:
    index: int
    reading: ArmReading
    action: Vector
    source: str = ""
    intervention: bool = False
    clamped: set[str] = field(default_factory=set)
    missed: int = 0


class Intervals:
    """One `Tick` for every `length` control ticks.

    The count goes by deadlines, so a `Tick.index` that jumps says that the arm
    was not read for so long: nothing is invented in between.
    """

    def __init__(self, length: int, kinematics: Kinematics, publish: Callable[[Tick], None]) -> None:
        self._length = length
        self._kinematics = kinematics
        self._publish = publish
        self._open: _Open | None = None
        self._done: _Open | None = None

    def enter(self, count: int, reading: ArmReading, missed: int, action: Vector) -> None:
        """Control tick `count` (deadlines since the start) has read the arm; `action` is what holds it so far."""
        index = count // self._length
        if self._open is not None and index != self._open.index:
            self._done, self._open = self._open, None
        if self._open is None:
            self._open = _Open(index, reading, action)
        self._open.missed += missed

    def sent(self, action: Vector, source: str, intervention: bool, clamped: tuple[str, ...]) -> None:
        """`action` (A,) went to the arm."""
        if self._open is not None:
            self._open.action = action
            self._open.source = source
            self._open.intervention |= intervention
            self._open.clamped.update(clamped)

    def drop(self) -> None:
        """The arm was lost: what was open is not a whole interval."""
        self._open = self._done = None

    def flush(self) -> None:
        """Publish the interval that ended, if one did; called once the arm has its target."""
        if self._done is None:
            return
        done, self._done = self._done, None
        tool = self._kinematics.tool(done.reading.position)
        self._publish(
            Tick(
                index=done.index,
                monotonic_ns=done.reading.monotonic_ns,
                position=tuple(done.reading.position.tolist()),
                action=tuple(done.action.tolist()),
                source=done.source,
                intervention=done.intervention,
                clamped=tuple(sorted(done.clamped)),
                missed=done.missed,
                tool_mm=(tool.x_m * 1000.0, tool.y_m * 1000.0, tool.z_m * 1000.0),
            )
        )
