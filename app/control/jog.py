"""Driving by hand: velocities of the tool or of the joints, smoothed, solved and integrated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.control.clearance import Clearance
from app.control.gate import Wish
from app.control.settings import JOG_LIFE_S
from app.core.clock import NS_PER_S
from app.devices import ArmModel, ArmReading, Vector
from app.devices.kinematics import Kinematics

RAMP_S = 0.1
_PITCH_M = 0.12  # metres that a radian of pitch error weighs
_ROLL_M = 0.05
_POINT_SOFT_M = 0.06  # gains, metres per radian, below which the solver is damped: of the tool point's directions
_HAND_SOFT_M = 0.045  # and of pitch and roll
_PULL_PER_S = 4.0  # how fast a drift off the commanded line is taken back
_YIELD_DEG = 25.0  # pitch may give way so far for the point to go on; from there on it holds the tool back
_YIELDING = np.array([False, False, False, True, False])
_LEASH_M = 0.003
_LEASH_DEG = 2.0
_TOP = 0.8  # share of a joint's top speed a jog may use: the rest is for the gate's braking
_SETTLE_PER_S = 8.0  # the way down slows to a stop over an eighth of a second's worth of clearance
_SETTLE_M = 0.001
_EDGE = 0.05  # joint units from its range at which a joint counts as at its end


class Throttle:
    """A velocity that follows the sticks: a new one is reached in `RAMP_S`, without overshoot."""

    def __init__(self, size: int) -> None:
        self.now = np.zeros(size)
        self._goal = np.zeros(size)
        self._rate = np.zeros(size)

    def aim(self, goal: Vector) -> None:
        if not np.array_equal(goal, self._goal):
            self._goal = goal
            self._rate = np.abs(goal - self.now) / RAMP_S

    def advance(self, dt_s: float) -> Vector:
        gap = self._goal - self.now
        self.now = self.now + np.clip(gap, -self._rate * dt_s, self._rate * dt_s)
        return self.now

    def rest(self) -> None:
        """At once to nothing: the arm stands still already."""
        self.now = np.zeros_like(self.now)
        self._rate = np.abs(self._goal) / RAMP_S

    @property
    def idle(self) -> bool:
        return not (self.now.any() or self._goal.any())


class _Jogging:
    """What both ways of jogging share: the throttle, and that a message soon dies."""

    finished = False

    def __init__(self, size: int, rate_hz: float, life_s: float) -> None:
        self.cuts: tuple[str, ...] = ()
        self._throttle = Throttle(size)
        self._dt = 1.0 / rate_hz
        self._life_ns = round(life_s * NS_PER_S)
        self._until_ns = 0

    def begin(self, sent: Vector, now_ns: int) -> None:
        """The arm starts from rest, whatever the sticks did before."""
        self._throttle.rest()

    def settled(self, now_ns: int) -> None:
        pass

    def _steer(self, velocity: Vector, sent_ns: int) -> None:
        self._throttle.aim(velocity)
        self._until_ns = sent_ns + self._life_ns

    def _velocity(self, now_ns: int) -> Vector | None:
        """The smoothed velocity at this tick; None at rest."""
        self.cuts = ()
        if now_ns > self._until_ns:
            self._throttle.aim(np.zeros_like(self._throttle.now))
        velocity = self._throttle.advance(self._dt)
        return None if self._throttle.idle else velocity


class JogJointsMotion(_Jogging):
    """Each joint by its own speed."""

    def __init__(self, arm: ArmModel, rate_hz: float, life_s: float = JOG_LIFE_S) -> None:
        super().__init__(len(arm.joints), rate_hz, life_s)
        self._names = arm.joint_names
        self._lower = np.array([joint.lower for joint in arm.joints])
        self._upper = np.array([joint.upper for joint in arm.joints])
        self._top = np.array([joint.max_speed for joint in arm.joints])

    def steer(self, speed: Vector, sent_ns: int) -> None:
        """`speed` (A,) in joint units per second."""
        self._steer(np.clip(speed, -self._top, self._top), sent_ns)

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        velocity = self._velocity(now_ns)
        if velocity is None:
            return None
        at_end = ((sent <= self._lower + _EDGE) & (velocity < 0)) | ((sent >= self._upper - _EDGE) & (velocity > 0))
        self.cuts = tuple(f"{self._names[index]}:range" for index in np.flatnonzero(at_end))
        velocity = np.where(at_end, 0.0, velocity)
        return Wish(sent + velocity * self._dt, velocity)


class JogMotion(_Jogging):
    """The tool in straight lines, with pitch and roll kept unless they are driven.

    The commanded pose is integrated from the last sent target, never from the
    measured one, so that a sagging arm does not creep. Near singular poses and
    at the edge of reach the solver is damped: the tool slides along the edge or
    comes to rest, and `cuts` says `reach`.
    """

    def __init__(
        self,
        arm: ArmModel,
        kinematics: Kinematics,
        clearance: Clearance,
        rate_hz: float,
        life_s: float = JOG_LIFE_S,
    ) -> None:
        super().__init__(6, rate_hz, life_s)
        self._names = arm.joint_names
        self._kinematics = kinematics
        self._clearance = clearance
        self._body = np.array([joint.unit == "deg" for joint in arm.joints])
        self._lower = np.array([joint.lower for joint in arm.joints])
        self._upper = np.array([joint.upper for joint in arm.joints])
        self._top = np.array([joint.max_speed for joint in arm.joints]) * _TOP
        self._anchor: Vector | None = None
        self._yielded = 0.0

    def begin(self, sent: Vector, now_ns: int) -> None:
        super().begin(sent, now_ns)
        self._anchor = None

    def steer(self, twist: Vector, gripper_per_s: float, sent_ns: int) -> None:
        """`twist` (5,): m/s in the base frame, then pitch and roll in deg/s; the gripper in percent/s."""
        self._steer(np.append(twist, gripper_per_s), sent_ns)

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        velocity = self._velocity(now_ns)
        if velocity is None:
            self._anchor = None
            return None
        joints = np.zeros(len(sent))
        if velocity[:5].any():
            joints = self._solve(self._above_table(velocity[:5], sent), sent)
        else:
            self._anchor = None
        joints = np.where(self._body, joints, np.clip(velocity[5], -self._top, self._top))
        at_end = self._at_end(sent, joints)
        joints = np.where(at_end, 0.0, joints)
        return Wish(sent + joints * self._dt, joints)

    def _above_table(self, twist: Vector, sent: Vector) -> Vector:
        """`twist` with its way down slowed near the table, so that the tool settles and slides there."""
        if twist[2] >= 0.0:
            return twist
        lowest = -_SETTLE_PER_S * max(self._clearance.lowest(sent) - _SETTLE_M, 0.0)
        if twist[2] >= lowest:
            return twist
        self.cuts += ("table",)
        return np.array([twist[0], twist[1], lowest, twist[3], twist[4]])

    def _solve(self, twist: Vector, sent: Vector) -> Vector:
        """Joint speeds (A,) for `twist` (5,), weighed, damped, and slowed as one when a joint is too slow."""
        tool = self._kinematics.tool(sent)
        pose = np.array([tool.x_m, tool.y_m, tool.z_m, tool.pitch_deg, tool.roll_deg])
        rows = self._kinematics.jacobian(sent) * self._body
        wanted = twist + _PULL_PER_S * self._drift(pose, twist)
        speeds = self._damped(rows, wanted, sent)
        fastest = float(np.max(np.abs(speeds) / self._top))
        if fastest > 1.0:
            worst = int(np.argmax(np.abs(speeds) / self._top))
            self.cuts += (f"{self._names[worst]}:speed",)
            speeds = speeds / fastest
        self._judge(rows @ speeds, twist, fastest)
        return speeds

    def _drift(self, pose: Vector, twist: Vector) -> Vector:
        """How far the sent pose is off the commanded line, on a leash; (5,) in m and deg."""
        if self._anchor is None:
            self._anchor = pose
        leash = np.array([_LEASH_M] * 3 + [_LEASH_DEG] * 2)
        away = _turned(self._anchor - pose)
        off = np.clip(away, -leash, leash)
        kept = np.where(_YIELDING, np.clip(away, -2 * _YIELD_DEG, 2 * _YIELD_DEG), off)
        self._anchor = pose + kept + twist * self._dt
        self._yielded = min(1.0, abs(float(away[3])) / _YIELD_DEG)
        return off

    def _damped(self, rows: Vector, wanted: Vector, sent: Vector) -> Vector:
        """Joint speeds (A,): the tool point first, pitch and roll in what freedom that leaves.

        The further pitch has yielded, the more it counts beside the point. A joint at
        its end that would go on is taken out, and the others do its share.
        """
        turns = np.array([_PITCH_M, _ROLL_M])
        free = self._body.copy()
        speeds = np.zeros(len(sent))
        for _ in range(3):
            hand = turns[:, None] * rows[3:] * free
            turn = turns * np.deg2rad(wanted[3:])
            point = np.vstack([np.rad2deg(rows[:3]) * free, self._yielded * hand[:1]])
            reach = _damped_inverse(point, _POINT_SOFT_M)
            moved = reach @ np.append(wanted[:3], self._yielded * turn[0])
            left = np.diag(free.astype(float)) - reach @ point
            speeds = np.rad2deg(moved + left @ _damped_inverse(hand @ left, _HAND_SOFT_M) @ (turn - hand @ moved))
            stuck = self._at_end(sent, speeds) & free
            if not stuck.any():
                break
            self.cuts += tuple(f"{self._names[index]}:range" for index in np.flatnonzero(stuck))
            free &= ~stuck
        return speeds

    def _at_end(self, sent: Vector, speeds: Vector) -> npt.NDArray[np.bool_]:
        return ((sent <= self._lower + _EDGE) & (speeds < 0)) | ((sent >= self._upper - _EDGE) & (speeds > 0))

    def _judge(self, got: Vector, twist: Vector, fastest: float) -> None:
        """Say `reach` when the tool does less than half of what was asked, and it was not for speed."""
        asked = float(np.linalg.norm(twist[:3]))
        if asked > 1e-4 and fastest <= 1.0 and float(got[:3] @ twist[:3]) < 0.5 * asked**2:
            self.cuts += ("reach",)


def _damped_inverse(rows: Vector, soft: float) -> Vector:
    """The pseudo-inverse of `rows`, damped along directions whose gain is below `soft`, smoothly to nothing."""
    left, gains, right = np.linalg.svd(rows, full_matrices=False)
    lack = np.clip(1.0 - (gains / soft) ** 2, 0.0, 1.0)
    inverse = gains / (gains**2 + lack * (soft / 2.0) ** 2 + 1e-12)
    return (right.T * inverse) @ left.T


def _turned(off: Vector) -> Vector:
    """Differences of angles the short way round."""
    off = off.copy()
    off[3:] = (off[3:] + 180.0) % 360.0 - 180.0
    return off
