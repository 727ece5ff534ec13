"""Real-time chunking's guidance: draws a denoising chunk to the actions that are queued already.

After arXiv 2506.07339 as LeRobot 0.6.1 computes it (lerobot.policies.rtc.modeling_rtc): the velocity is taken
for constant, so the correction needs no Jacobian and a plain exported denoiser will do. docs/decisions/0102.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

type Values = npt.NDArray[np.float32]
type Guide = Callable[[Values, Values, float], Values]
"""(x_t, v_t, t) to the velocity that is integrated instead of v_t."""


class Schedule(StrEnum):
    """How the pull fades between the delay and the horizon; LeRobot's RTCAttentionSchedule."""

    zeros = "zeros"
    ones = "ones"
    linear = "linear"
    exp = "exp"


@dataclass(frozen=True)
class Continuation:
    """`actions` (L, A) in joint units are queued from the observation's step on; `delay` of them will be over.

    The first `delay` rows pull fully, those up to `horizon` less and less, as
    `schedule` says; `max_weight` bounds the pull. Defaults are LeRobot's.
    """

    actions: Values = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    delay: int = 0
    horizon: int = 10
    schedule: Schedule = Schedule.linear
    max_weight: float = 10.0

    def weights(self, total: int) -> Values:
        """The pull on each of `total` rows, 0 to 1."""
        end = min(self.horizon, len(self.actions), total)
        start = min(self.delay, end)
        pull = np.zeros(total, np.float32)
        match self.schedule:
            case Schedule.zeros:
                pull[:start] = 1.0
                return pull
            case Schedule.ones:
                pull[:end] = 1.0
                return pull
            case Schedule.linear | Schedule.exp:
                fading = np.linspace(1.0, 0.0, end - start + 2, dtype=np.float32)[1:-1]
        if self.schedule is Schedule.exp:
            fading = fading * np.expm1(fading) / np.float32(np.e - 1.0)
        pull[:start], pull[start:end] = 1.0, fading
        return pull

    def guide(self, normalized: Values, rows: int, width: int) -> Guide:
        """The guide of a denoiser of (rows, width); `normalized` (L, A) are `actions` in its own space."""
        count, joints = min(len(normalized), rows), min(normalized.shape[1], width)
        wanted = np.zeros((rows, width), np.float32)
        wanted[:count, :joints] = normalized[:count, :joints]
        weights = self.weights(rows)[:, None]

        def guided(x_t: Values, v_t: Values, t: float) -> Values:
            at, by = x_t.reshape(rows, width), v_t.reshape(rows, width)
            error = (wanted - (at - np.float32(t) * by)) * weights
            return np.asarray(by - np.float32(_strength(t, self.max_weight)) * error, np.float32).reshape(v_t.shape)

        return guided


def _strength(t: float, most: float) -> float:
    """t runs from 1 (noise) to 0 (actions); tau of the paper is 1 - t."""
    tau = 1.0 - t
    if tau <= 0.0:
        return most
    if t <= 0.0:
        return 0.0
    return min(most, t / tau * (t * t + tau * tau) / (t * t))
