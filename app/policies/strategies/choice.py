"""Which strategy, with which figures: what a person chooses, and the strategy built from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from app.core.errors import Invalid
from app.policies.continuation import Continuation, Schedule
from app.policies.protocol import PolicyInfo
from app.policies.strategies.asynchronous import Aggregation, Asynchronous
from app.policies.strategies.chunking import RealTimeChunking
from app.policies.strategies.ensembling import COEFFICIENT, Ensembling
from app.policies.strategies.protocol import Strategy
from app.policies.strategies.synchronous import Synchronous


class Mode(StrEnum):
    synchronous = "synchronous"
    asynchronous = "asynchronous"
    ensembling = "ensembling"
    rtc = "rtc"


@dataclass(frozen=True)
class StrategyChoice:
    """`threshold` and `aggregation` are for asynchronous modes, `coefficient` for ensembling, the rest for RTC.

    `execute` 0 takes what the policy says of itself. Defaults are LeRobot's and the guide's.
    """

    mode: Mode = Mode.asynchronous
    execute: int = 0
    threshold: float = 0.5
    aggregation: Aggregation = Aggregation.weighted_average
    coefficient: float = COEFFICIENT
    horizon: int = 10
    schedule: Schedule = Schedule.linear
    max_weight: float = 10.0

    @property
    def words(self) -> str:
        """For labels beside a result."""
        match self.mode:
            case Mode.synchronous:
                return "synchronous" + (f", {self.execute} executed" if self.execute else "")
            case Mode.asynchronous:
                return f"asynchronous, threshold {self.threshold:g}, {self.aggregation}"
            case Mode.ensembling:
                return f"temporal ensembling, coefficient {self.coefficient:g}"
            case Mode.rtc:
                return f"real-time chunking, threshold {self.threshold:g}, horizon {self.horizon} {self.schedule}"
            case _:
                assert_never(self.mode)


def build(choice: StrategyChoice, info: PolicyInfo) -> Strategy:
    """The strategy for a policy. Raises Invalid where the policy cannot be executed so."""
    match choice.mode:
        case Mode.synchronous:
            return Synchronous(min(choice.execute or info.execute, info.horizon))
        case Mode.asynchronous:
            return Asynchronous(choice.threshold, choice.aggregation)
        case Mode.ensembling:
            return Ensembling(choice.coefficient)
        case Mode.rtc:
            if not info.continues:
                raise Invalid(
                    f"Real-time chunking steers a flow policy while it denoises; this {info.kind or 'policy'} has no "
                    "denoise loop that the studio can steer.",
                    todo="Choose asynchronous execution, or a flow policy (SmolVLA) that was exported.",
                )
            settings = Continuation(horizon=choice.horizon, schedule=choice.schedule, max_weight=choice.max_weight)
            return RealTimeChunking(choice.threshold, settings)
        case _:
            assert_never(choice.mode)
