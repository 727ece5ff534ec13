"""What a source wants, tick by tick: following targets, driving to a pose, performing a program."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np

from app.control.gate import Wish
from app.core.clock import NS_PER_S
from app.devices import ArmModel, ArmReading, Vector

_SPREAD_S = 0.1  # targets further apart than this are steps, not a stream


class Motion(Protocol):
    """One way of moving. `wish` is asked once a tick; None means that it wants nothing now.

    `begin` is called when the arm engages on it, `settled` when that ramp is over.
    `sent` (A,) is the last sent target, from which velocities are integrated.
    `cuts` names what the motion itself could not do (`reach`, `<joint>:range`).
    """

    cuts: tuple[str, ...]

    @property
    def finished(self) -> bool: ...
    def begin(self, sent: Vector, now_ns: int) -> None: ...
    def settled(self, now_ns: int) -> None: ...
    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None: ...


@runtime_checkable
class Ending(Protocol):
    """A motion that has something to put right when it is over, whatever ended it."""

    def end(self) -> None: ...


class Follow:
    """Absolute targets from a leader, a replay or a policy.

    A stream slower than the control rate is spread over its own interval, so
    that the arm glides between targets instead of stepping.
    """

    finished = False

    def __init__(self) -> None:
        self.cuts: tuple[str, ...] = ()
        self._from: Vector | None = None
        self._to: Vector | None = None
        self._since_ns = 0
        self._span_ns = 0

    def aim(self, position: Vector, now_ns: int) -> None:
        """A new target (A,) in joint units."""
        if self._to is None:
            self._from, self._span_ns = position, 0
        else:
            self._from = self._at(now_ns)
            gap_ns = now_ns - self._since_ns
            self._span_ns = gap_ns if gap_ns <= _SPREAD_S * NS_PER_S else 0
        self._to, self._since_ns = position, now_ns

    def begin(self, sent: Vector, now_ns: int) -> None:
        """Whatever was interpolated before the arm engaged counts no more."""
        self._from, self._span_ns = self._to, 0

    def settled(self, now_ns: int) -> None:
        pass

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        if self._to is None or self._from is None:
            return None
        rate = np.zeros_like(self._to)
        if self._span_ns and now_ns - self._since_ns < self._span_ns:
            rate = (self._to - self._from) * (NS_PER_S / self._span_ns)
        return Wish(self._at(now_ns), rate)

    def _at(self, now_ns: int) -> Vector:
        assert self._from is not None
        assert self._to is not None
        share = min(1.0, (now_ns - self._since_ns) / self._span_ns) if self._span_ns else 1.0
        return self._from + share * (self._to - self._from)


class DriveTo:
    """To a fixed pose by a minimum-jerk ramp well inside the limits; then it is finished and the arm holds."""

    def __init__(self, arm: ArmModel, goal: Vector, *, gentleness: float = 0.4) -> None:
        self.cuts: tuple[str, ...] = ()
        self._goal = goal
        self._speed = gentleness * np.array([joint.max_speed for joint in arm.joints])
        self._acceleration = gentleness * np.array([joint.max_acceleration for joint in arm.joints])
        self._start: Vector | None = None
        self._since_ns = 0
        self._span_s = 0.0
        self.finished = False

    def begin(self, sent: Vector, now_ns: int) -> None:
        """Lay the ramp from `sent` (A,). A minimum-jerk ramp peaks at 1.875 of its mean speed."""
        way = np.abs(self._goal - sent)
        by_speed = float(np.max(1.875 * way / self._speed))
        by_acceleration = float(np.sqrt(np.max(5.774 * way / self._acceleration)))
        self._start, self._since_ns = sent.copy(), now_ns
        self._span_s = max(0.2, by_speed, by_acceleration)

    def settled(self, now_ns: int) -> None:
        pass

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        if self._start is None:
            self.begin(sent, now_ns)
        assert self._start is not None
        share = min(1.0, (now_ns - self._since_ns) / NS_PER_S / self._span_s)
        way = self._goal - self._start
        done = share**3 * (10.0 - 15.0 * share + 6.0 * share**2)
        rate = 30.0 * share**2 * (1.0 - share) ** 2 / self._span_s
        late_s = (now_ns - self._since_ns) / NS_PER_S - self._span_s
        self.finished = share >= 1.0 and (bool(np.all(np.abs(self._goal - sent) < 0.2)) or late_s > 3.0)
        return Wish(self._start + way * done, way * rate)


class Program(Protocol):
    """Something inside the rig that moves the arm by itself: the scripted demonstrator.

    `begin` plans a performance; `target` is its target (A,) in joint units at
    `t_s` since the arm was engaged on its start, None when it is over. A source
    of errors of its own raises `StudioError`; the loop then ends it in words.
    """

    def begin(self, seed: int) -> None: ...
    def target(self, t_s: float, reading: ArmReading) -> Vector | None: ...


class Perform:
    """A program's targets. Its time stands still until the arm is engaged on its first one."""

    def __init__(self, program: Program, period_ns: int) -> None:
        self.cuts: tuple[str, ...] = ()
        self._program = program
        self._period_s = period_ns / NS_PER_S
        self._engaged_ns: int | None = None
        self._last: Vector | None = None
        self.finished = False

    def begin(self, sent: Vector, now_ns: int) -> None:
        self._last = None

    def settled(self, now_ns: int) -> None:
        """The arm is where the program starts: its time runs from now."""
        if self._engaged_ns is None:
            self._engaged_ns = now_ns

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        t_s = 0.0 if self._engaged_ns is None else (now_ns - self._engaged_ns) / NS_PER_S
        target = self._program.target(t_s, reading)
        if target is None:
            self.finished = True
            return None
        before = target if self._last is None else self._last
        self._last = target
        return Wish(target, (target - before) / self._period_s)
