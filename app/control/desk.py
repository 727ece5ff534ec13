"""Takes every order that reaches the rig: checks it, hands it to the lease, the loop or the workcell, answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.control import messages
from app.control.errors import BadCommand, NoDemonstrator, NoLeader, NoWorkcell, Stopped
from app.control.hands import Hand, JogHand, hand_called
from app.control.jog import JogJointsMotion
from app.control.leading import FollowLeader
from app.control.lease import Claim, Lease, Stream, Verdict
from app.control.loop import ControlLoop
from app.control.messages import Note, Reply
from app.control.models import DEMONSTRATOR, Rank
from app.control.motions import DriveTo, Follow, Perform, Program
from app.control.runner import PolicyRunner
from app.control.settings import ControlSettings
from app.core.clock import NS_PER_S
from app.core.errors import StudioError
from app.devices import ArmModel, DeviceFault, Leader, Placement, Start, Vector, Workcell

RIG = "rig"
_NOTE_EVERY_NS = 2 * NS_PER_S

type Command = messages.Jog | messages.JogJoints | messages.Target | messages.Home | messages.Lead


@dataclass(frozen=True)
class Received:
    """A command that was let through, for its receipt."""

    sequence: int
    sent_ns: int
    received_ns: int


class Desk:
    """Handles messages one by one, in the control thread, between ticks. Knows no socket."""

    def __init__(
        self,
        arm: ArmModel,
        loop: ControlLoop,
        lease: Lease,
        hands: Sequence[Hand],
        settings: ControlSettings,
        runner: PolicyRunner,
        workcell: Workcell | None = None,
        program: Program | None = None,
        note: Callable[[Note], None] = lambda note: None,
        leader: Leader | None = None,
    ) -> None:
        self._arm = arm
        self._runner = runner
        self._leader = leader
        self._loop = loop
        self._lease = lease
        self._hands = hands
        self._settings = settings
        self._workcell = workcell
        self._program = program
        self._note = note
        self._noted_ns = -_NOTE_EVERY_NS
        self.refused = 0
        self.received: list[Received] = []

    @property
    def demonstrating(self) -> bool:
        return self._loop.own and self._lease.holder is not None and self._lease.holder.source == DEMONSTRATOR

    @property
    def leading(self) -> bool:
        return isinstance(self._loop.motion, FollowLeader)

    def leader_problem(self) -> str:
        """Why the leader arm cannot be followed now; "" when it can, and where there is none."""
        if self._leader is None:
            return ""
        try:
            self._leader.read()
        except DeviceFault as fault:
            return str(fault)
        return ""

    def handle(self, message: messages.ToRig, now_ns: int) -> Reply | None:
        """Carry `message` out; the reply to one that asks for it, with the reason where it is refused."""
        match message:
            case messages.Beat(epoch, sent_ns):
                self._lease.beat(epoch, sent_ns, now_ns)
            case messages.Stop(by):
                self._stop(by, now_ns)
            case messages.Jog() | messages.JogJoints() | messages.Target() | messages.Home() | messages.Lead():
                self._command(message, now_ns)
            case messages.Push():
                self._runner.push(message, now_ns)
            case messages.LookAnswer() | messages.LookFailed():
                self._runner.answer(message, now_ns)
            case messages.Shutdown() | messages.ServePolicy():
                pass  # the process's own business
            case _:
                return self._answer(message, now_ns)
        return None

    # ---- requests ----

    def _answer(self, message: messages.Request, now_ns: int) -> Reply:
        try:
            code, text, values = self._request(message, now_ns)
        except StudioError as error:
            return Reply(request=message.request, ok=False, code=error.code, text=error.message, todo=error.todo)
        return Reply(request=message.request, ok=True, code=code, text=text, values=values)

    def _request(self, message: messages.Request, now_ns: int) -> tuple[str, str, dict[str, float | str]]:
        match message:
            case messages.Acquire(_, source, rank, label):
                return self._acquire(Claim(source, rank, label), now_ns)
            case messages.AnswerHandover(_, epoch, grant):
                taker = self._lease.answer(epoch, grant, now_ns)
                return ("granted" if taker else "kept"), "", {"epoch": float(self._lease.epoch)}
            case messages.Release(_, epoch):
                self._lease.release(epoch, now_ns)
            case messages.Withdraw(_, source):
                self._lease.withdraw(source)
            case messages.ResetStop(_, by):
                self._reset(by, now_ns)
            case messages.Place(_, x_cm, y_cm, yaw_deg, start):
                self._place(Placement(x_cm, y_cm, yaw_deg), start)
            case messages.PutAside():
                self._scene().put_aside()
            case messages.AskTruth():
                return "", "", self._truth()
            case messages.Disturb(_, name, amount):
                self._scene().disturb(name, _finite(amount, name))
            case messages.Demonstrate(_, seed):
                self._demonstrate(seed, now_ns)
            case messages.Execute() | messages.PauseRun() | messages.ResumeRun() | messages.EndRun():
                return self._run_policy(message, now_ns)
        return "", "", {}

    def _run_policy(
        self, message: messages.Execute | messages.PauseRun | messages.ResumeRun | messages.EndRun, now_ns: int
    ) -> tuple[str, str, dict[str, float | str]]:
        match message:
            case messages.Execute():
                self._runner.execute(message, now_ns)
            case messages.PauseRun():
                self._runner.pause(message)
            case messages.ResumeRun():
                self._runner.resume(message, now_ns)
            case messages.EndRun():
                self._runner.end(message, now_ns)
        return "", "", {"epoch": float(self._lease.epoch)}

    def _acquire(self, claim: Claim, now_ns: int) -> tuple[str, str, dict[str, float | str]]:
        before = self._lease.holder
        granted = self._lease.acquire(claim, now_ns)
        epoch: dict[str, float | str] = {"epoch": float(self._lease.epoch)}
        if granted:
            if before is not None and before.rank is Rank.program and claim.rank is Rank.person:
                self._say("info", "preempted", f"{claim.label} took over from {before.label}.", now_ns)
            return "granted", "", epoch
        holder = self._lease.holder
        return "asked", f"Asked {holder.label if holder else 'the holder'} for the arm.", epoch

    def _stop(self, by: str, now_ns: int) -> None:
        if not self._lease.stopped_by:
            self._say("error", "stopped", f"Emergency stop by {by or 'somebody'}. The arm holds until a reset.", now_ns)
        self._lease.stop(by)

    def _reset(self, by: str, now_ns: int) -> None:
        if self._lease.stopped_by:
            self._lease.reset(by)
            self._say("info", "stop_reset", f"{by} reset the emergency stop. Take control to move the arm.", now_ns)

    def _demonstrate(self, seed: int, now_ns: int) -> None:
        if self._program is None:
            raise NoDemonstrator("This rig has no demonstrator.", todo="Drive the arm yourself.")
        self._lease.acquire(Claim(DEMONSTRATOR, Rank.program, "The demonstrator"), now_ns)
        try:
            self._program.begin(seed)
        except Exception:
            self._lease.release(self._lease.epoch, now_ns)
            raise
        self._loop.move(Perform(self._program, self._settings.period_ns), own=True)

    # ---- commands ----

    def _command(self, message: Command, now_ns: int) -> None:
        try:
            self._check(message)
        except (BadCommand, NoLeader) as error:
            self.refused += 1
            if now_ns - self._noted_ns >= _NOTE_EVERY_NS:
                self._noted_ns = now_ns
                self._say("warn", error.code, str(error), now_ns)
            return
        orders = (messages.Home, messages.Lead)
        stream = Stream.order if isinstance(message, orders) else Stream.motion
        verdict = self._lease.accept(message.epoch, stream, message.sequence, message.sent_ns, now_ns)
        if verdict is Verdict.accepted:
            self.received.append(Received(message.sequence, message.sent_ns, now_ns))
            self._apply(message, now_ns)
        elif stream is Stream.order:
            why = "its heartbeat is late" if verdict is Verdict.silent else verdict.replace("_", " ")
            name = "drive home" if isinstance(message, messages.Home) else "follow the leader"
            self._say("warn", "dropped", f"The order to {name} was dropped: {why}. Send it again.", now_ns)

    def _check(self, message: Command) -> None:
        match message:
            case messages.Lead() if self._leader is None:
                raise NoLeader("This rig has no leader arm.", todo="Describe one in its rig file, [leader].")
            case messages.Jog() if self._arm.blind:
                raise BadCommand(
                    "The studio has no model of this arm: it knows no straight lines.", todo="Drive joint by joint."
                )
            case messages.Jog() if hand_called(self._hands, message.side) is None:
                sides = " or ".join(side.removesuffix("_") for side in self._arm.sides)
                raise BadCommand(
                    f"A jog has to say which arm of this rig: {sides}." if sides else "This rig has one arm only.",
                    todo="Choose the arm to drive." if sides else "Send the jog without a side.",
                )
            case messages.Jog():
                _all_finite((*message.linear_m_s, message.pitch_deg_s, message.roll_deg_s, message.gripper_per_s))
            case messages.JogJoints(speed=values) | messages.Target(position=values):
                if len(values) != len(self._arm.joints):
                    raise BadCommand(
                        f"A command has {len(values)} values, the {self._arm.name} has {len(self._arm.joints)} joints.",
                        todo="Send one value for each joint, in the rig's order.",
                    )
                _all_finite(values)

    def _apply(self, message: Command, now_ns: int) -> None:
        current = self._loop.motion
        match message:
            case messages.Jog():
                twist = np.array([*message.linear_m_s, message.pitch_deg_s, message.roll_deg_s])
                if isinstance(current, (DriveTo, FollowLeader)) and not (twist.any() or message.gripper_per_s):
                    return  # idle sticks do not end a drive home
                hand = hand_called(self._hands, message.side)
                assert hand is not None
                jog = current if isinstance(current, JogHand) and current.hand is hand else self._new_jog(hand)
                jog.steer(twist, message.gripper_per_s, now_ns)
                self._loop.move(jog)
            case messages.JogJoints(speed=speed):
                if isinstance(current, (DriveTo, FollowLeader)) and not any(speed):
                    return
                joints = current if isinstance(current, JogJointsMotion) else self._new_joint_jog()
                joints.steer(np.array(speed), now_ns)
                self._loop.move(joints)
            case messages.Target(position=position):
                follow = current if isinstance(current, Follow) else Follow()
                follow.aim(np.array(position), now_ns)
                self._loop.move(follow)
            case messages.Lead(on=True):
                assert self._leader is not None
                self._loop.move(FollowLeader(self._leader, self._arm))
            case messages.Lead():
                if isinstance(current, FollowLeader):
                    self._loop.drop_motion()
            case messages.Home():
                self._loop.move(DriveTo(self._arm, self._pose("home")))

    def _new_jog(self, hand: Hand) -> JogHand:
        return JogHand(hand, self._settings.control_hz, self._settings.jog_life_s)

    def _new_joint_jog(self) -> JogJointsMotion:
        return JogJointsMotion(self._arm, self._settings.control_hz, self._settings.jog_life_s)

    # ---- the scene ----

    def _scene(self) -> Workcell:
        if self._workcell is None:
            raise NoWorkcell("This rig cannot place the object itself.", todo="Place it by hand.")
        return self._workcell

    def _place(self, placement: Placement, start: str | None) -> None:
        for value in (placement.x_cm, placement.y_cm, placement.yaw_deg):
            _finite(value, "placement")
        if start is None:
            self._scene().place(placement)
            return
        if start not in list(Start):
            raise BadCommand(f"There is no start {start!r}.", todo=f"Choose one of {', '.join(Start)}.")
        if self._lease.stopped_by:
            raise Stopped("The emergency stop is latched; the scene stays as it is.", todo="Reset the stop first.")
        self._scene().reset(placement, Start(start))
        self._loop.scene_moved()

    def _truth(self) -> dict[str, float | str]:
        truth = self._workcell.truth() if self._workcell is not None else None
        if truth is None:
            return {}
        return {"x_cm": truth.x_cm, "y_cm": truth.y_cm, "yaw_deg": truth.yaw_deg}

    def outcome(self) -> str:
        """What the workcell says of the attempt; "" where it does not know."""
        outcome = self._workcell.outcome() if self._workcell is not None else None
        return outcome.value if outcome is not None else ""

    # ---- the rig's own ----

    def abandon(self) -> None:
        """The studio is gone: whatever moves the arm ends now, and it holds."""
        self._runner.abandon(self._loop.now_ns)
        if self._loop.own:
            self._lease.release(self._lease.epoch, self._loop.now_ns)
        self._loop.drop_motion()

    def retire(self, now_ns: int) -> None:
        """Drive gently to rest, whoever had control. Raises `Stopped` while the stop is latched."""
        self._lease.clear()
        self._lease.acquire(Claim(RIG, Rank.program, "The rig, going to rest"), now_ns)
        self._loop.move(DriveTo(self._arm, self._pose("rest")), own=True)

    def _pose(self, name: str) -> Vector:
        return np.array([getattr(joint, name) for joint in self._arm.joints], dtype=np.float64)

    def _say(self, level: str, code: str, text: str, now_ns: int) -> None:
        self._note(Note(level=level, code=code, text=text, monotonic_ns=now_ns))


def _finite(value: float, what: str) -> float:
    if not math.isfinite(value):
        raise BadCommand(f"The {what} is not a finite number.", todo="Send finite numbers.")
    return value


def _all_finite(values: Sequence[float]) -> None:
    for value in values:
        _finite(value, "command")
