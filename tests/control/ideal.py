"""Fakes of devices for control: an ideal first-order arm, and a workcell that remembers."""

from __future__ import annotations

import numpy as np

from app.core.clock import NS_PER_S, Clock
from app.devices import ArmModel, ArmReading, DeviceFault, Outcome, Placement, Start, Vector
from app.devices.so101 import SO101


class IdealArm:
    """Each joint approaches its target with a time constant, exactly; `fail` makes the bus fail."""

    def __init__(self, clock: Clock, model: ArmModel = SO101, *, lag_s: float = 0.03) -> None:
        self.model = model
        self._clock = clock
        self._lag_s = lag_s
        self.position: Vector = np.array([joint.home for joint in model.joints])
        self.target: Vector = self.position.copy()
        self.written: list[Vector] = []
        self.connected = False
        self.connects = 0
        self.fail = ""
        self._last_ns = clock.monotonic_ns()

    def connect(self) -> None:
        self.connects += 1
        self._check()
        self.connected = True
        self.target = self.position.copy()

    def read(self) -> ArmReading:
        self._check()
        now_ns = self._clock.monotonic_ns()
        share = 1.0 - np.exp(-(now_ns - self._last_ns) / NS_PER_S / self._lag_s)
        self._last_ns = now_ns
        self.position = self.position + share * (self.target - self.position)
        return ArmReading(now_ns, self.position.copy())

    def write(self, target: Vector) -> None:
        self._check()
        self.target = target.copy()
        self.written.append(target.copy())

    def disconnect(self) -> None:
        self.connected = False

    def _check(self) -> None:
        if self.fail:
            raise DeviceFault(self.fail, todo="Check the cable.")


class RememberingCell:
    """A workcell that does what it is told and tells it back."""

    def __init__(self) -> None:
        self.placed: Placement | None = None
        self.started: Start | None = None
        self.disturbed: list[tuple[str, float]] = []
        self.result: Outcome | None = None

    def reset(self, placement: Placement, start: Start) -> None:
        self.placed, self.started = placement, start

    def place(self, placement: Placement) -> None:
        self.placed = placement

    def truth(self) -> Placement | None:
        return self.placed

    def outcome(self) -> Outcome | None:
        return self.result

    def put_aside(self) -> None:
        self.placed = None

    def disturb(self, name: str, amount: float) -> None:
        self.disturbed.append((name, amount))


class Sweep:
    """A program: pans by `swing_deg` and back over `length_s`."""

    def __init__(self, swing_deg: float = 20.0, length_s: float = 2.0) -> None:
        self._swing_deg = swing_deg
        self._length_s = length_s
        self.begun: list[int] = []

    def begin(self, seed: int) -> None:
        self.begun.append(seed)

    def target(self, t_s: float, reading: ArmReading) -> Vector | None:
        if t_s > self._length_s:
            return None
        home = np.array([joint.home for joint in SO101.joints])
        home[0] = self._swing_deg * np.sin(np.pi * t_s / self._length_s)
        return home
