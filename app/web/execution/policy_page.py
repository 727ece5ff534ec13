"""The section "policy" as pages see it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from app.control.messages import RunStatus
from app.core.errors import StudioError
from app.policies.delay import PRESETS
from app.policies.feasibility import RATE_HZ, Colour
from app.policies.messages import Measured
from app.policies.strategies import Mode, StrategyChoice, build
from app.web.execution.deployment import Deployment
from app.web.execution.models import Run
from app.web.protocol import (
    ChoiceState,
    DelayPreset,
    FeasibilityState,
    LiveRunState,
    ModeState,
    OpenedPolicyState,
    PolicyState,
    RunFigures,
    SmoothnessState,
    StageLatency,
)

CONTROL_HZ = (50.0, 200.0)


def policy_page(deployment: Deployment) -> PolicyState:
    return PolicyState(
        phase=deployment.policy.phase,
        problem=deployment.policy.problem,
        todo=deployment.policy.todo,
        opened=_opened(deployment),
        modes=_modes(deployment),
        latency=_latency(deployment.policy.measured),
        presets=[DelayPreset(key=key, label=one.name, seconds=one.whole_s) for key, one in PRESETS.items()],
        choice=_choice(deployment),
        feasibility=_feasibility(deployment),
        start_blocked=deployment.start_blocked(),
        run=_run(deployment, deployment.run) if deployment.run is not None else None,
    )


def _opened(deployment: Deployment) -> OpenedPolicyState | None:
    opened = deployment.policy.opened
    if opened is None:
        return None
    return OpenedPolicyState(
        name=deployment.policy.name,
        checkpoint=str(deployment.policy.folder),
        kind=opened.kind,
        artifact=opened.artifact,
        device="cpu",
        fps=opened.fps,
        horizon=opened.horizon,
        execute=opened.execute,
        cameras=list(opened.cameras),
        task=opened.task,
        tasks=list(opened.tasks),
        takes_task=opened.takes_task,
    )


def _modes(deployment: Deployment) -> list[ModeState]:
    """Every mode, and why the open policy cannot be executed in it."""
    found = []
    for mode in Mode:
        blocked = ""
        if deployment.policy.opened is not None:
            try:
                build(StrategyChoice(mode), deployment.policy.info)
            except StudioError as error:
                blocked = str(error)
        found.append(ModeState(mode=mode, blocked=blocked))
    return found


def _latency(measured: Measured | None) -> list[StageLatency]:
    if measured is None or not measured.looks_ms:
        return []
    return [_stage(name, spent) for name, spent in (("", measured.looks_ms), *measured.stages_ms.items())]


def _stage(name: str, spent: Iterable[float]) -> StageLatency:
    values = list(spent)
    p50, p95 = (float(value) for value in np.quantile(values, (0.5, 0.95)))
    return StageLatency(stage=name, p50_ms=p50, p95_ms=p95, looks=len(values))


def _choice(deployment: Deployment) -> ChoiceState:
    choice = deployment.choice
    strategy = choice.strategy
    return ChoiceState(
        mode=strategy.mode,
        execute=strategy.execute,
        threshold=strategy.threshold,
        aggregation=strategy.aggregation,
        coefficient=strategy.coefficient,
        horizon=strategy.horizon,
        schedule=strategy.schedule,
        fallback=choice.fallback,
        task=choice.task,
        delay_s=choice.delay.whole_s,
        stages_s=dict(choice.delay.stages_s),
        delay_label=choice.delay.name,
        dataset=choice.dataset,
        cut_off_s=choice.cut_off_s,
        look_limit_s=deployment.look_limit_s,
        words=strategy.words,
    )


def _feasibility(deployment: Deployment) -> FeasibilityState | None:
    opened = deployment.policy.opened
    if opened is None:
        return None
    found = deployment.feasibility()
    execute_s = opened.horizon / opened.fps
    emulated = deployment.choice.delay.words
    if found is None:
        return FeasibilityState(
            colour=Colour.amber,
            measured=False,
            p50_s=None,
            p95_s=None,
            execute_s=execute_s,
            delay_steps=None,
            smallest_threshold=None,
            highest_hz=None,
            rate_hz=opened.fps,
            sentences=["No look was timed on this device yet."],
            remedies=["Measure it."],
            emulated=emulated,
        )
    return FeasibilityState(
        colour=found.colour,
        measured=True,
        p50_s=found.p50_s,
        p95_s=found.p95_s,
        execute_s=found.execute_s,
        delay_steps=found.delay_steps,
        smallest_threshold=found.smallest_threshold,
        highest_hz=found.highest_hz if math.isfinite(found.highest_hz) else None,
        rate_hz=opened.fps,
        sentences=list(found.sentences),
        remedies=list(found.remedies),
        emulated=emulated,
    )


def _run(deployment: Deployment, run: Run) -> LiveRunState | None:
    status = run.status
    if status is None:
        return None
    return LiveRunState(
        number=run.number,
        phase=status.phase,
        reason=status.reason,
        policy=run.policy,
        strategy=run.choice.strategy.words,
        fallback=run.choice.fallback,
        emulated=run.choice.delay.words,
        by=run.by,
        taken_over_by=status.taken_over_by,
        takeovers=status.takeovers,
        elapsed_s=status.elapsed_s,
        dataset=deployment.choice.dataset,
        take=deployment.takes.open,
        episodes=deployment.takes.episodes,
        figures=_figures(status, deployment.policy.opened.horizon if deployment.policy.opened else 0),
    )


def _figures(status: RunStatus, horizon: int) -> RunFigures:
    return RunFigures(
        queue=status.queue,
        horizon=horizon,
        steps=status.steps,
        looks=status.looks,
        refused=status.refused,
        starved_ticks=status.starved_ticks,
        longest_stall_s=status.longest_stall_s,
        late_rows=status.late_rows,
        age_p50_ms=status.age_p50_ms,
        age_p95_ms=status.age_p95_ms,
        age_max_ms=status.age_max_ms,
        policy_hz=status.policy_hz,
        control_hz=status.control_hz,
        latency=[
            StageLatency(stage=one.stage, p50_ms=one.p50_ms, p95_ms=one.p95_ms, looks=one.looks)
            for one in status.latency
        ],
        smoothness=SmoothnessState(
            seams=status.seams,
            seam_p95=status.seam_p95,
            seam_max=status.seam_max,
            inside_p95=status.inside_p95,
            inside_max=status.inside_max,
            jerk=status.jerk,
        ),
        warnings=_warnings(status),
    )


def _warnings(status: RunStatus) -> list[str]:
    found = []
    for name, rate, (least, most), todo in (
        ("policy looks", status.policy_hz, RATE_HZ, "Change the threshold, or take a faster policy."),
        ("arm is driven", status.control_hz, CONTROL_HZ, "This machine is too busy to keep its control rate."),
    ):
        if rate is not None and not least <= rate <= most * 1.02:
            found.append(f"The {name} {rate:.1f} times a second, outside {least:g} to {most:g}. {todo}")
    return found
