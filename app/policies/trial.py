"""The one trial loop: a policy, a rig that can be observed and driven, one placement, and how it went.

The lock-step simulator and a live rig both are a `TrialRig`; neither knows the
policy, and this loop knows neither. A look takes none of the rig's time, or a
stated one (`Delay`): then the rig goes on meanwhile, by what is queued, or holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from app.control.smoothness import Smoothness, SmoothnessFigures
from app.core.errors import StudioError
from app.devices import Outcome, Placement, Start
from app.policies.delay import Delay
from app.policies.protocol import Chunk, Policy, PolicyJoint, PolicyObservation, require_rig
from app.policies.rules import USUAL, SuccessRule
from app.policies.strategies import Action, Mode, Strategy, StrategyChoice, build

LIMIT_S = 15.0
NO_DELAY = Delay()


@dataclass(frozen=True)
class TrialRequest:
    """One trial to run. `cluster` is the plan's, for the scores; `seed` draws what the rig draws; `rule` judges it."""

    placement: Placement
    cluster: str = ""
    start: Start = Start.nominal
    seed: int = 0
    held_out: bool = False
    rule: SuccessRule = USUAL


@dataclass(frozen=True)
class TrialResult:
    """`outcome` is None where nobody could tell, or where the trial broke off: then `problem` says why.

    Of the `steps` the arm held for `waited_steps` before the first action and for
    `starved_steps` after it (`longest_stall_steps` of them in a row); `late_rows`
    of all chunks were over when they came. `age_ms` is how old the observation
    behind an executed action was at its execution, p50, p95 and most. `strategy`
    and `delay` label the result: an emulated latency is always said.
    """

    request: TrialRequest
    outcome: Outcome | None
    steps: int
    duration_s: float
    looks: int
    starved_steps: int = 0
    latency_ms: tuple[float, ...] = ()
    problem: str = ""
    waited_steps: int = 0
    longest_stall_steps: int = 0
    late_rows: int = 0
    age_ms: tuple[float, float, float] | None = None
    smoothness: SmoothnessFigures = field(default_factory=SmoothnessFigures)
    strategy: str = ""
    delay: str = ""
    delay_s: float = 0.0

    @property
    def success(self) -> bool:
        return self.outcome is Outcome.success


class TrialRig(Protocol):
    """What a trial needs of a rig. `advance` moves the arm to `target` (A,) within `seconds` and returns after them.

    `outcome` says how the scene is now by the request's rule, `settle` how it is once it came to rest.
    """

    @property
    def joints(self) -> tuple[PolicyJoint, ...]: ...
    @property
    def cameras(self) -> tuple[str, ...]: ...
    @property
    def robot_type(self) -> str: ...
    def begin(self, request: TrialRequest) -> None: ...
    def observe(self) -> PolicyObservation: ...
    def advance(self, target: Action, seconds: float) -> None: ...
    def outcome(self) -> Outcome | None: ...
    def settle(self) -> Outcome | None: ...
    def close(self) -> None: ...


def run_trial(
    policy: Policy,
    rig: TrialRig,
    request: TrialRequest,
    *,
    strategy: Strategy | StrategyChoice | None = None,
    delay: Delay = NO_DELAY,
    task: str = "",
    limit_s: float = LIMIT_S,
    on_chunk: Callable[[Chunk], None] = lambda chunk: None,
) -> TrialResult:
    """One trial: until it is a success for sure, or `limit_s` of the rig's time is over.

    Without a `delay` the rig's time stands still while the policy thinks; with
    one, a look's answer arrives so much later, rounded up to whole steps, and the
    world moves on. A policy that fails or answers with nonsense ends the trial
    with its words; the arm holds. Raises PolicyMismatch, and Invalid for a
    strategy that the policy cannot be executed with, before anything moves.
    """
    info = policy.info
    require_rig(info, rig.joints, rig.cameras, robot_type=rig.robot_type)
    choice = strategy or StrategyChoice(Mode.synchronous)
    plan = build(choice, info) if isinstance(choice, StrategyChoice) else choice
    plan.reset()
    policy.reset()
    rig.begin(request)
    loop = _Loop(policy, rig, plan, delay, task or info.task, on_chunk, request.rule)
    problem = ""
    try:
        loop.run(round(limit_s * info.fps))
    except StudioError as error:
        problem = str(error)
    outcome = None if problem else loop.judged()
    return TrialResult(
        request,
        outcome,
        loop.elapsed,
        loop.elapsed / info.fps,
        loop.looks,
        problem=problem,
        strategy=choice.words if isinstance(choice, StrategyChoice) else type(choice).__name__,
        delay=delay.words,
        delay_s=delay.stated_s,
        **loop.figures(),
    )


@dataclass(frozen=True)
class _Answer:
    """A chunk on its way: for the observation of `observed` steps executed and `looked` steps elapsed."""

    chunk: Chunk
    observed: int
    looked: int
    due: int


class _Loop:
    """One trial while it runs. `elapsed` counts steps of the rig's time, `step` those that executed an action."""

    def __init__(
        self,
        policy: Policy,
        rig: TrialRig,
        plan: Strategy,
        delay: Delay,
        task: str,
        on_chunk: Callable[[Chunk], None],
        rule: SuccessRule,
    ) -> None:
        self._policy = policy
        self._rule = rule
        self._lasting = rule.steps(policy.info.fps)
        self._rig = rig
        self._plan = plan
        self._delay = delay
        self._task = task
        self._on_chunk = on_chunk
        self.elapsed = 0
        self.step = 0
        self.looks = 0
        self._waiting: _Answer | None = None
        self._looked = 0
        self._delay_steps = 0
        self._fresh = False
        self._won = 0
        self._ever = False
        self._stalls = [0]
        self._waited = 0
        self._late = 0
        self._latency_ms: list[float] = []
        self._ages_ms: list[float] = []
        self._smoothness = Smoothness(policy.info.fps)

    @property
    def sure(self) -> bool:
        """Whether it was so for long enough, up to now."""
        return self._won >= self._lasting

    def judged(self) -> Outcome | None:
        """How it went, by the rule; what was so for a while only went part of the way."""
        if self.sure:
            return Outcome.success
        found = self._rig.settle()
        if found is Outcome.success and not self._rule.forgives:
            return Outcome.partial
        return Outcome.partial if found is Outcome.failure and self._ever else found

    def run(self, limit: int) -> None:
        """At most `limit` steps of the rig's time."""
        held = self._rig.observe().state
        while self.elapsed < limit and not (self.sure and self._rule.ends_early):
            self._arrive()
            if self._waiting is None and self._plan.wants(self.step):
                self._look()
                self._arrive()
            action = self._plan.action(self.step)
            self._count(action)
            held = held if action is None else action
            self._rig.advance(np.asarray(held, np.float32), 1.0 / self._policy.info.fps)
            now = self._rig.outcome() is Outcome.success
            self._won, self._ever = (self._won + 1 if now else 0), self._ever or now
            self.elapsed += 1
            self.step += action is not None

    def figures(self) -> dict[str, Any]:
        """The fields of a result that are counted here."""
        ages = [float(value) for value in np.quantile(self._ages_ms, (0.5, 0.95, 1.0))] if self._ages_ms else None
        return {
            "starved_steps": sum(self._stalls),
            "longest_stall_steps": max(self._stalls),
            "waited_steps": self._waited,
            "late_rows": self._late,
            "latency_ms": tuple(self._latency_ms),
            "age_ms": tuple(ages) if ages else None,
            "smoothness": self._smoothness.figures(),
        }

    def _look(self) -> None:
        seen = self._rig.observe()
        ahead = self._plan.continuation(self.step, self._delay_steps)
        chunk = self._policy.chunk(replace(seen, task=self._task, continuation=ahead))
        self.looks += 1
        self._latency_ms.append(chunk.latency_ms)
        self._on_chunk(chunk)
        steps = int(np.ceil(self._delay.seconds(chunk) * self._policy.info.fps - 1e-9))
        self._delay_steps = max(self._delay_steps, steps)
        self._waiting = _Answer(chunk, self.step, self.elapsed, self.elapsed + steps)

    def _arrive(self) -> None:
        answer = self._waiting
        if answer is None or self.elapsed < answer.due:
            return
        self._waiting, self._looked, self._fresh = None, answer.looked, True
        self._late += self._plan.accept(answer.chunk.actions, answer.observed, self.step)

    def _count(self, action: Action | None) -> None:
        if action is not None:
            self._smoothness.add(np.asarray(action, np.float64), seam=self._fresh)
            self._ages_ms.append(1e3 * (self.elapsed - self._looked) / self._policy.info.fps)
            self._fresh = False
            if self._stalls[-1]:
                self._stalls.append(0)
        elif self.step == 0:
            self._waited += 1
        else:
            self._stalls[-1] += 1
