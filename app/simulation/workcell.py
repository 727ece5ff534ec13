"""The world behind the `Workcell` protocol: it places the bag and tells from physics what became of it."""

from __future__ import annotations

import numpy as np

from app.core.errors import Invalid
from app.devices.models import Outcome, Placement, Start, Success
from app.simulation.disturbances import disturb
from app.simulation.judging import LIFTED_M, in_mug, is_so, near_mug
from app.simulation.scene import MUG_RADIUS_M, MUG_XY_M
from app.simulation.starts import StartStates
from app.simulation.world import World

_TABLE_CM = (-8.0, 46.0, -45.0, 45.0)
_ASIDE = Placement(-400.0, 0.0, 0.0)


class SimulatedWorkcell:
    """Rebuilds the scene between takes; judges it any time. Called by the thread that owns the world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._starts = StartStates(world)

    def reset(self, placement: Placement, start: Start) -> None:
        """Mug back on its coaster, bag and arm in the start state; Invalid for a place off the table or in the mug.

        For `dropped_beside` and `near_goal` the bag belongs at the mug: the
        placement then only varies where exactly.
        """
        _check(placement)
        self._starts.enter(placement, start)

    def place(self, placement: Placement) -> None:
        """Lay the bag there, and the mug back on its coaster, as a person tidies up; the arm stays."""
        _check(placement)
        self._world.put_mug()
        self._world.put_bag(placement)

    def put_aside(self) -> None:
        """Take the bag off the table, where no camera sees it; the mug back on its coaster."""
        self._world.put_mug()
        self._world.put_bag(_ASIDE)

    def truth(self) -> Placement | None:
        return self._world.bag_placement()

    def outcome(self, wanted: Success = Success.in_goal) -> Outcome | None:
        """How the scene is now. success: what is wanted. partial: lifted, or dropped at the mug's foot."""
        if is_so(self._world, wanted):
            return Outcome.success
        lifted = self._world.bag_m[2] > LIFTED_M
        return Outcome.partial if lifted or in_mug(self._world) or near_mug(self._world) else Outcome.failure

    @property
    def settled(self) -> bool:
        """Whether bag and mug rest, so that the scene may be judged for good."""
        return self._world.settled

    def disturb(self, name: str, amount: float) -> None:
        disturb(self._world, name, amount)


def _check(placement: Placement) -> None:
    """Refuse a placement off the mat or inside the mug's wall."""
    x_low, x_high, y_low, y_high = _TABLE_CM
    where = f"x {placement.x_cm:.1f}, y {placement.y_cm:.1f} cm"
    if not (x_low <= placement.x_cm <= x_high and y_low <= placement.y_cm <= y_high):
        raise Invalid(f"The bag cannot lie at {where}: that is off the mat.", todo="Choose a point on the mat.")
    if np.hypot(placement.x_cm / 100 - MUG_XY_M[0], placement.y_cm / 100 - MUG_XY_M[1]) < MUG_RADIUS_M + 0.026:
        raise Invalid(f"The bag cannot lie at {where}: the mug stands there.", todo="Choose a point beside the mug.")
