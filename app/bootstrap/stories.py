"""What became of the object in a simulated trial, in a few words: failures are grouped by it."""

from __future__ import annotations

from app.devices import Outcome
from app.simulation import World
from app.simulation.scene import MUG_RADIUS_M

_LIFTED_M = 0.03
_NEAR_M = 0.04


class Story:
    """Watches one trial. `look` after every step, `told` once the scene is at rest."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._touched = False
        self._lifted = False

    def look(self) -> None:
        world = self._world
        self._touched = self._touched or world.bag_touched
        self._lifted = self._lifted or (world.bag_m[2] > _LIFTED_M and world.bag_touched)

    def told(self, outcome: Outcome | None) -> str:
        """The latest stage it came to."""
        world = self._world
        if outcome is Outcome.success:
            return "in the mug"
        if not world.mug_upright:
            return "knocked the mug over"
        if not self._touched:
            return "never touched the bag"
        if not self._lifted:
            return "touched the bag, did not lift it"
        if world.bag_touched and world.bag_m[2] > _LIFTED_M:
            return "still held the bag when time was over"
        aside = float((world.bag_in_mug_m[0] ** 2 + world.bag_in_mug_m[1] ** 2) ** 0.5)
        if aside < MUG_RADIUS_M + _NEAR_M:
            return "let go at the mug, not into it"
        return "lost the bag on the way"
