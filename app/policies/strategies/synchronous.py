"""The plain one: look, execute some actions, look again."""

from __future__ import annotations

from app.core.errors import Invalid
from app.policies.continuation import Continuation
from app.policies.protocol import Actions
from app.policies.strategies.protocol import Action


class Synchronous:
    """Executes the first `execute` actions of a chunk, then waits for the next look; the arm holds meanwhile."""

    def __init__(self, execute: int) -> None:
        if execute < 1:
            raise Invalid(f"{execute} actions of a chunk cannot be executed.", todo="Execute at least one.")
        self._execute = execute
        self.reset()

    def reset(self) -> None:
        self._actions: Actions | None = None
        self._first = 0

    def wants(self, step: int) -> bool:
        return self.depth(step) == 0

    def continuation(self, step: int, delay: int) -> Continuation | None:
        return None

    def accept(self, actions: Actions, observed_step: int, step: int) -> int:
        """While the policy thought nothing was executed, so its first action is for `step`, whenever it looked."""
        self._actions, self._first = actions, step
        return 0

    def action(self, step: int) -> Action | None:
        if self._actions is None or self.depth(step) == 0:
            return None
        return self._actions[step - self._first]

    def depth(self, step: int) -> int:
        if self._actions is None:
            return 0
        return max(0, min(self._execute, len(self._actions)) - (step - self._first))
