"""What became of the object in a simulated trial, in a few words: failures are grouped by it."""

from __future__ import annotations

from app.devices import Outcome, Success
from app.simulation import World
from app.simulation.judging import LIFTED_M, in_mug, near_mug

_DONE = {
    Success.in_goal: "in the mug",
    Success.lifted: "lifted the bag",
    Success.held_over: "held the bag over the mug",
    Success.touched: "touched the bag",
}


class Story:
    """Watches one trial. `look` after every step, `told` once the scene is at rest."""

    def __init__(self, world: World, wanted: Success = Success.in_goal) -> None:
        self._world = world
        self._wanted = wanted
        self._touched = False
        self._lifted = False

    def look(self) -> None:
        world = self._world
        self._touched = self._touched or world.bag_touched
        self._lifted = self._lifted or (world.bag_m[2] > LIFTED_M and world.bag_touched)

    def told(self, outcome: Outcome | None) -> str:
        """The latest stage it came to."""
        world = self._world
        if outcome is Outcome.success:
            return _DONE[self._wanted]
        if not world.mug_upright:
            return "knocked the mug over"
        if not self._touched:
            return "never touched the bag"
        if self._wanted is Success.touched:
            return "touched the bag, not for long enough"
        if not self._lifted:
            return "touched the bag, did not lift it"
        if world.bag_touched and world.bag_m[2] > LIFTED_M:
            return "still held the bag when time was over"
        if self._wanted is Success.lifted:
            return "lifted the bag, not for long enough"
        if in_mug(world):
            return "let the bag go into the mug" if self._wanted is Success.held_over else "in the mug, not long enough"
        return "let go at the mug, not into it" if near_mug(world) else "lost the bag on the way"
