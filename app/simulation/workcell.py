"""The world behind the `Workcell` protocol: it places the bag and tells from physics what became of it."""

from __future__ import annotations

import numpy as np

from app.core.errors import Invalid
from app.devices.models import Outcome, Placement, Start
from app.simulation.disturbances import disturb
from app.simulation.scene import MUG_RADIUS_M, MUG_XY_M
from app.simulation.starts import StartStates
from app.simulation.textures import MUG_HEIGHT_M, MUG_INNER_M
from app.simulation.world import World

_TABLE_CM = (-8.0, 46.0, -45.0, 45.0)
_LIFTED_M = 0.03
_ASIDE = Placement(-400.0, 0.0, 0.0)
_NEAR_MUG_M = 0.04


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

    def outcome(self) -> Outcome | None:
        """success: the bag rests in an upright mug, untouched. partial: lifted, or dropped at the mug's foot."""
        world = self._world
        inside = world.bag_in_mug_m
        aside = float(np.hypot(inside[0], inside[1]))
        if aside < MUG_INNER_M and -0.01 < inside[2] < MUG_HEIGHT_M and world.mug_upright:
            rests = world.settled and not world.bag_touched
            return Outcome.success if rests else Outcome.partial
        near = aside < MUG_RADIUS_M + _NEAR_MUG_M
        return Outcome.partial if near or world.bag_m[2] > _LIFTED_M else Outcome.failure

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
