"""When to look again, and which action of which chunk is next: small pure state machines without a clock.

A step is one period of the policy (1 / fps). `Synchronous` is the plain one:
look, execute some actions, look again. Asynchronous strategies answer to the
same protocol and accept chunks that were asked for some steps ago.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.core.errors import Invalid
from app.policies.protocol import Actions

type Action = npt.NDArray[np.float32]  # (A,) in joint units


class Strategy(Protocol):
    """Used from one thread. Steps count from 0 at `reset` and never go back."""

    def reset(self) -> None: ...

    def wants(self, step: int) -> bool:
        """Whether the policy should look at the observation of `step`."""
        ...

    def accept(self, actions: Actions, observed_step: int, step: int) -> None:
        """A chunk for the observation of `observed_step` arrived before `step` is executed."""
        ...

    def action(self, step: int) -> Action | None:
        """The target to have reached at the end of `step`; None where there is none: the arm holds."""
        ...


class Synchronous:
    """Executes the first `execute` actions of a chunk, then waits for the next look."""

    def __init__(self, execute: int) -> None:
        if execute < 1:
            raise Invalid(f"{execute} actions of a chunk cannot be executed.", todo="Execute at least one.")
        self._execute = execute
        self.reset()

    def reset(self) -> None:
        self._actions: Actions | None = None
        self._first = 0

    def wants(self, step: int) -> bool:
        return self._actions is None or step - self._first >= min(self._execute, len(self._actions))

    def accept(self, actions: Actions, observed_step: int, step: int) -> None:
        """While the policy thought nothing was executed, so its first action is for `step`, whenever it looked."""
        self._actions, self._first = actions, step

    def action(self, step: int) -> Action | None:
        if self._actions is None or self.wants(step):
            return None
        return self._actions[step - self._first]
