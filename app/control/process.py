"""The rig process: the control loop in a thread of its own, and a socket the studio attaches to."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from app.control.audience import Audience
from app.control.errors import Stopped
from app.control.messages import (
    Attached,
    JointFacts,
    Look,
    Note,
    ReachFacts,
    Receipt,
    Reply,
    ServePolicy,
    Shutdown,
    Stop,
    Tick,
    ToRig,
)
from app.control.models import ControlPhase
from app.control.motions import Program
from app.control.realtime import FIFO_PRIORITY, lock_memory, take_priority, yield_interpreter_often
from app.control.rig import assemble
from app.control.runner import MakePlan
from app.control.settings import ControlSettings
from app.core.channel import ChannelServer, Codec, Peer
from app.core.clock import NS_PER_S, Clock, Pacer, SystemClock
from app.devices import Arm, DeviceFault, Leader, Workcell

log = logging.getLogger(__name__)

_RECEIPT_EVERY_NS = NS_PER_S // 50
_REST_S = 10.0


@dataclass(frozen=True)
class _Heard:
    """Something from the socket's threads for the control thread: a message, or a peer come or gone."""

    peer: Peer
    moment_ns: int
    message: ToRig | None = None
    gone: bool = False


class RigProcess:
    """Owns the arm. `run` returns when the studio said so, or after a time without one.

    `arm` and `workcell` are built by the caller and touched only by the control
    thread. `simulated` is said to whoever attaches; without `fifo_priority` the
    control thread runs like any other.
    """

    def __init__(
        self,
        arm: Arm,
        socket_path: Path,
        settings: ControlSettings,
        *,
        simulated: bool,
        workcell: Workcell | None = None,
        program: Program | None = None,
        leader: Leader | None = None,
        make_plan: MakePlan | None = None,
        clock: Clock | None = None,
        fifo_priority: int | None = FIFO_PRIORITY,
    ) -> None:
        self._arm = arm
        self._settings = settings
        self._simulated = simulated
        self._has_program = program is not None
        self._leader = leader
        self._clock = clock or SystemClock()
        self._fifo_priority = fifo_priority
        self._realtime = False
        self._inbox: deque[_Heard] = deque()
        self._stopping = threading.Event()
        codec: Codec[ToRig] = Codec(ToRig)
        self._audience = Audience(codec, settings.alone_s)
        self._server = ChannelServer(
            socket_path, codec, on_message=self._heard, on_attach=self._attached, on_detach=self._detached
        )
        self._rig = assemble(
            arm,
            settings,
            self._clock,
            publish=self._publish,
            note=self._publish,
            workcell=workcell,
            program=program,
            leader=leader,
            make_plan=make_plan,
            ask=self._ask,
        )
        self._policy: Peer | None = None
        self._defect: Exception | None = None
        self._peer_of: Peer | None = None
        self._receipt_ns = 0
        self._leaving_ns: int | None = None
        self._leaving_for_good = False

    def run(self) -> None:
        """Serve until told to shut down or left alone for too long; blocks. Call it from the main thread."""
        self._server.start()
        control = threading.Thread(target=self._guarded, name="control")
        control.start()
        try:
            control.join()
        finally:
            self._stopping.set()
            control.join()
            self._server.close()
        if self._defect is not None:
            raise self._defect

    def shut_down(self) -> None:
        """Rest and return from `run`; safe from a signal handler."""
        self._stopping.set()

    # ---- socket threads ----

    def _heard(self, peer: Peer, message: ToRig) -> None:
        self._inbox.append(_Heard(peer, self._clock.monotonic_ns(), message))

    def _attached(self, peer: Peer) -> None:
        """In the peer's own reading thread, which ranks just below control so that its stamps are true."""
        if self._fifo_priority is not None:
            take_priority(self._fifo_priority - 1)
        self._inbox.append(_Heard(peer, self._clock.monotonic_ns()))

    def _detached(self, peer: Peer) -> None:
        self._inbox.append(_Heard(peer, self._clock.monotonic_ns(), gone=True))

    # ---- control thread ----

    def _guarded(self) -> None:
        """A defect ends the process loudly; the arm is left as it is, its servos holding."""
        try:
            self._control()
        except Exception as defect:
            log.exception("The control loop failed; the servos hold the last target.")
            self._defect = defect

    def _control(self) -> None:
        self._realtime = self._fifo_priority is not None and take_priority(self._fifo_priority)
        lock_memory()
        yield_interpreter_often()
        gc.collect()
        gc.freeze()
        pacer = Pacer(self._clock, self._settings.control_hz)
        self._audience.alone_since_ns = self._clock.monotonic_ns()
        while not self._done():
            missed = pacer.wait()
            self._drain()
            self._rig.loop.tick(missed, pacer.lateness_ns)
            self._speak()
        self._goodbye()

    def _drain(self) -> None:
        while self._inbox:
            heard = self._inbox.popleft()
            if heard.gone:
                self._lose(heard.peer)
            elif heard.message is None:
                self._welcome(heard.peer)
            elif isinstance(heard.message, Shutdown):
                self._stopping.set()
            elif isinstance(heard.message, ServePolicy):
                self._policy = heard.peer
                self._rig.runner.serve()
            else:
                self._obey(heard.peer, heard.message, heard.moment_ns)

    def _obey(self, peer: Peer, message: ToRig, moment_ns: int) -> None:
        """One order. A defect in its handling must not take the arm's process down."""
        self._peer_of = peer
        if self._leaving_for_good and not isinstance(message, Stop):
            return
        try:
            reply = self._rig.desk.handle(message, moment_ns)
        except Exception:
            log.exception("An order of type %s failed.", type(message).__name__)
            reply = _failed(message)
        if reply is not None:
            self._audience.tell(peer, reply)

    def _speak(self) -> None:
        now_ns = self._clock.monotonic_ns()
        self._receipts(now_ns)
        status = self._rig.report.due(now_ns)
        if status is not None:
            self._audience.say(status, now_ns)
        run = self._rig.runner.due(now_ns)
        if run is not None:
            self._audience.say(run, now_ns)
        self._audience.flush()

    def _receipts(self, now_ns: int) -> None:
        """The newest command's receipt, fifty times a second at most."""
        received = self._rig.desk.received
        if not received:
            return
        last = received[-1]
        received.clear()
        if self._peer_of is not None and now_ns - self._receipt_ns >= _RECEIPT_EVERY_NS:
            self._receipt_ns = now_ns
            receipt = Receipt(last.sequence, last.sent_ns, last.received_ns, now_ns)
            self._audience.tell(self._peer_of, receipt)

    def _ask(self, look: Look) -> None:
        if self._policy is not None:
            self._audience.tell(self._policy, look)

    def _publish(self, message: Tick | Note) -> None:
        self._audience.say(message, self._clock.monotonic_ns())
        if isinstance(message, Note):
            log.log(logging.INFO if message.level == "info" else logging.WARNING, "%s", message.text)

    def _welcome(self, peer: Peer) -> None:
        now_ns = self._clock.monotonic_ns()
        alone_ns = now_ns - (self._audience.alone_since_ns or now_ns)
        self._audience.arrive(peer, self._hello(alone_ns / NS_PER_S), now_ns)
        self._audience.tell(peer, self._rig.report.now())
        if self._leaving_ns is not None and not self._leaving_for_good:
            self._leaving_ns = None
            self._rig.desk.abandon()

    def _lose(self, peer: Peer) -> None:
        now_ns = self._clock.monotonic_ns()
        self._audience.leave(peer, now_ns)
        if peer is self._policy:
            self._policy = None
            self._rig.runner.gone(now_ns)
        if not len(self._audience):
            self._rig.desk.abandon()

    def _hello(self, alone_s: float) -> Attached:
        model = self._arm.model
        joints = tuple(JointFacts(j.name, j.unit, j.lower, j.upper, j.max_speed, j.home) for j in model.joints)
        return Attached(
            pid=os.getpid(),
            robot_type=model.robot_type,
            simulated=self._simulated,
            joints=joints,
            control_hz=float(self._settings.control_hz),
            fps=self._settings.fps,
            realtime=self._realtime,
            alone_s=alone_s,
            demonstrator=self._has_program,
            leader=self._leader.name if self._leader is not None else "",
            leader_driven=self._leader is not None and self._leader.driven,
            blind=model.blind,
            sides=tuple(side.removesuffix("_") for side in model.sides if side),
            reach=model.reach and ReachFacts(model.reach.inner_cm, model.reach.outer_cm, model.reach.pan_deg),
        )

    # ---- leaving ----

    def _done(self) -> bool:
        """Whether it is time to go: told to or alone for too long, and at rest."""
        now_ns = self._clock.monotonic_ns()
        if self._stopping.is_set() and not self._leaving_for_good:
            self._leaving_for_good = True
            self._leave(now_ns)
        alone_ns = self._audience.alone_since_ns
        if self._leaving_ns is None and alone_ns is not None and now_ns - alone_ns > self._settings.alone_s * NS_PER_S:
            log.warning("No studio for %.0f s: the arm goes to rest and the rig ends.", self._settings.alone_s)
            self._leave(now_ns)
        if self._leaving_ns is None:
            return False
        idle = not self._rig.loop.own or self._rig.loop.phase in (ControlPhase.faulted, ControlPhase.starting)
        return idle or now_ns - self._leaving_ns > _REST_S * NS_PER_S

    def _leave(self, now_ns: int) -> None:
        self._leaving_ns = now_ns
        try:
            self._rig.desk.retire(now_ns)
        except Stopped:
            log.warning("The emergency stop is latched: the arm stays where it is.")

    def _goodbye(self) -> None:
        try:
            self._rig.loop.rest()
        except DeviceFault as fault:
            log.warning("The arm could not be disconnected: %s", fault)


def _failed(message: ToRig) -> Reply | None:
    request = getattr(message, "request", None)
    if request is None:
        return None
    return Reply(request=request, ok=False, code="failed", text="The rig could not do that. See its log.")
