"""Looks again while it still has actions, and joins old and new ones as LeRobot's asynchronous client does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

import numpy as np

from app.core.errors import Invalid
from app.policies.continuation import Continuation
from app.policies.protocol import Actions
from app.policies.strategies.protocol import Action


class Aggregation(StrEnum):
    """How an action that is queued and a newer one for the same step become one; LeRobot's names."""

    weighted_average = "weighted_average"
    latest_only = "latest_only"
    average = "average"
    conservative = "conservative"


def _weighted(old_share: float, new_share: float) -> Callable[[Action, Action], Action]:
    return lambda old, new: np.asarray(np.float32(old_share) * old + np.float32(new_share) * new, np.float32)


AGGREGATIONS: Mapping[Aggregation, Callable[[Action, Action], Action]] = {
    Aggregation.weighted_average: _weighted(0.3, 0.7),
    Aggregation.latest_only: lambda old, new: new,
    Aggregation.average: _weighted(0.5, 0.5),
    Aggregation.conservative: _weighted(0.7, 0.3),
}
"""LeRobot 0.6.1, lerobot.async_inference.configs.AGGREGATE_FUNCTIONS; a test holds them equal."""


class Asynchronous:
    """Wants a look as soon as at most `threshold` of a chunk is left, and goes on executing meanwhile.

    Rows of a chunk whose steps are over are dropped; those for queued steps are
    aggregated; the rest is appended. A chunk older than one that was accepted
    already changes nothing.
    """

    def __init__(self, threshold: float, aggregation: Aggregation = Aggregation.weighted_average) -> None:
        if not 0.0 <= threshold <= 1.0:
            raise Invalid(f"A queue threshold of {threshold:g} is outside 0 to 1.", todo="Set a share of a chunk.")
        self._threshold = threshold
        self._join = AGGREGATIONS[aggregation]
        self.reset()

    def reset(self) -> None:
        self._queue: dict[int, Action] = {}
        self._longest = 0
        self._observed = -1

    def wants(self, step: int) -> bool:
        return self._longest == 0 or self.depth(step) / self._longest <= self._threshold

    def continuation(self, step: int, delay: int) -> Continuation | None:
        return None

    def accept(self, actions: Actions, observed_step: int, step: int) -> int:
        late = min(len(actions), step - observed_step)
        self._longest = max(self._longest, len(actions))
        self._forget(step)
        if observed_step < self._observed or late == len(actions):
            return len(actions)
        self._observed = observed_step
        old, self._queue = self._queue, {}
        for at, new in enumerate(actions[late:], start=step):
            self._queue[at] = self._join(old[at], new) if at in old else new
        return late

    def action(self, step: int) -> Action | None:
        self._forget(step)
        return self._queue.get(step)

    def depth(self, step: int) -> int:
        return sum(at >= step for at in self._queue)

    def rows(self, step: int) -> Actions | None:
        """What is queued from `step` on, (L, A)."""
        left = [self._queue[at] for at in sorted(self._queue) if at >= step]
        return np.stack(left) if left else None

    def _forget(self, step: int) -> None:
        for at in [at for at in self._queue if at < step]:
            del self._queue[at]
