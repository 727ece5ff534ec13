"""A policy on the arm, as the web process holds it: its process, what was chosen, its run and the takes of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from app.control.client import RigClient, require_ok
from app.control.messages import Execute, Reply, RunStatus
from app.control.models import ControlPhase, Fallback, Rank, RunPhase
from app.core.channel import ChannelClosed
from app.core.companions import ATTACH_EVERY_S, Companion
from app.core.errors import Conflict, Invalid, NotReady, StudioError
from app.core.identity import Identity
from app.datasets import require_name
from app.evaluation.subjects import find
from app.policies import PolicyInfo, messages
from app.policies.client import PolicyClient
from app.policies.delay import Delay
from app.policies.feasibility import Colour, Feasibility, feasibility
from app.policies.strategies import Mode, StrategyChoice, build
from app.recording import Phase
from app.web.execution.run_takes import RunTakes

if TYPE_CHECKING:
    from app.web.studio import Studio

LOOKS = 8
ATTACH_S = 30.0
END_S = 3.0
MEASURE_LIMIT_S = 180.0  # of opening and timing: the guide's slowest look takes 29 s, and four are timed at least
LOOK_LIMIT_S, LOOK_LIMIT_TIMES = 10.0, 5.0  # a look is cut off after so long, or so many times its usual time
_SETTLED = (RunPhase.held, RunPhase.paused, RunPhase.taken_over, RunPhase.ended)

type Ask = Callable[[RigClient], Awaitable[Reply]]
type ProcessPhase = Literal["closed", "opening", "measuring", "ready", "failed"]

log = logging.getLogger(__name__)


class NotStartable(Conflict):
    """The policy cannot be put on the arm now."""

    code = "not_startable"


class NeedsYes(Conflict):
    """Feasibility is red, and nobody said yes to that."""

    code = "needs_yes"


@dataclass(frozen=True)
class RunChoice:
    """What the next run would be. `dataset` is where its takes go, "" for nowhere; `cut_off_s` 0: by what was timed."""

    strategy: StrategyChoice = field(default_factory=StrategyChoice)
    fallback: Fallback = Fallback.hold
    task: str = ""
    delay: Delay = field(default_factory=Delay)
    dataset: str = ""
    cut_off_s: float = 0.0


@dataclass(frozen=True)
class Run:
    """The run, or the last one; `status` is the rig's newest word of it."""

    number: int
    choice: RunChoice
    policy: str
    by: str
    client: str = ""
    status: RunStatus | None = None

    @property
    def active(self) -> bool:
        return self.status is None or self.status.phase is not RunPhase.ended


class Deployment:
    """One policy's process at a time, and one run. Everything happens on the event loop."""

    def __init__(self, studio: Studio, process: Companion) -> None:
        self._studio = studio
        self._process = process
        self._client: PolicyClient | None = None
        self._follow: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self._numbers = studio.clock.monotonic_ns() // 1_000_000
        self.takes = RunTakes(studio, self)
        self.phase: ProcessPhase = "closed"
        self.problem = ""
        self.todo = ""
        self.name = ""
        self.folder = Path()
        self.opened: messages.Opened | None = None
        self.measured: messages.Measured | None = None
        self.choice = RunChoice()
        self.run: Run | None = None

    # ---- the policy's process ----

    async def open(self, policy: str) -> None:
        """Start a process for `policy` and let it open and time it; what was open before is closed."""
        found = await asyncio.to_thread(find, policy, self._studio.folder)
        facts = self._studio.rig_facts
        if facts is None or self._studio.cameras is None:
            raise NotReady("The rig and its cameras are not attached yet.", todo="Wait a moment.")
        await self.close()
        self.name, self.folder = policy, found.folder
        order = messages.OpenPolicy(
            folder=str(found.folder),
            device="cpu",
            joints=tuple((joint.name, joint.unit) for joint in facts.joints),
            robot_type=facts.robot_type,
            rings=self._rings(),
        )
        self._become("opening")
        self._process.spawn()
        self._follow = asyncio.create_task(self._attend(order), name="policy-process")

    async def close(self) -> None:
        """End the run and the process."""
        if self.run is not None and self.run.active:
            with contextlib.suppress(StudioError):
                await self.stop("The policy was closed.")
        follow, self._follow = self._follow, None
        if self._client is not None:
            with contextlib.suppress(ChannelClosed):
                self._client.tell(messages.Shutdown())
        if follow is not None:
            follow.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await follow
        ending, self._ending = self._ending, None
        if ending is not None:
            await ending
        await self._process.end(END_S)
        self.opened = self.measured = None
        self._become("closed")

    def measure(self) -> None:
        """Time looks again. Raises NotStartable while that would disturb a run."""
        if self.run is not None and self.run.active:
            raise NotStartable("The policy is running.", todo="Stop it, then measure.")
        self._tell(messages.Measure(LOOKS))
        self._become("measuring")

    def cameras_attached(self) -> None:
        """The cameras' process was started again: its rings lie elsewhere."""
        if self._client is not None:
            with contextlib.suppress(ChannelClosed):
                self._client.tell(messages.Rings(self._rings()))

    async def _attend(self, order: messages.OpenPolicy) -> None:
        """Attach to the process, and follow it until it is gone, which ends what it did, in words."""
        client = await self._attach()
        if client is not None:
            self._client = client
            try:
                client.tell(order)
                async for message in client.events():
                    self._heard(message)
            except ChannelClosed:
                pass
            finally:
                self._client = None
                await client.close()
        if self.phase != "failed":
            await asyncio.sleep(0.1)  # until the exit code has arrived
            self._fail(self._process.obituary(), "Open it again; its log is in the run folder.")
            self._studio.notes.add("error", "policy_down", f"{self.problem} The arm holds.")

    async def _attach(self) -> PolicyClient | None:
        deadline = asyncio.get_running_loop().time() + ATTACH_S
        while asyncio.get_running_loop().time() < deadline and self._process.running:
            with contextlib.suppress(OSError, ChannelClosed, TimeoutError):
                return await PolicyClient.attach(self._studio.folder.run_folder / "policy.sock")
            await asyncio.sleep(ATTACH_EVERY_S)
        return None

    def _heard(self, message: messages.FromPolicy) -> None:
        match message:
            case messages.Opened():
                self.opened = message
                if message.tasks and self.choice.task not in message.tasks:
                    self.choice = replace(self.choice, task=message.task or message.tasks[0])
                if self.choice.strategy.mode is Mode.rtc and not message.continues:
                    strategy = replace(self.choice.strategy, mode=Mode.asynchronous)
                    self.choice = replace(self.choice, strategy=strategy)
                self.measure()
            case messages.OpenFailed():
                self._fail(message.text, message.todo)
            case messages.Measured():
                if message.problem:
                    self._fail(message.problem, "Mend that, then measure again or open another policy.")
                else:
                    self.measured = message
                    self._become("ready")

    def _fail(self, problem: str, todo: str) -> None:
        self._become("failed", problem, todo)

    def _become(self, phase: ProcessPhase, problem: str = "", todo: str = "") -> None:
        self.phase, self.problem, self.todo = phase, problem, todo
        if self._overdue is not None:
            self._overdue.cancel()
        timed = phase in ("opening", "measuring")
        self._overdue = asyncio.get_running_loop().call_later(MEASURE_LIMIT_S, self._never_ready) if timed else None
        self._studio.changed("policy")

    def _never_ready(self) -> None:
        self._give_up(f"{self.name} was not opened and timed within {MEASURE_LIMIT_S:g} s: its process was ended.")

    def _rings(self) -> dict[str, str]:
        cameras = self._studio.cameras
        return {facts.name: facts.ring for facts in cameras.attached.cameras} if cameras is not None else {}

    def _tell(self, message: messages.ToPolicy) -> None:
        if self._client is None or self.opened is None:
            raise NotReady("No policy is open.", todo="Open one.")
        try:
            self._client.tell(message)
        except ChannelClosed as error:
            raise NotReady("The policy's process is gone.", todo="Open the policy again.") from error

    # ---- what is chosen ----

    def choose(self, choice: RunChoice) -> None:
        """Raises Invalid for a strategy that the open policy cannot be executed with, or a dataset's bad name."""
        if choice.dataset:
            require_name(choice.dataset)
        if self.opened is not None:
            build(choice.strategy, self.info)
        stages = self.measured.stages_ms if self.measured is not None else {}
        if unknown := [name for name in choice.delay.stages_s if stages and name not in stages]:
            raise Invalid(
                f"The policy has no stage {', '.join(unknown)}; it has {', '.join(stages)}.",
                todo="State the latency of its own stages, or of the whole look.",
            )
        self.choice = choice
        self._studio.changed("policy")

    @property
    def info(self) -> PolicyInfo:
        """What strategies and feasibility need of the open policy."""
        opened = self.opened
        if opened is None:
            raise NotReady("No policy is open.", todo="Open one.")
        return PolicyInfo(opened.kind, opened.fps, opened.horizon, opened.execute, (), (), continues=opened.continues)

    def feasibility(self) -> Feasibility | None:
        """None while no look was timed."""
        if self.opened is None or self.measured is None:
            return None
        return feasibility(self._latencies_s(self.measured), self.info, self.choice.strategy)

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
        if self.phase != "ready":
            return self.problem or "Open a policy first, and let it be measured."
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
        self.run = Run(self._numbers, self.choice, self.name, self._studio.name_of(who), who.client)
        self._studio.drivers.inputs.setdefault(who.client, "")
        try:
            self._tell(self._prepared(self.run))
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
        if status.cut_off and status.phase in _SETTLED and self.phase == "ready":
            self._cut_off()
        self._studio.changed("policy")

    def _cut_off(self) -> None:
        """The fallback is over: a process that did not answer is ended, and may be opened anew."""
        self._give_up(f"{self.name} did not answer within {self.look_limit_s:g} s: its process was ended.")

    def _give_up(self, problem: str) -> None:
        self._fail(problem, "Look at its log in the run folder; open it again, or another one.")
        self._ending = asyncio.create_task(self._process.end(END_S), name="policy-end")

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
        assert self.opened is not None
        choice, found = self.run.choice, self.feasibility()
        strategy = choice.strategy
        return Execute(
            request=request,
            run=self.run.number,
            label=f"The policy {self.name}",
            mode=strategy.mode.value,
            fps=self.opened.fps,
            horizon=self.opened.horizon,
            execute=strategy.execute or self.opened.execute,
            threshold=strategy.threshold,
            aggregation=strategy.aggregation.value,
            coefficient=strategy.coefficient,
            rtc_horizon=strategy.horizon,
            schedule=strategy.schedule.value,
            max_weight=strategy.max_weight,
            continues=self.opened.continues,
            fallback=choice.fallback,
            look_s=found.p95_s if found is not None else 0.0,
            stated=choice.delay.words,
            owner=self.run.client,
            owner_label=self.run.by,
            cut_off_s=self.look_limit_s,
        )

    def _prepared(self, run: Run) -> messages.Prepare:
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

    def facts(self) -> Mapping[str, str]:
        """What an episode says of the policy that drives it; nothing while none does."""
        if self.run is None or not self.run.active:
            return {}
        return {"checkpoint": str(self.folder)}


def _over(status: RunStatus, reason: str) -> RunStatus:
    return msgspec.structs.replace(status, phase=RunPhase.ended, reason=reason)
