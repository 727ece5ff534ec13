"""ACT's temporal ensembling: each step executes the weighted mean of every chunk that speaks of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.core.errors import Invalid
from app.policies.continuation import Continuation
from app.policies.protocol import Actions
from app.policies.strategies.protocol import Action

COEFFICIENT = 0.01  # of the original ACT


@dataclass
class _Mean:
    """Of the predictions for one step: their weighted sum, the weights' sum, and how many they are."""

    total: npt.NDArray[np.float64]
    weight: float
    count: int


class Ensembling:
    """Wants a look at every step. Prediction i of a step, 0 the oldest, weighs exp(-coefficient * i), as in LeRobot.

    So 0 weighs all alike, a positive coefficient prefers older ones, a negative
    one newer ones. A policy that takes longer than a step looks as often as it
    can, and fewer chunks speak of each step.
    """

    def __init__(self, coefficient: float = COEFFICIENT) -> None:
        if not np.isfinite(coefficient) or abs(coefficient) > 10.0:
            raise Invalid(f"An ensembling coefficient of {coefficient:g} makes no sense.", todo="ACT uses 0.01.")
        self._coefficient = coefficient
        self.reset()

    def reset(self) -> None:
        self._means: dict[int, _Mean] = {}
        self._observed = -1

    def wants(self, step: int) -> bool:
        return True

    def continuation(self, step: int, delay: int) -> Continuation | None:
        return None

    def accept(self, actions: Actions, observed_step: int, step: int) -> int:
        late = min(len(actions), step - observed_step)
        self._forget(step)
        if observed_step < self._observed:
            return len(actions)
        self._observed = observed_step
        for at, row in enumerate(actions[late:], start=step):
            self._add(at, row)
        return late

    def action(self, step: int) -> Action | None:
        self._forget(step)
        mean = self._means.get(step)
        return None if mean is None else (mean.total / mean.weight).astype(np.float32)

    def depth(self, step: int) -> int:
        return sum(at >= step for at in self._means)

    def _add(self, at: int, row: Action) -> None:
        mean = self._means.setdefault(at, _Mean(np.zeros(row.shape), 0.0, 0))
        weight = float(np.exp(-self._coefficient * mean.count))
        mean.total += weight * row
        mean.weight += weight
        mean.count += 1

    def _forget(self, step: int) -> None:
        for at in [at for at in self._means if at < step]:
            del self._means[at]
