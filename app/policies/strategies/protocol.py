"""What every strategy answers to, and how its steps count."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.policies.continuation import Continuation
from app.policies.protocol import Actions

type Action = npt.NDArray[np.float32]  # (A,) in joint units


class Strategy(Protocol):
    """Used from one thread. A step is one period of the policy (1 / fps) in which an action was executed.

    Steps count from 0 at `reset` and never go back. While there is no action the
    arm holds, and the count stands still with it: a plan made before is still a
    plan from where the arm is. A look may take any number of steps, none among
    them; one look is under way at a time.
    """

    def reset(self) -> None: ...

    def wants(self, step: int) -> bool:
        """Whether the policy should look now, before `step` is executed; asked while no look is under way."""
        ...

    def continuation(self, step: int, delay: int) -> Continuation | None:
        """What a look at `step` has to go on from, where `delay` steps will pass until its answer; mostly nothing."""
        ...

    def accept(self, actions: Actions, observed_step: int, step: int) -> int:
        """A chunk for the observation of `observed_step` arrived before `step`; returns how many rows came too late."""
        ...

    def action(self, step: int) -> Action | None:
        """The target to have reached at the end of `step`; None where there is none: the arm holds."""
        ...

    def depth(self, step: int) -> int:
        """How many actions are there from `step` on."""
        ...
