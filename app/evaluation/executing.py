"""From an execution as it is written down to the strategy and the delay that a trial runs with."""

from __future__ import annotations

from app.evaluation.models import Execution
from app.policies.delay import Delay
from app.policies.strategies import StrategyChoice

OWN = "this machine, measured"


def choice_of(execution: Execution, own_execute: int = 0) -> StrategyChoice:
    """`own_execute` is what the policy's run says where the execution leaves it to the policy."""
    return StrategyChoice(
        mode=execution.mode,
        execute=execution.execute or own_execute,
        threshold=execution.threshold,
        aggregation=execution.aggregation,
        coefficient=execution.coefficient,
    )


def delay_of(execution: Execution, measured_ms: float | None) -> Delay:
    """Raises Invalid for a latency that cannot be emulated."""
    if execution.own_delay:
        return Delay(OWN, (measured_ms or 0.0) / 1000.0)
    stages = {name: value / 1000.0 for name, value in execution.stages_ms.items()}
    return Delay(execution.device, (execution.delay_ms or 0.0) / 1000.0, stages)
