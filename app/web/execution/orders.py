"""A run as the other processes are told it: the rig what to execute, the policy what to expect."""

from __future__ import annotations

from app.control.messages import Execute
from app.policies import messages
from app.web.execution.models import Run


def execute_order(request: int, run: Run, opened: messages.Opened, *, look_s: float, cut_off_s: float) -> Execute:
    """`look_s` is how long a look takes at p95, 0 where none was timed."""
    strategy = run.choice.strategy
    return Execute(
        request=request,
        run=run.number,
        label=f"The policy {run.policy.removeprefix('exports/')}",
        mode=strategy.mode.value,
        fps=opened.fps,
        horizon=opened.horizon,
        execute=strategy.execute or opened.execute,
        threshold=strategy.threshold,
        aggregation=strategy.aggregation.value,
        coefficient=strategy.coefficient,
        rtc_horizon=strategy.horizon,
        schedule=strategy.schedule.value,
        max_weight=strategy.max_weight,
        continues=opened.continues,
        fallback=run.choice.fallback,
        look_s=look_s,
        stated=run.choice.delay.words,
        owner=run.client,
        owner_label=run.by,
        cut_off_s=cut_off_s,
    )


def prepare_order(run: Run) -> messages.Prepare:
    strategy, delay = run.choice.strategy, run.choice.delay
    return messages.Prepare(
        run=run.number,
        task=run.choice.task,
        whole_s=delay.whole_s,
        stages_s=dict(delay.stages_s),
        horizon=strategy.horizon,
        schedule=strategy.schedule.value,
        max_weight=strategy.max_weight,
    )
