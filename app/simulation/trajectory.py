"""Way points to joint targets over time: polar paths, smooth timing, inside the joints' limits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.devices.models import Vector
from app.devices.so101 import SO101
from app.simulation.reach import Reach

_KNOTS = 10
_MARGIN = 0.8  # of a joint's speed and acceleration, so that the gate never has to clamp
_RATE_HZ = 60.0
_MIN_S = 0.2
_SPEED = np.array([joint.max_speed for joint in SO101.joints])
_ACCELERATION = np.array([joint.max_acceleration for joint in SO101.joints])


@dataclass(frozen=True)
class WayPoint:
    """The tool over the table, reached in `duration_s` and held for `pause_s`; `arc_m` lifts the way there."""

    x_m: float
    y_m: float
    z_m: float
    roll_deg: float
    gripper: float
    duration_s: float
    pause_s: float = 0.0
    arc_m: float = 0.0


@dataclass(frozen=True)
class Trajectory:
    """Joint targets at knots: `times` (K,) s, `positions` (K, A) in joint units."""

    times: Vector
    positions: Vector

    @property
    def duration_s(self) -> float:
        return float(self.times[-1])

    def at(self, t_s: float) -> Vector:
        """(A,) the target at `t_s`, the last one afterwards."""
        index = min(max(t_s, 0.0), self.duration_s) * _RATE_HZ
        low = min(int(index), len(self.times) - 2)
        share = index - low
        return self.positions[low] * (1 - share) + self.positions[low + 1] * share


def plan(reach: Reach, start: Vector, way_points: list[WayPoint]) -> Trajectory:
    """A smooth trajectory from `start` (A,) through the way points; Invalid where one is out of reach.

    Each leg runs from rest to rest (minimum jerk), straight in polar coordinates;
    a leg too fast for a joint takes longer instead.
    """
    position, rows = np.array(start, dtype=np.float64), [np.array(start, dtype=np.float64)[None]]
    for point in way_points:
        knots = _leg(reach, position, point)
        duration_s = _allowed_s(knots, max(point.duration_s, _MIN_S))
        rows.append(_timed(knots, duration_s)[1:])
        position = knots[-1]
        rows.append(np.repeat(position[None], round(point.pause_s * _RATE_HZ), axis=0))
    positions = np.concatenate(rows)
    return Trajectory(np.arange(len(positions)) / _RATE_HZ, positions)


def _leg(reach: Reach, start: Vector, goal: WayPoint) -> Vector:
    """(_KNOTS + 1, A) joint positions along one leg."""
    tool = reach.tool(start)
    end_pitch = reach.pitch_deg(goal.x_m, goal.y_m, goal.z_m)
    begin = np.array([*_polar(tool.x_m, tool.y_m), tool.z_m, tool.roll_deg, tool.pitch_deg, start[-1]])
    end = np.array([*_polar(goal.x_m, goal.y_m), goal.z_m, goal.roll_deg, end_pitch, goal.gripper])
    still = np.allclose(begin[:4], end[:4], atol=1e-3)
    knots, position = [start], start
    for share in np.linspace(0.0, 1.0, _KNOTS + 1)[1:]:
        radius, angle, z, roll, pitch, gripper = begin + (end - begin) * share
        z += goal.arc_m * 4 * share * (1 - share)
        if not still:
            position = reach.pose_at(radius * np.cos(angle), radius * np.sin(angle), z, roll, position, pitch)
        knots.append(np.append(position[:-1], gripper))
    return np.array(knots)


def _polar(x_m: float, y_m: float) -> tuple[float, float]:
    return float(np.hypot(x_m, y_m)), float(np.arctan2(y_m, x_m))


def _timed(knots: Vector, duration_s: float) -> Vector:
    """(n, A) targets at `_RATE_HZ` along the knots, by a cubic through them, minimum jerk in time."""
    count = max(2, round(duration_s * _RATE_HZ))
    tau = np.arange(count + 1) / count
    along = tau**3 * (10 - 15 * tau + 6 * tau**2) * (len(knots) - 1)
    low = np.minimum(along.astype(int), len(knots) - 2)
    share = (along - low)[:, None]
    slope = np.gradient(knots, axis=0)
    a, b, da, db = knots[low], knots[low + 1], slope[low], slope[low + 1]
    return (
        a * (1 + 2 * share) * (1 - share) ** 2
        + da * share * (1 - share) ** 2
        + b * share**2 * (3 - 2 * share)
        + db * share**2 * (share - 1)
    )


def _allowed_s(knots: Vector, wanted_s: float) -> float:
    """A duration near `wanted_s`, or above, at which no joint is too fast, from rest to rest."""
    duration_s = wanted_s
    for _ in range(6):
        rows = np.pad(_timed(knots, duration_s), ((2, 2), (0, 0)), mode="edge")
        speed = np.abs(np.diff(rows, axis=0)) * _RATE_HZ
        acceleration = np.abs(np.diff(rows, n=2, axis=0)) * _RATE_HZ**2
        too_fast = float(np.max(speed / (_MARGIN * _SPEED)))
        too_sharp = float(np.max(acceleration / (_MARGIN * _ACCELERATION)))
        if max(too_fast, too_sharp) <= 1.0:
            break
        duration_s *= 1.02 * max(too_fast, np.sqrt(too_sharp), 1.0)
    return duration_s
