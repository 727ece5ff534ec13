"""A scripted demonstrator that puts the bag into the mug as a practised person does, from any start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.core.errors import Invalid, Refused
from app.devices.kinematics import Kinematics
from app.devices.models import ArmReading, Vector
from app.devices.so101 import SO101
from app.simulation.reach import LIFT_M, Reach
from app.simulation.trajectory import Trajectory, WayPoint, plan
from app.simulation.world import World

NOISE_RAD = 0.015
_OPEN, _NARROW, _CLOSED = 45.0, 36.0, 3.0
_BAG_ASIDE_M = 0.010  # the bag's place between the open claws: away from the fixed one
_HELD_ASIDE_M = -0.006  # and where it is once they have closed
_HELD_HEIGHT_M = 0.03
_ATTEMPTS = 4
_SAFE_M = 0.085
_BESIDE_M = 0.13  # nearer to the mug's middle than this, open claws may meet its wall
_CAREFUL_BELOW_M, _CAREFUL = 0.06, 0.35  # near the table a hand trembles less


class Stage(StrEnum):
    """What the running trajectory is for; at its end the demonstrator looks before it goes on."""

    fetch = "fetch"
    carry = "carry"
    release = "release"
    done = "done"


@dataclass(frozen=True)
class Temper:
    """One take's manner, drawn from its seed: tempo, heights, how exactly it aims."""

    tempo: float
    hover_m: float
    release_m: float
    opening: float
    aim_m: Vector
    roll_deg: float
    curve_m: float
    pauses_s: Vector

    @staticmethod
    def drawn(random: np.random.Generator) -> Temper:
        return Temper(
            tempo=float(random.uniform(0.68, 0.98)),
            hover_m=float(random.uniform(0.055, 0.075)),
            release_m=float(random.uniform(0.088, 0.096)),
            opening=_OPEN + float(random.uniform(-3.0, 5.0)),
            aim_m=random.normal(0.0, 0.0012, 2),
            roll_deg=float(random.normal(0.0, 2.5)),
            curve_m=float(random.uniform(0.0, 0.015)),
            pauses_s=random.uniform(0.02, 0.16, 8),
        )


class Demonstrator:
    """A program that moves the arm: it plans from what it sees now and yields clean joint targets.

    It goes through the same lease, gate and interpolation as anybody; its
    tremor acts below, at the world's servos, and dies out when it is no longer
    asked for targets.
    """

    def __init__(self, world: World, *, noise_rad: float = NOISE_RAD) -> None:
        self._world = world
        self._noise_rad = noise_rad
        self._reach = Reach(Kinematics(SO101))
        self._random = np.random.default_rng(0)
        self._temper = Temper.drawn(self._random)
        self._stage = Stage.done
        self._trajectory: Trajectory | None = None
        self._since_s = 0.0
        self._attempts = 0

    def begin(self, seed: int) -> None:
        """Plan from where arm and bag are; takes about 0.05 s.

        Invalid when the bag lies out of reach, Refused when it is in the mug already.
        """
        if self._bag_in_mug():
            raise Refused("The bag is in the mug already.", todo="Place it on the table first.")
        self._random = np.random.default_rng((seed, 0xDE))
        self._temper = Temper.drawn(self._random)
        self._world.servos.seed(seed)
        self._attempts = 0
        self._since_s = 0.0
        self._next(self._world.position(), 0.0)

    def target(self, t_s: float, reading: ArmReading | None = None) -> Vector | None:
        """(A,) the target at `t_s` since the start, or None when the performance is over."""
        if self._trajectory is None or self._stage is Stage.done:
            return None
        careful = self._world.tool_z_m < _CAREFUL_BELOW_M
        self._world.servos.shake(self._noise_rad * (_CAREFUL if careful else 1.0))
        if t_s - self._since_s > self._trajectory.duration_s:
            last = self._trajectory.at(self._trajectory.duration_s)
            try:
                self._next(last, t_s)
            except Invalid:
                self._stage = Stage.done  # the bag was pushed out of reach: nothing is left to try
            if self._stage is Stage.done:
                return None
            return last
        return self._trajectory.at(t_s - self._since_s)

    def _next(self, position: Vector, t_s: float) -> None:
        """Look, and plan the next stage from `position` (A,)."""
        self._since_s = t_s
        if self._holds_bag():
            carried = self._stage is Stage.carry
            self._stage = Stage.release if carried else Stage.carry
            points = self._release() if carried else [self._over_mug(position)]
        elif self._bag_in_mug() or self._attempts >= _ATTEMPTS:
            self._stage = Stage.done
            return
        else:
            self._attempts += 1
            self._stage, points = Stage.fetch, self._fetch(position)
        self._trajectory = plan(self._reach, position, points)

    def _fetch(self, position: Vector) -> list[WayPoint]:
        """Over the bag, down, close, up. The wrist does not turn to the bag: wide claws square it as they close.

        A hand laid along the bag's nearer sides jumps by 90 degrees where the bag lies at
        45: two answers to pictures that look alike, of which a policy learns the mean.
        """
        temper, reach = self._temper, self._reach
        bag = self._world.bag_placement()
        x, y = bag.x_cm / 100, bag.y_cm / 100
        roll = temper.roll_deg
        x, y = self._shifted(x, y, roll, -_BAG_ASIDE_M)
        x, y = x + float(temper.aim_m[0]), y + float(temper.aim_m[1])
        opening = min(temper.opening, _NARROW) if self._beside_mug(x, y) else temper.opening
        low = reach.grasp_height_m(x, y, roll)
        hover = low + temper.hover_m
        tool = reach.tool(position)
        points: list[WayPoint] = []
        if tool.z_m < 0.05:
            up = WayPoint(tool.x_m, tool.y_m, _SAFE_M, tool.roll_deg, position[-1], 0.7 * temper.tempo)
            points.append(up)
        away = float(np.hypot(tool.x_m - x, tool.y_m - y))
        turn_s = 0.6 + 2.2 * away + abs(np.arctan2(y, x) - np.arctan2(tool.y_m, tool.x_m)) * 0.3
        pauses = temper.pauses_s
        return [
            *points,
            WayPoint(x, y, hover, roll, opening, turn_s * temper.tempo, pauses[0], temper.curve_m),
            WayPoint(x, y, low, roll, opening, 0.75 * temper.tempo, pauses[1]),
            WayPoint(x, y, low, roll, _CLOSED, 0.45 * temper.tempo, 0.12 + pauses[2]),
            WayPoint(x, y, LIFT_M, roll, _CLOSED, 0.75 * temper.tempo, pauses[3]),
        ]

    def _over_mug(self, position: Vector) -> WayPoint:
        """Over the mug, and then a look: a bag lost on the way is fetched again."""
        temper = self._temper
        x, y = self._mug_point()
        tool = self._reach.tool(position)
        away = float(np.hypot(tool.x_m - x, tool.y_m - y))
        high = max(temper.release_m + 0.012, 0.104)
        turn_rad = abs(np.arctan2(tool.y_m, tool.x_m) - np.arctan2(y, x))
        duration_s = (0.7 + 3.0 * away + 0.3 * turn_rad) * temper.tempo  # a swung bag slips
        return WayPoint(x, y, high, 0.0, _CLOSED, duration_s, temper.pauses_s[4], temper.curve_m * 0.5)

    def _release(self) -> list[WayPoint]:
        """Down to the rim, open, up a little, and let the bag come to rest."""
        temper, pauses = self._temper, self._temper.pauses_s
        x, y = self._mug_point()
        return [
            WayPoint(x, y, temper.release_m, 0.0, _CLOSED, 0.4 * temper.tempo, pauses[5]),
            WayPoint(x, y, temper.release_m, 0.0, temper.opening, 0.35 * temper.tempo, 0.12 + pauses[6]),
            WayPoint(x, y, 0.125, 0.0, temper.opening, 0.5 * temper.tempo, 0.35),
        ]

    def _mug_point(self) -> tuple[float, float]:
        """Where the tool has to be for the bag to hang over the mug's middle."""
        mug = self._world.mug_m
        return self._shifted(float(mug[0]), float(mug[1]), 0.0, -_HELD_ASIDE_M)

    def _beside_mug(self, x_m: float, y_m: float) -> bool:
        mug = self._world.mug_m
        return bool(np.hypot(mug[0] - x_m, mug[1] - y_m) < _BESIDE_M)

    def _shifted(self, x_m: float, y_m: float, roll_deg: float, aside_m: float) -> tuple[float, float]:
        """The point `aside_m` further along the hand's closing direction."""
        direction = _closing_rad(x_m, y_m, roll_deg)
        return float(x_m + aside_m * np.cos(direction)), float(y_m + aside_m * np.sin(direction))

    def _holds_bag(self) -> bool:
        return self._world.bag_touched and bool(self._world.bag_m[2] > _HELD_HEIGHT_M) and not self._bag_in_mug()

    def _bag_in_mug(self) -> bool:
        inside = self._world.bag_in_mug_m
        return bool(np.hypot(inside[0], inside[1]) < 0.042 and inside[2] < 0.055)


def _closing_rad(x_m: float, y_m: float, roll_deg: float) -> float:
    """The direction on the table from the fixed claw to the moving one."""
    return float(np.arctan2(y_m, x_m) + np.pi / 2 - np.deg2rad(roll_deg))
