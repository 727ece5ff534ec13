"""The one trial loop: a policy, a rig that can be observed and driven, one placement, and how it went.

The lock-step simulator and a live rig both are a `TrialRig`; neither knows the
policy, and this loop knows neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.core.errors import StudioError
from app.devices import Outcome, Placement, Start
from app.policies.protocol import Chunk, Policy, PolicyJoint, PolicyObservation, require_rig
from app.policies.strategies import Action, Strategy, Synchronous

LIMIT_S = 15.0
_SURE_STEPS = 3  # a success that lasts so long is one


@dataclass(frozen=True)
class TrialRequest:
    """One trial to run. `cluster` is the plan's, for the scores; `seed` draws what the rig draws."""

    placement: Placement
    cluster: str = ""
    start: Start = Start.nominal
    seed: int = 0
    held_out: bool = False


@dataclass(frozen=True)
class TrialResult:
    """`outcome` is None where nobody could tell, or where the trial broke off: then `problem` says why."""

    request: TrialRequest
    outcome: Outcome | None
    steps: int
    duration_s: float
    looks: int
    starved_steps: int = 0
    latency_ms: tuple[float, ...] = ()
    problem: str = ""

    @property
    def success(self) -> bool:
        return self.outcome is Outcome.success


class TrialRig(Protocol):
    """What a trial needs of a rig. `advance` moves the arm to `target` (A,) within `seconds` and returns after them."""

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
    strategy: Strategy | None = None,
    task: str = "",
    limit_s: float = LIMIT_S,
    on_chunk: Callable[[Chunk], None] = lambda chunk: None,
) -> TrialResult:
    """One trial: until it is a success for sure, or `limit_s` of the rig's time is over.

    The rig's time stands still while the policy thinks (synchronous). A policy
    that fails or answers with nonsense ends the trial with its words; the arm
    holds. Raises PolicyMismatch before anything moves.
    """
    info = policy.info
    require_rig(info, rig.joints, rig.cameras, robot_type=rig.robot_type)
    plan = strategy or Synchronous(info.execute)
    plan.reset()
    policy.reset()
    rig.begin(request)
    loop = _Loop(policy, rig, plan, task or info.task, on_chunk)
    problem = ""
    try:
        steps = loop.run(round(limit_s * info.fps))
    except StudioError as error:
        problem, steps = str(error), loop.step
    outcome = None if problem else Outcome.success if loop.sure else rig.settle()
    return TrialResult(
        request, outcome, steps, steps / info.fps, loop.looks, loop.starved, tuple(loop.latency_ms), problem
    )


class _Loop:
    """One trial while it runs."""

    def __init__(
        self, policy: Policy, rig: TrialRig, plan: Strategy, task: str, on_chunk: Callable[[Chunk], None]
    ) -> None:
        self._policy = policy
        self._rig = rig
        self._plan = plan
        self._task = task
        self._on_chunk = on_chunk
        self.step = 0
        self.looks = 0
        self.starved = 0
        self.latency_ms: list[float] = []
        self._won = 0

    @property
    def sure(self) -> bool:
        return self._won >= _SURE_STEPS

    def run(self, limit: int) -> int:
        """At most `limit` steps; returns how many were taken."""
        held = self._rig.observe().state
        while self.step < limit and not self.sure:
            if self._plan.wants(self.step):
                self._look()
            action = self._plan.action(self.step)
            self.starved += action is None
            held = held if action is None else action
            self._rig.advance(np.asarray(held, np.float32), 1.0 / self._policy.info.fps)
            self._won = self._won + 1 if self._rig.outcome() is Outcome.success else 0
            self.step += 1
        return self.step

    def _look(self) -> None:
        seen = self._rig.observe()
        chunk = self._policy.chunk(
            PolicyObservation(seen.state, seen.images, self._task, seen.monotonic_ns, seen.age_ms)
        )
        self.looks += 1
        self.latency_ms.append(chunk.latency_ms)
        self._on_chunk(chunk)
        self._plan.accept(chunk.actions, self.step, self.step)
