"""Real-time chunking: a flow policy's next chunk goes on from what is still queued."""

from __future__ import annotations

from dataclasses import replace

from app.policies.continuation import Continuation
from app.policies.protocol import Actions
from app.policies.strategies.asynchronous import Aggregation, Asynchronous
from app.policies.strategies.protocol import Action


class RealTimeChunking:
    """Looks as `Asynchronous` does, tells the policy what is queued, and takes its answer as it is.

    The policy is held to the actions that will be executed while it thinks, and
    drawn to those after them until `horizon` (see `Continuation`): so the new
    chunk needs no averaging, it replaces the queue.
    """

    def __init__(self, threshold: float, settings: Continuation) -> None:
        self._queue = Asynchronous(threshold, Aggregation.latest_only)
        self._settings = settings

    def reset(self) -> None:
        self._queue.reset()

    def wants(self, step: int) -> bool:
        return self._queue.wants(step)

    def continuation(self, step: int, delay: int) -> Continuation | None:
        rows = self._queue.rows(step)
        return None if rows is None else replace(self._settings, actions=rows, delay=delay)

    def accept(self, actions: Actions, observed_step: int, step: int) -> int:
        return self._queue.accept(actions, observed_step, step)

    def action(self, step: int) -> Action | None:
        return self._queue.action(step)

    def depth(self, step: int) -> int:
        return self._queue.depth(step)
