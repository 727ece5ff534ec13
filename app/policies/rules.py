"""What counts as a success of a trial: what has to be so, for how long, and whether the trial may end with it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.core.errors import Invalid
from app.devices import Success

SURE_STEPS = 3  # of the policy: what lasts so long is so
MOST_S = 60.0

_SO: dict[Success, str] = {
    Success.in_goal: "The object rests in the upright goal, let go of",
    Success.lifted: "The claws hold the object 3 cm off the table or higher",
    Success.held_over: "When time is over, the claws hold the object over the goal",
    Success.touched: "A claw touches the object",
}


@dataclass(frozen=True)
class SuccessRule:
    """`wanted` has to be so for `for_s` without a break; 0 means three steps of the policy.

    One that ends early is over as soon as it was so for long enough; `held_over` is about the end, so its trial
    always takes its whole time.
    """

    wanted: Success = Success.in_goal
    for_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.for_s <= MOST_S:
            raise Invalid(f"A success cannot be asked to last {self.for_s:g} s.", todo=f"State 0 to {MOST_S:g} s.")

    @property
    def ends_early(self) -> bool:
        return self.wanted is not Success.held_over

    @property
    def forgives(self) -> bool:
        """Whether a scene that comes to rest so after the time limit counts: only where no duration is stated."""
        return not self.for_s

    def steps(self, fps: float) -> int:
        """So many steps of the policy in a row."""
        return max(1, math.ceil(self.for_s * fps - 1e-9)) if self.for_s else SURE_STEPS

    @property
    def words(self) -> str:
        lasts = f"{self.for_s:g} s without a break" if self.for_s else "three steps of the policy"
        return f"{_SO[self.wanted]}, {'for' if self.ends_early else 'and have for'} {lasts}."


USUAL = SuccessRule()
