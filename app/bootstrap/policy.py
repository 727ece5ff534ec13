"""The policy's process, and what the rig needs of policies: the strategies, which its room may not import."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

from app.control.messages import Execute

if TYPE_CHECKING:
    from app.policies.strategies import Strategy


def make_plan(order: Execute) -> Strategy:
    """The strategy of a run. Raises Invalid in words."""
    from app.policies import PolicyInfo
    from app.policies.continuation import Schedule
    from app.policies.strategies import Aggregation, Mode, StrategyChoice, build

    choice = StrategyChoice(
        Mode(order.mode),
        order.execute,
        order.threshold,
        Aggregation(order.aggregation),
        order.coefficient,
        order.rtc_horizon,
        Schedule(order.schedule),
        order.max_weight,
    )
    execute = order.execute or order.horizon
    return build(choice, PolicyInfo("policy", order.fps, order.horizon, execute, (), (), continues=order.continues))


def run_policy(data_dir: Path) -> int:
    """The process a policy runs in: opened, timed, and asked by the rig; it ends with the studio."""
    from app.core.clock import SystemClock
    from app.core.logs import set_up_logs
    from app.policies import open_policy
    from app.policies.process import PolicyProcess
    from app.storage.paths import DataFolder

    set_up_logs("policy")
    run_folder = DataFolder(data_dir).run_folder
    process = PolicyProcess(run_folder / "policy.sock", run_folder / "rig.sock", SystemClock(), open_policy)
    signal.signal(signal.SIGTERM, lambda number, frame: process.stop())
    process.run()
    return 0
