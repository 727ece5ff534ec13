"""The control loop's tick: read the arm, let the lease choose, pass the gate, write, and cut intervals."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np

from app.control.errors import LeaseLost
from app.control.gate import Gate
from app.control.intervals import Intervals
from app.control.lateness import Lateness
from app.control.lease import Lease
from app.control.messages import Note, Tick
from app.control.models import ARM_BACK, RETRYING, ControlPhase
from app.control.motions import Ending, Motion
from app.control.settings import ControlSettings
from app.core.clock import NS_PER_S, Clock
from app.core.errors import StudioError
from app.devices import Arm, ArmReading, DeviceFault, StillConnecting, Vector
from app.devices.kinematics import Kinematics

_NEAR = 3.0  # joint units: the arm is where it was told to be, but for sag and grip
_ENGAGE_S = 0.4
_PACE = 0.25
_FULL_PACE_S = 3.0
_RETRY_S = (0.5, 1.0, 2.0, 5.0)


class ControlLoop:
    """Drives one arm. Not thread-safe: everything happens in the thread that calls `tick`.

    Pacing is outside: a real-time process calls `tick` at absolute deadlines, a
    lock-step run after each step of its own clock. `publish` gets each `Tick`,
    `note` each sentence for the event list.
    """

    def __init__(
        self,
        arm: Arm,
        gate: Gate,
        lease: Lease,
        kinematics: Kinematics,
        clock: Clock,
        settings: ControlSettings,
        publish: Callable[[Tick], None],
        note: Callable[[Note], None] = lambda note: None,
    ) -> None:
        self._arm = arm
        self._body = np.array([joint.unit == "deg" for joint in arm.model.joints])
        self._gate = gate
        self._lease = lease
        self._clock = clock
        self._note = note
        self._settings = settings
        self._intervals = Intervals(settings.ticks_per_interval, kinematics, publish)
        self.lateness = Lateness(settings.control_hz)
        self.phase = ControlPhase.starting
        self.reason = "The arm is being connected."
        self.motion: Motion | None = None
        self.own = False
        self.reading: ArmReading | None = None
        self._epoch = 0
        self._engaged_ns: int | None = None
        self._ramped = False
        self._halted = False
        self._found = False
        self._connected = False
        self._faults = 0
        self._retry_ns = 0
        self._count = -1

    @property
    def sent(self) -> Vector:
        """The last sent target (A,) in joint units."""
        return self._gate.position

    @property
    def now_ns(self) -> int:
        return self._clock.monotonic_ns()

    @property
    def connected(self) -> bool:
        return self._connected

    # ---- what a source may set ----

    def move(self, motion: Motion, *, own: bool = False) -> None:
        """Let `motion` of the lease's holder move the arm from the next tick on.

        `own` motions come from inside the rig: the loop is their heartbeat, and
        gives the lease back when they end.
        """
        self._follow_lease()
        if self.motion is not motion:
            self._replace(motion)
            self.own = own
            motion.begin(self.sent, self._clock.monotonic_ns())

    def drop_motion(self) -> None:
        """Brake and hold; the next motion engages anew."""
        self._replace(None)
        self.own = False
        self._engaged_ns = None

    def _replace(self, motion: Motion | None) -> None:
        """A motion that moves more than this arm (a leader) is told that it is over."""
        over, self.motion = self.motion, motion
        if isinstance(over, Ending):
            over.end()

    def scene_moved(self) -> None:
        """The arm may have been put elsewhere (a simulator's reset): hold it where it is found."""
        self.drop_motion()
        self._found = False

    # ---- the tick ----

    def tick(self, missed: int = 0, lateness_ns: int = 0) -> None:
        """One control period; `missed` deadlines were skipped before it, and it came `lateness_ns` late."""
        now_ns = self._clock.monotonic_ns()
        self._count += 1 + missed
        self.lateness.add(lateness_ns, missed)
        self._watch_lease(now_ns)
        if not self._connected and not self._connect(now_ns):
            return
        try:
            self.reading = reading = self._arm.read()
            if not np.isfinite(reading.position).all():
                raise DeviceFault("The arm reported a position that is not a number.", todo="Check its bus.")
            self._intervals.enter(self._count, reading, missed, self.sent)
            target = self._target(reading, now_ns)
            self._arm.write(target)
        except DeviceFault as fault:
            self._lose(fault, now_ns)
            return
        holder = self._lease.holder
        moved_by = holder.source if holder is not None and self._engaged_ns is not None else ""
        cuts = self._gate.cuts + (self.motion.cuts if self.motion is not None else ())
        self._intervals.sent(target, moved_by, self._lease.intervention, cuts)
        self._intervals.flush()

    def rest(self) -> None:
        """Let the servos go where the arm lies now."""
        self._intervals.drop()
        if self._connected:
            self._connected = False
            self._arm.disconnect()

    # ---- choosing ----

    def _target(self, reading: ArmReading, now_ns: int) -> Vector:
        if self._lease.stopped_by:
            return self._stopped(reading)
        self._halted = False
        if not self._found:
            self._found = True
            self._find(reading)
        blocked = self._blocked(now_ns)
        if blocked or self.motion is None:
            self._engaged_ns = None if blocked else self._engaged_ns
            self._hold(blocked or self._idle_reason())
            return self._gate.step(None)
        return self._driven(self.motion, reading, now_ns)

    def _stopped(self, reading: ArmReading) -> Vector:
        """The emergency stop: the arm stays where it is at the first tick that knows of it."""
        if not self._halted:
            self._halted = True
            self.drop_motion()
            self._gate.sync(reading.position)
        self.phase = ControlPhase.stopped
        self.reason = f"Emergency stop by {self._lease.stopped_by}. Reset it to go on."
        return self._gate.position.copy()

    def _blocked(self, now_ns: int) -> str:
        """Why nobody may move the arm at this tick; "" when the holder may."""
        if self._lease.holder is None:
            return "Nobody has control."
        if not self._lease.live(now_ns):
            return f"The heartbeat of {self._lease.holder.label} is late: the arm holds until it is back."
        return ""

    def _driven(self, motion: Motion, reading: ArmReading, now_ns: int) -> Vector:
        if self._engaged_ns is None:
            self._engage(motion, reading, now_ns)
        try:
            wish = motion.wish(self.sent, reading, now_ns)
        except StudioError as error:
            self._say("error", error.code, f"The motion ended by an error: {error}", now_ns)
            self._finish()
            return self._gate.step(None)
        if motion.finished or wish is None:
            if motion.finished:
                self._finish()
            self._hold(self._silent(motion) or self._idle_reason())
            return self._gate.step(None)
        target = self._gate.step(wish, self._pace(now_ns))
        self._ramp(motion, wish.position, now_ns)
        return target

    def _silent(self, motion: Motion) -> str:
        """Why a motion that should lead wants nothing; the next thing it wants is engaged on anew."""
        problem = getattr(motion, "problem", "")
        if problem:
            self._engaged_ns = None
        return problem

    def _engage(self, motion: Motion, reading: ArmReading, now_ns: int) -> None:
        """Start from the measured pose; a small difference is sag or grip, and letting go of it would drop things."""
        self._engaged_ns = now_ns
        self._ramped = False
        self._find(reading)
        motion.begin(self.sent, now_ns)

    def _find(self, reading: ArmReading) -> None:
        if np.max(np.abs(reading.position - self.sent)[self._body]) > _NEAR:
            self._gate.sync(reading.position)

    def _finish(self) -> None:
        """The motion is over. One of our own gives the lease back; its epoch may be over already."""
        own, epoch = self.own, self._epoch
        self._replace(None)
        self.own = False
        if own:
            self._engaged_ns = None
            with contextlib.suppress(LeaseLost):
                self._lease.release(epoch, self._clock.monotonic_ns())

    def _pace(self, now_ns: int) -> float:
        """The share of the top speed allowed: low while engaging, and growing so that a ramp always ends."""
        if self._ramped or self._engaged_ns is None:
            return 1.0
        return min(1.0, _PACE + (now_ns - self._engaged_ns) / NS_PER_S / _FULL_PACE_S)

    def _ramp(self, motion: Motion, wished: Vector, now_ns: int) -> None:
        """Ramping ends when the arm is on the wish, after a moment at least."""
        assert self._engaged_ns is not None
        age_s = (now_ns - self._engaged_ns) / NS_PER_S
        on_it = bool(np.all(np.abs(wished - self.sent) < _NEAR)) or age_s > _FULL_PACE_S
        if not self._ramped and on_it and age_s >= _ENGAGE_S:
            self._ramped = True
            motion.settled(now_ns)
        self.phase = ControlPhase.following if self._ramped else ControlPhase.ramping
        self.reason = "" if self._ramped else "Engaging from where the arm is."

    def _hold(self, reason: str) -> None:
        self.phase = ControlPhase.holding
        self.reason = reason

    def _idle_reason(self) -> str:
        return f"{self._lease.holder.label} has control." if self._lease.holder is not None else "Nobody has control."

    # ---- lease and device ----

    def _watch_lease(self, now_ns: int) -> None:
        if self.own:
            self._lease.beat(self._epoch, now_ns, now_ns)
        lost = self._lease.advance(now_ns)
        if lost is not None:
            self._say("warn", "lease_expired", f"{lost.label} was silent for too long and lost control.", now_ns)
        self._follow_lease()

    def _follow_lease(self) -> None:
        """What an earlier holder wanted ends with its lease."""
        if self._epoch != self._lease.epoch or self._lease.holder is None:
            self._epoch = self._lease.epoch
            self.drop_motion()

    def _connect(self, now_ns: int) -> bool:
        if now_ns < self._retry_ns:
            return False
        try:
            self._arm.connect()
            reading = self._arm.read()
            if not np.isfinite(reading.position).all():
                raise DeviceFault("The arm reported a position that is not a number.", todo="Check its bus.")
        except StillConnecting as waiting:
            self.phase = ControlPhase.faulted if self._faults else ControlPhase.starting
            self.reason = str(waiting)
            return False
        except DeviceFault as fault:
            self._lose(fault, now_ns)
            return False
        if self._faults:
            self._say("info", ARM_BACK, "The arm is back. It holds where it is.", now_ns)
        self._connected, self._faults = True, 0
        self._gate.sync(reading.position)
        self._halted, self._found = False, True
        return True

    def _lose(self, fault: DeviceFault, now_ns: int) -> None:
        """Say it once, hold, and try again, each time a little later."""
        if not self._faults:
            self._say("error", fault.code, f"The arm was lost: {fault}", now_ns)
        self._retry_ns = now_ns + round(_RETRY_S[min(self._faults, len(_RETRY_S) - 1)] * NS_PER_S)
        self._faults += 1
        self._connected = False
        self._intervals.drop()
        self.drop_motion()
        self.phase = ControlPhase.faulted
        self.reason = f"{fault}{RETRYING}"
        with contextlib.suppress(DeviceFault):  # a lost bus often cannot say goodbye either
            self._arm.disconnect()

    def _say(self, level: str, code: str, text: str, now_ns: int) -> None:
        self._note(Note(level=level, code=code, text=text, monotonic_ns=now_ns))
