"""A policy's run in the rig: who started it, where it stands, who took over; knows no socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.control.errors import NoPolicy, NoRun
from app.control.execution import ExecuteChunks, Plan
from app.control.leading import FollowLeader
from app.control.lease import Claim, Lease
from app.control.loop import ControlLoop
from app.control.messages import (
    EndRun,
    Execute,
    Look,
    LookAnswer,
    LookFailed,
    Note,
    PauseRun,
    Push,
    ResumeRun,
    RunStatus,
)
from app.control.models import POLICY, Rank, RunPhase
from app.control.reaching import LeaderHand, Reaching
from app.control.runfigures import RunFigures
from app.core.clock import NS_PER_S
from app.devices import ArmModel, DeviceFault, Leader

_EVERY_NS = NS_PER_S // 4
_LEADER = "the leader arm"

type MakePlan = Callable[[Execute], Plan]


@dataclass
class _Run:
    order: Execute
    plan: Plan
    figures: RunFigures
    motion: ExecuteChunks
    begun_ns: int
    phase: RunPhase | None = None
    reason: str = ""
    by: str = ""
    takeovers: int = 0
    looks: int = 0
    told_cut_off: bool = False


class PolicyRunner:
    """One run at a time. The policy holds the lease as a program: a person takes over as from any other.

    `say` gets each `Look`; `due` gives the status. Where a person has the arm or
    something was refused, the queue is dropped: a resumption looks anew. A person
    takes over by an order, or by moving any input (app/control/reaching.py).
    """

    def __init__(
        self,
        arm: ArmModel,
        loop: ControlLoop,
        lease: Lease,
        make_plan: MakePlan | None,
        say: Callable[[Look], None],
        note: Callable[[Note], None],
        leader: Leader | None = None,
    ) -> None:
        self._arm = arm
        self._leader = leader
        self._reaching = Reaching()
        self._hand = LeaderHand()
        self._loop = loop
        self._lease = lease
        self._make_plan = make_plan
        self._say = say
        self._note = note
        self._run: _Run | None = None
        self._served = False
        self._said: tuple[object, ...] = ()
        self._said_ns = 0

    # ---- orders of the studio ----

    def execute(self, order: Execute, now_ns: int) -> None:
        """Take the lease and begin. Raises NoPolicy, NoRun, Invalid, and what the lease raises."""
        if self._make_plan is None or not self._served:
            raise NoPolicy("No policy's process is attached to the rig.", todo="Open the policy first.")
        if self._active is not None:
            raise NoRun(f"{self._active.order.label} is running.", todo="End its run first.")
        plan = self._make_plan(order)
        self._lease.acquire(Claim(POLICY, Rank.program, order.label), now_ns)
        figures = RunFigures(order.fps)
        motion = ExecuteChunks(order, plan, self._arm, figures, self._say)
        self._run = _Run(order, plan, figures, motion, now_ns)
        self._begin(motion)
        stated = f" Emulated: {order.stated}." if order.stated else ""
        self._tell("info", "policy_started", f"{order.label} moves the arm.{stated}", now_ns)

    def pause(self, order: PauseRun) -> None:
        run = self._require(order.run)
        if run.phase is not None:
            raise NoRun("The policy does not have the arm.", todo="Hand it back, or end the run.")
        run.motion.stand(RunPhase.paused, "Paused.")
        run.figures.interrupted()

    def resume(self, order: ResumeRun, now_ns: int) -> None:
        """After a pause, a hold or a takeover; with `epoch` the person who has the arm gives it back."""
        run = self._require(order.run)
        if not self._served:
            raise NoPolicy("The policy's process is gone.", todo="Open the policy again, and start.")
        if self._lease.holder is not None and self._lease.holder.source != POLICY:
            self._lease.release(order.epoch, now_ns)
        self._lease.acquire(Claim(POLICY, Rank.program, run.order.label), now_ns)
        run.looks = run.motion.looks
        run.motion = ExecuteChunks(run.order, run.plan, self._arm, run.figures, self._say, run.looks)
        run.phase, run.reason, run.by, run.told_cut_off = None, "", "", False
        self._begin(run.motion)

    def push(self, said: Push, now_ns: int) -> None:
        """Somebody who does not have the arm pushes an input: if it is meant, they take over at once."""
        if self._has_the_arm and self._reaching.pushed(said.source, said.share, min(said.sent_ns, now_ns)):
            self._taken(Claim(said.source, Rank.person, said.label), now_ns)

    def end(self, order: EndRun, now_ns: int) -> None:
        self._require(order.run)
        self._end(order.reason, now_ns)

    # ---- the policy's process ----

    def serve(self) -> None:
        self._served = True

    def gone(self, now_ns: int) -> None:
        """The policy's process went away: the arm holds, whoever looks at it is told."""
        self._served = False
        if self._cut_off:
            return
        if self._active is not None and self._active.phase is not RunPhase.taken_over:
            reason = "The policy's process is gone: the arm holds."
            self._tell("error", "policy_gone", reason, now_ns)
            self._hold(reason)

    def answer(self, said: LookAnswer | LookFailed, now_ns: int) -> None:
        run = self._active
        if run is None or said.run != run.order.run or run.phase is not None:
            return
        before = run.motion.phase
        if isinstance(said, LookAnswer):
            run.motion.answer(said, now_ns)
        else:
            run.motion.failed(said, now_ns)
        if run.motion.phase is RunPhase.held and before is not RunPhase.held:
            run.figures.interrupted()
            self._tell("error", "policy_held", f"{run.motion.reason} The arm holds.", now_ns)

    # ---- what happens around it ----

    def abandon(self, now_ns: int) -> None:
        """The studio is gone."""
        if self._active is not None:
            self._end("The studio went away.", now_ns)

    def watch(self, now_ns: int) -> None:
        """Notice that somebody else has the arm, or wants it, or that nobody may."""
        run = self._active
        if run is None:
            return
        self._watch_leader(run.order, now_ns)
        self._watch_look(run, now_ns)
        holder = self._lease.holder
        if holder is not None and holder.source == POLICY:
            return
        if holder is not None and holder.rank is Rank.person:
            if run.phase is not RunPhase.taken_over or run.by != holder.label:
                run.takeovers += run.phase is not RunPhase.taken_over
                run.phase, run.by = RunPhase.taken_over, holder.label
                run.reason = f"{holder.label} took over. Hand back, or finish."
                run.figures.interrupted()
        elif holder is not None:
            self._end(f"{holder.label} took the arm.", now_ns)
        elif self._lease.stopped_by:
            self._hold(f"Emergency stop by {self._lease.stopped_by}.")
        elif run.phase is RunPhase.taken_over:
            run.reason = f"{run.by} let go of the arm: it holds. Hand back, or finish."
        elif not self._cut_off:
            self._hold("The policy's heartbeat was late for too long: the arm holds.")

    def due(self, now_ns: int) -> RunStatus | None:
        """The run's status where it changed or is a quarter of a second old."""
        self.watch(now_ns)
        run = self._run
        if run is None:
            return None
        facts = (run.order.run, self._phase(run), self._reason(run), run.takeovers)
        ended = self._phase(run) is RunPhase.ended
        if facts == self._said and (ended or now_ns - self._said_ns < _EVERY_NS):
            return None
        self._said, self._said_ns = facts, now_ns
        return self._status(run, now_ns)

    # ---- inside ----

    @property
    def _has_the_arm(self) -> bool:
        """Whether the policy has the lease: running, or paused."""
        holder = self._lease.holder
        return self._active is not None and holder is not None and holder.source == POLICY

    @property
    def _cut_off(self) -> bool:
        """Whether the policy's last look was cut off: its process is ended then, and why is said already."""
        run = self._active
        return run is not None and run.phase is None and bool(run.motion.cut_off)

    def _watch_look(self, run: _Run, now_ns: int) -> None:
        if self._cut_off and not run.told_cut_off:
            run.told_cut_off = True
            run.figures.refused += 1
            self._tell("error", "policy_cut_off", f"{run.motion.cut_off} Its process is ended.", now_ns)

    def _begin(self, motion: ExecuteChunks) -> None:
        self._reaching.reset()
        self._hand.reset()
        self._loop.move(motion)

    def _watch_leader(self, order: Execute, now_ns: int) -> None:
        """Whoever started the run has the leader arm in their hand: moving it takes over, and the arm follows it."""
        if self._leader is None or not order.owner or not self._has_the_arm:
            return
        try:
            share = self._hand.moved(self._leader.read().position, now_ns)
        except DeviceFault:
            self._hand.reset()
            return
        if self._reaching.pushed(_LEADER, share, now_ns):
            self._taken(Claim(order.owner, Rank.person, order.owner_label), now_ns)
            self._loop.move(FollowLeader(self._leader))

    def _taken(self, claim: Claim, now_ns: int) -> None:
        """The policy is preempted as by an order; what the person wants is engaged on by a ramp."""
        self._lease.acquire(claim, now_ns)
        self._tell("info", "preempted", f"{claim.label} took over from the policy by moving.", now_ns)

    @property
    def _active(self) -> _Run | None:
        return self._run if self._run is not None and self._run.phase is not RunPhase.ended else None

    def _require(self, number: int) -> _Run:
        run = self._active
        if run is None or run.order.run != number:
            raise NoRun("There is no such run of a policy.", todo="Start one.")
        return run

    def _hold(self, reason: str) -> None:
        run = self._active
        if run is None or (run.phase is RunPhase.held and run.reason == reason):
            return
        run.phase, run.reason = RunPhase.held, reason
        run.motion.stand(RunPhase.held, reason)
        run.figures.interrupted()

    def _end(self, reason: str, now_ns: int) -> None:
        assert self._run is not None
        self._run.phase, self._run.reason = RunPhase.ended, reason
        self._run.motion.stand(RunPhase.held, reason)
        if self._lease.holder is not None and self._lease.holder.source == POLICY:
            self._loop.drop_motion()
            self._lease.release(self._lease.epoch, now_ns)

    def _phase(self, run: _Run) -> RunPhase:
        return run.phase or run.motion.phase

    def _reason(self, run: _Run) -> str:
        return run.reason if run.phase is not None else run.motion.reason

    def _status(self, run: _Run, now_ns: int) -> RunStatus:
        figures, smooth = run.figures, run.figures.smoothness.figures()
        p50, p95, most = figures.ages_ms()
        return RunStatus(
            run=run.order.run,
            phase=self._phase(run),
            reason=self._reason(run),
            taken_over_by=run.by if run.phase is RunPhase.taken_over else "",
            takeovers=run.takeovers,
            elapsed_s=(now_ns - run.begun_ns) / NS_PER_S,
            queue=run.motion.queue,
            steps=figures.steps,
            looks=figures.looks,
            refused=figures.refused,
            starved_ticks=figures.starved_ticks,
            longest_stall_s=figures.longest_stall_ns / NS_PER_S,
            late_rows=figures.late_rows,
            age_p50_ms=p50,
            age_p95_ms=p95,
            age_max_ms=most,
            policy_hz=figures.policy_hz(now_ns),
            control_hz=figures.control_hz(),
            latency=figures.latency(),
            seams=smooth.seams,
            seam_p95=smooth.seam_p95,
            seam_max=smooth.seam_max,
            inside_p95=smooth.inside_p95,
            inside_max=smooth.inside_max,
            jerk=smooth.jerk,
            cut_off=bool(run.motion.cut_off),
        )

    def _tell(self, level: str, code: str, text: str, now_ns: int) -> None:
        self._note(Note(level=level, code=code, text=text, monotonic_ns=now_ns))
