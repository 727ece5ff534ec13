"""A policy on the arm, as the web process holds it: what was chosen, its run and the takes of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from app.control.client import RigClient, require_ok
from app.control.messages import Execute, Reply, RunStatus
from app.control.models import ControlPhase, Rank, RunPhase
from app.core.companions import Companion
from app.core.errors import Conflict, Invalid, NotReady, StudioError
from app.core.identity import Identity
from app.datasets import require_name
from app.evaluation.subjects import find
from app.policies import messages
from app.policies.feasibility import Colour, Feasibility, feasibility
from app.policies.strategies import Mode, build
from app.recording import Phase
from app.web.execution.errors import NeedsYes, NotStartable
from app.web.execution.models import Run, RunChoice
from app.web.execution.orders import execute_order, prepare_order
from app.web.execution.policy_session import PolicySession
from app.web.execution.run_takes import RunTakes

if TYPE_CHECKING:
    from app.web.studio import Studio

LOOK_LIMIT_S, LOOK_LIMIT_TIMES = 10.0, 5.0  # a look is cut off after so long, or so many times its usual time
_SETTLED = (RunPhase.held, RunPhase.paused, RunPhase.taken_over, RunPhase.ended)

type Ask = Callable[[RigClient], Awaitable[Reply]]


class Deployment:
    """One policy's process at a time, and one run. Everything happens on the event loop."""

    def __init__(self, studio: Studio, process: Companion) -> None:
        self._studio = studio
        self._numbers = studio.clock.monotonic_ns() // 1_000_000
        self.policy = PolicySession(studio, process, self._opened)
        self.takes = RunTakes(studio, self)
        self.choice = RunChoice()
        self.run: Run | None = None

    # ---- which policy ----

    async def open(self, policy: str) -> None:
        """Start a process for `policy` and let it open and time it; what was open before is closed."""
        found = await asyncio.to_thread(find, policy, self._studio.folder)
        facts = self._studio.rig_facts
        if facts is None or self._studio.cameras is None:
            raise NotReady("The rig and its cameras are not attached yet.", todo="Wait a moment.")
        await self.close()
        self.policy.open(policy, found.folder, facts)

    async def close(self) -> None:
        """End the run and the process."""
        if self.run is not None and self.run.active:
            with contextlib.suppress(StudioError):
                await self.stop("The policy was closed.")
        await self.policy.close()

    def measure(self) -> None:
        """Time looks again. Raises NotStartable while that would disturb a run."""
        if self.run is not None and self.run.active:
            raise NotStartable("The policy is running.", todo="Stop it, then measure.")
        self.policy.measure()

    def _opened(self, opened: messages.Opened) -> None:
        """What was chosen for another policy may not be possible with this one."""
        if opened.tasks and self.choice.task not in opened.tasks:
            self.choice = replace(self.choice, task=opened.task or opened.tasks[0])
        if self.choice.strategy.mode is Mode.rtc and not opened.continues:
            self.choice = replace(self.choice, strategy=replace(self.choice.strategy, mode=Mode.asynchronous))

    # ---- what is chosen ----

    def choose(self, choice: RunChoice) -> None:
        """Raises Invalid for a strategy that the open policy cannot be executed with, or a dataset's bad name."""
        if choice.dataset:
            require_name(choice.dataset)
        if self.policy.opened is not None:
            build(choice.strategy, self.policy.info)
        stages = self.policy.measured.stages_ms if self.policy.measured is not None else {}
        if unknown := [name for name in choice.delay.stages_s if stages and name not in stages]:
            raise Invalid(
                f"The policy has no stage {', '.join(unknown)}; it has {', '.join(stages)}.",
                todo="State the latency of its own stages, or of the whole look.",
            )
        self.choice = choice
        self._studio.changed("policy")

    def feasibility(self) -> Feasibility | None:
        """None while no look was timed."""
        if self.policy.opened is None or self.policy.measured is None:
            return None
        return feasibility(self._latencies_s(self.policy.measured), self.policy.info, self.choice.strategy)

    @property
    def look_limit_s(self) -> float:
        """After so long a look is cut off: as chosen, or far beyond what was timed."""
        found = self.feasibility()
        usual_s = found.p95_s if found is not None else 0.0
        return self.choice.cut_off_s or round(max(LOOK_LIMIT_S, LOOK_LIMIT_TIMES * usual_s), 1)

    def _latencies_s(self, measured: messages.Measured) -> list[float]:
        """What was timed, with the emulated latency in it."""
        delay = self.choice.delay
        if delay.whole_s:
            return [max(delay.whole_s, look / 1e3) for look in measured.looks_ms]
        found = []
        for number, look in enumerate(measured.looks_ms):
            took = {name: spent[number] / 1e3 for name, spent in measured.stages_ms.items() if number < len(spent)}
            more = sum(max(0.0, stated - took.get(name, 0.0)) for name, stated in delay.stages_s.items())
            found.append(look / 1e3 + more)
        return found

    # ---- the run ----

    def start_blocked(self) -> str:
        """The one reason why nothing can be started, "" when it can."""
        status, recorder = self._studio.status, self._studio.recorder
        if self.run is not None and self.run.active:
            return "A policy is running: stop it first."
        if self.policy.phase != "ready":
            return self.policy.problem or "Open a policy first, and let it be measured."
        if status is None:
            return self._studio.rig_session.down or "The rig is not attached."
        if status.phase in (ControlPhase.stopped, ControlPhase.faulted, ControlPhase.starting):
            return status.reason
        if self.choice.dataset and recorder.phase is not Phase.idle:
            return "A take is open: save or discard it first."
        return ""

    async def start(self, who: Identity, *, accept_red: bool, record: bool) -> None:
        """Put the policy on the arm. Raises NotStartable, NeedsYes, and what the rig refuses."""
        if reason := self.start_blocked():
            raise NotStartable(reason)
        found = self.feasibility()
        if found is not None and found.colour is Colour.red and not accept_red:
            raise NeedsYes(
                f"This is not fast enough: {' '.join(found.sentences)}",
                todo=f"{' '.join(found.remedies)} Or start it in spite of that, with a yes.",
            )
        taking = record and bool(self.choice.dataset)
        if taking:
            await self.takes.require_dataset(self.choice.dataset)
        await self._let_go(who)
        self._numbers += 1
        self.takes.new_run()
        self.run = Run(self._numbers, self.choice, self.policy.name, self._studio.name_of(who), who.client)
        self._studio.drivers.inputs.setdefault(who.client, "")
        try:
            self.policy.tell(prepare_order(self.run))
            epoch = await self._ask(lambda rig: rig.execute(self._order))
        except StudioError:
            self.run = None
            raise
        await self._studio.lease_known(epoch)
        self._studio.changed("policy")
        if taking:
            await self.takes.begin()

    async def pause(self) -> None:
        run = self._active()
        await self._ask(lambda rig: rig.pause_run(run.number))

    async def resume(self, who: Identity) -> None:
        """After a pause, a hold or a takeover; only who has the arm hands it back."""
        run, lease = self._active(), self._studio.lease()
        epoch = 0
        if lease is not None and lease.rank is Rank.person:
            if lease.source != who.client:
                raise Conflict(f"{lease.label} has the arm.", todo="Whoever has it hands it back.")
            epoch = lease.epoch
        await self._ask(lambda rig: rig.resume_run(run.number, epoch))

    async def stop(self, reason: str) -> None:
        """End the run; the arm holds, and an open take waits for its decision."""
        run = self._active()
        await self._ask(lambda rig: rig.end_run(run.number, reason))
        await self.takes.end()

    async def finish(self, who: Identity, outcome: str, cause: str) -> str:
        """End the run and save its take."""
        run = self._active()
        await self._ask(lambda rig: rig.end_run(run.number, f"Finished by {self._studio.name_of(who)}."))
        return await self.takes.save(outcome, cause)

    def told(self, status: RunStatus) -> None:
        """The rig says how the run stands."""
        run = self.run
        if run is None or run.number != status.run:
            return
        before = run.status.phase if run.status is not None else None
        self.run = replace(run, status=status)
        self.takes.moved(before, status.phase)
        if status.cut_off and status.phase in _SETTLED and self.policy.phase == "ready":  # the fallback is over
            name, limit_s = self.policy.name, self.look_limit_s
            self.policy.give_up(f"{name} did not answer within {limit_s:g} s: its process was ended.")
        self._studio.changed("policy")

    def rig_gone(self) -> None:
        """The rig's process ended, and with it the run."""
        run = self.run
        if run is None or not run.active:
            return
        if run.status is not None:
            self.told(_over(run.status, "The rig's process ended."))
        else:
            self.run = None

    # ---- inside ----

    def _active(self) -> Run:
        if self.run is None or not self.run.active:
            raise NotStartable("No policy is running.", todo="Start one.")
        return self.run

    async def _let_go(self, who: Identity) -> None:
        """Whoever starts a policy gives it the arm."""
        lease = self._studio.lease()
        if lease is not None and lease.source == who.client:
            await self._ask(lambda rig: rig.release(lease.epoch))

    async def _ask(self, order: Ask) -> int:
        reply = await order(self._studio.require_rig())
        require_ok(reply)
        return int(reply.values.get("epoch", 0))

    def _order(self, request: int) -> Execute:
        assert self.run is not None
        assert self.policy.opened is not None
        found = self.feasibility()
        look_s = found.p95_s if found is not None else 0.0
        return execute_order(request, self.run, self.policy.opened, look_s=look_s, cut_off_s=self.look_limit_s)

    def facts(self) -> Mapping[str, str]:
        """What an episode says of the policy that drives it; nothing while none does."""
        if self.run is None or not self.run.active:
            return {}
        return {"checkpoint": str(self.policy.folder)}


def _over(status: RunStatus, reason: str) -> RunStatus:
    return msgspec.structs.replace(status, phase=RunPhase.ended, reason=reason)
