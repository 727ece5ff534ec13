"""The safety gate: whatever is wished for, what leaves it is within every limit of the arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.control.clearance import Clearance
from app.devices import ArmModel, Vector

_SAMPLES = (0.2, 0.4, 0.7)  # of a braking path's ticks, beside its ends
_BISECTIONS = 4
_SLACK_M = 0.0005
_NOTICEABLE = 1.02  # a wish this much over a limit was cut; below it is rounding


@dataclass(frozen=True)
class Wish:
    """Where a source wants the arm at this tick (A,), and how fast it moves there, in joint units (per s)."""

    position: Vector
    velocity: Vector


class Gate:
    """Turns wishes into targets the arm can follow safely.

    It keeps the last sent target and its speed. Each step is chosen so that the
    arm can still brake inside its ranges and above the table: so a limit is
    never hit hard, and at every tick there is a legal next one. `cuts` names what
    the last step cut: `<joint>:range`, `<joint>:speed`, `<joint>:acceleration`,
    `table`, `not_finite`.
    """

    def __init__(self, arm: ArmModel, clearance: Clearance, rate_hz: float) -> None:
        joints = arm.joints
        self._names = arm.joint_names
        self._clearance = clearance
        self._dt = 1.0 / rate_hz
        self._lower = np.array([joint.lower for joint in joints])
        self._upper = np.array([joint.upper for joint in joints])
        self._speed = np.array([joint.max_speed for joint in joints])
        self._slew = np.array([joint.max_acceleration for joint in joints]) / rate_hz
        self.position = np.array([joint.home for joint in joints])
        self.velocity = np.zeros(len(joints))
        self.cuts: tuple[str, ...] = ()

    def sync(self, measured: Vector) -> None:
        """Start over from where the arm is, at rest. Outside a range only the way back in is open."""
        self.position = np.array(measured, dtype=np.float64)
        self.velocity = np.zeros(len(measured))
        self.cuts = ()

    def step(self, wish: Wish | None, pace: float = 1.0) -> Vector:
        """The next target (A,) to send; without a wish the arm brakes and holds.

        `pace` (0-1] scales the top speed, for engaging gently.
        """
        cuts: list[str] = []
        if wish is not None and not (np.isfinite(wish.position).all() and np.isfinite(wish.velocity).all()):
            cuts.append("not_finite")
            wish = None
        wanted = np.zeros_like(self.velocity) if wish is None else self._wanted(wish, cuts)
        velocity = self._within_limits(wanted, pace, cuts if wish is not None else None)
        velocity = self._above_table(velocity, cuts)
        self.position = self.position + velocity * self._dt
        self.velocity = velocity
        self.cuts = tuple(cuts)
        return self.position.copy()

    # ---- joints ----

    def _wanted(self, wish: Wish, cuts: list[str]) -> Vector:
        """The speed that reaches the wish without passing it: its own, and braking towards it."""
        goal = np.clip(wish.position, self._lower, self._upper)
        outside = np.abs(goal - wish.position) > 1e-6
        self._name(cuts, outside, "range")
        feed = np.where(outside, 0.0, wish.velocity)
        error = goal - feed * self._dt - self.position
        return feed + np.sign(error) * self._brakable(np.abs(error))

    def _within_limits(self, wanted: Vector, pace: float, cuts: list[str] | None) -> Vector:
        slowest, fastest = self.velocity - self._slew, self.velocity + self._slew
        top = np.maximum(self._speed * pace, np.abs(self.velocity) - self._slew)
        velocity = np.clip(wanted, -top, top)
        if cuts is not None:
            self._name(cuts, np.abs(wanted) > self._speed * _NOTICEABLE, "speed")
            over = np.abs(velocity - self.velocity) > self._slew * _NOTICEABLE
            self._name(cuts, over, "acceleration")
        velocity = np.clip(velocity, slowest, fastest)
        up = self._brakable(np.maximum(self._upper - self.position, 0.0))
        down = self._brakable(np.maximum(self.position - self._lower, 0.0))
        return np.clip(velocity, -down, up)

    def _brakable(self, distance: Vector) -> Vector:
        """The highest speed (A,) from which a joint stops, in whole ticks, within `distance` (A,).

        With slew s per tick, speeds k*s, (k-1)*s, ... cover dt*s*k*(k+1)/2; between
        two whole k the distance is linear in the speed.
        """
        steps = distance / (self._slew * self._dt)
        whole = np.floor(np.sqrt(0.25 + 2.0 * steps) - 0.5)
        return self._slew * (steps + whole * (whole + 1.0) / 2.0) / (whole + 1.0)

    def _braking(self, velocity: Vector, ticks: float) -> Vector:
        """How far each joint moves in `ticks` (whole) ticks of braking from `velocity`, after the tick at it."""
        steps = np.abs(velocity) / self._slew
        whole = np.minimum(np.floor(steps), ticks)
        return np.sign(velocity) * self._slew * self._dt * whole * (steps - (whole + 1.0) / 2.0)

    # ---- table ----

    def _above_table(self, velocity: Vector, cuts: list[str]) -> Vector:
        """`velocity` where it is safe; else without its way down; else as much of it as brakes in time."""
        reserve = self._clearance.lowest(self.position)
        moved = velocity * self._dt + self._braking(velocity, np.inf)
        if reserve > _SLACK_M + self._clearance.drop_bound_m(moved):
            return velocity
        floor = min(_SLACK_M, reserve)
        if self._safe(velocity, floor):
            return velocity
        cuts.append("table")
        brake = self.velocity - np.clip(self.velocity, -self._slew, self._slew)
        slopes = self._clearance.slopes(self.position + moved)
        slide = self._within_limits(_flat(velocity, slopes[0]), 1.0, None)
        if self._safe(slide, floor):
            return self._most(slide, velocity, floor)
        level = self._within_limits(_level(velocity, slopes[0]), 1.0, None)
        if self._safe(level, floor):
            return level
        lowering = np.any(slopes * velocity < -1e-9, axis=0)
        aloft = np.where(lowering, brake, velocity)
        if self._safe(aloft, floor):
            return self._most(aloft, level, floor)
        return self._most(brake, aloft, floor)

    def _most(self, safe: Vector, wanted: Vector, floor: float) -> Vector:
        """The blend nearest to `wanted` that is safe; at least `safe`, whose safety is given."""
        low, high = 0.0, 1.0
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2.0
            if self._safe(safe + middle * (wanted - safe), floor):
                low = middle
            else:
                high = middle
        return safe + low * (wanted - safe)

    def _safe(self, velocity: Vector, floor: float) -> bool:
        """Whether the hand stays above `floor` while moving so for a tick and then braking."""
        reached = self.position + velocity * self._dt
        ticks = int(np.max(np.abs(velocity) / self._slew))
        moments = {0, ticks, *(round(ticks * share) for share in _SAMPLES)}
        return all(self._clearance.lowest(reached + self._braking(velocity, after)) >= floor for after in moments)

    def _name(self, cuts: list[str], which: np.ndarray, limit: str) -> None:
        if which.any():
            cuts.extend(f"{self._names[index]}:{limit}" for index in np.flatnonzero(which))


def _flat(velocity: Vector, slope: Vector) -> Vector:
    """`velocity` with its way down taken out, by the least change of all joints."""
    fall = min(float(slope @ velocity), 0.0)
    return velocity - slope * (fall / max(float(slope @ slope), 1e-12))


def _level(velocity: Vector, slope: Vector) -> Vector:
    """`velocity` with the joints that lower the hand slowed to what the lifting ones make up for."""
    parts = slope * velocity
    falling = parts < 0.0
    fall, lift = -float(np.sum(parts[falling])), float(np.sum(parts[~falling]))
    return np.where(falling, velocity * min(1.0, 0.9 * lift / max(fall, 1e-12)), velocity)
