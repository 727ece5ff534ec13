"""The policy's process: opens one policy, times it, and answers the rig's looks. It ends with the studio."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.control.messages import Look, LookAnswer, LookFailed
from app.core.channel import ChannelServer, Codec, Peer
from app.core.clock import NS_PER_S, Clock
from app.core.errors import StudioError
from app.policies import messages
from app.policies.continuation import Continuation, Schedule
from app.policies.delay import Delay
from app.policies.eyes import Eyes
from app.policies.opening import ARTIFACT
from app.policies.protocol import Chunk, Policy, PolicyJoint, PolicyObservation, require_rig
from app.policies.riglink import RigLink

log = logging.getLogger(__name__)

WARM_UP = 2
_MEASURE_S = 20.0
_UNATTENDED_S = 30.0
_PATIENCE_S = 5.0
EMULATED = "emulated"

type Work = messages.ToPolicy | Look


class PolicyProcess:
    """One worker thread, the main one, has the policy; sockets have their own. `run` returns when the studio is gone.

    `open_policy(folder, device=...)` is what bootstrap hands in.
    """

    def __init__(self, socket_path: Path, rig_path: Path, clock: Clock, open_policy: Callable[..., Policy]) -> None:
        self._clock = clock
        self._open_policy = open_policy
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._attended = threading.Event()
        self._studio: Peer | None = None
        self._codec: Codec[messages.ToPolicy] = Codec(messages.ToPolicy)
        self._server = ChannelServer(
            socket_path, self._codec, on_message=self._heard, on_attach=self._attached, on_detach=self._left
        )
        self._rig = RigLink(rig_path, self._work.put)
        self._eyes = Eyes()
        self._policy: Policy | None = None
        self._prepared = messages.Prepare(0, "", 0.0, {}, 10, Schedule.linear.value, 10.0)

    def run(self) -> None:
        """Blocks. Call it from the main thread."""
        self._server.start()
        self._rig.start()
        unattended = threading.Timer(_UNATTENDED_S, lambda: self._attended.is_set() or self.stop())
        unattended.daemon = True
        unattended.start()
        try:
            while (work := self._work.get()) is not None and not self._ending.is_set():
                self._do(work)
        finally:
            unattended.cancel()
            self._rig.close()
            self._server.close()
            self._eyes.close()
            if self._policy is not None:
                self._policy.close()

    def stop(self) -> None:
        """End after what is under way; safe from a signal handler."""
        self._ending.set()
        self._work.put(None)

    # ---- the studio's socket ----

    def _attached(self, peer: Peer) -> None:
        self._studio = peer
        self._attended.set()

    def _heard(self, peer: Peer, message: messages.ToPolicy) -> None:
        if isinstance(message, messages.Shutdown):
            self.stop()
        else:
            self._work.put(message)

    def _left(self, peer: Peer) -> None:
        """Without a studio nobody could end what the policy does: it leaves the arm, also in the middle of a look."""
        self._rig.leave()
        self.stop()

    def _tell(self, message: messages.FromPolicy) -> None:
        if self._studio is not None:
            self._server.send(self._studio, message)

    # ---- work ----

    def _do(self, work: Work) -> None:
        match work:
            case messages.OpenPolicy():
                self._open(work)
            case messages.Rings(paths):
                self._eyes.attach(paths)
            case messages.Measure(looks):
                self._measure(looks)
            case messages.Prepare():
                self._prepared = work
            case Look():
                self._rig.send(self._look(work))
            case messages.Shutdown():
                pass

    def _open(self, order: messages.OpenPolicy) -> None:
        self._eyes.attach(order.rings)
        try:
            policy = self._open_policy(Path(order.folder), device=order.device)
            joints = tuple(PolicyJoint(name, unit) for name, unit in order.joints)
            require_rig(policy.info, joints, tuple(order.rings), robot_type=order.robot_type)
        except StudioError as error:
            self._tell(messages.OpenFailed(error.code, error.message, error.todo))
            return
        except Exception as error:
            log.exception("The policy in %s could not be opened.", order.folder)
            text = f"The policy could not be opened: {type(error).__name__}: {str(error)[:300]}"
            self._tell(messages.OpenFailed("policy_unreadable", text, "Export it again, or take another one."))
            return
        self._policy = policy
        self._tell(_described(policy, order.folder))

    def _measure(self, looks: int) -> None:
        """Time looks at what is there now; the first ones warm caches and are not counted."""
        whole: list[float] = []
        stages: dict[str, list[float]] = {}
        began_s = time.monotonic()
        try:
            for number in range(WARM_UP + looks):
                observation = self._observation(self._standing(), self._prepared, None)
                before = time.perf_counter()
                chunk = self._require().chunk(observation)
                if number >= WARM_UP:
                    whole.append(1e3 * (time.perf_counter() - before))
                    for stage, spent in chunk.stages_ms.items():
                        stages.setdefault(stage, []).append(spent)
                if len(whole) >= 2 and time.monotonic() - began_s > _MEASURE_S:
                    break
            self._require().reset()
        except StudioError as error:
            self._tell(messages.Measured((), {}, str(error)))
            return
        except Exception as error:
            log.exception("The policy failed while it was timed.")
            self._tell(messages.Measured((), {}, f"The policy failed: {type(error).__name__}: {str(error)[:300]}"))
            return
        self._tell(messages.Measured(tuple(whole), {name: tuple(spent) for name, spent in stages.items()}))

    def _look(self, look: Look) -> LookAnswer | LookFailed:
        prepared = self._prepared
        try:
            if prepared.run != look.run:
                return LookFailed(look.run, look.look, False, "The policy's process was not told of this run yet.")
            policy = self._require()
            if look.fresh:
                policy.reset()
            observation = self._observation(look.position, prepared, look)
        except StudioError as error:
            return LookFailed(look.run, look.look, False, str(error))
        try:
            chunk = policy.chunk(observation)
        except StudioError as error:
            return LookFailed(look.run, look.look, True, str(error))
        except Exception as error:
            log.exception("The policy failed.")
            return LookFailed(look.run, look.look, True, f"The policy failed: {type(error).__name__}: {error}"[:400])
        stages = dict(chunk.stages_ms) | self._emulate(chunk, Delay("", prepared.whole_s, prepared.stages_s))
        return LookAnswer(look.run, look.look, chunk.observed_ns, tuple(map(tuple, chunk.actions.tolist())), stages)

    def _emulate(self, chunk: Chunk, delay: Delay) -> dict[str, float]:
        """Wait until the stated latency has passed; what a stage really took is part of what is stated for it."""
        if not delay:
            return {}
        spent = chunk.latency_ms / 1e3
        if delay.whole_s:
            wait_s = delay.whole_s - spent
        else:
            took = {name: value / 1e3 for name, value in chunk.stages_ms.items()}
            wait_s = sum(max(0.0, stated - took.get(name, 0.0)) for name, stated in delay.stages_s.items())
        wait_s = max(0.0, wait_s)
        self._ending.wait(wait_s)
        return {EMULATED: 1e3 * wait_s}

    def _observation(
        self, position: tuple[float, ...], prepared: messages.Prepare, look: Look | None
    ) -> PolicyObservation:
        """What the policy looks at now: `position` of the arm, the newest pictures, and their age."""
        info, now_ns = self._require().info, self._clock.monotonic_ns()
        images, oldest_ns = self._eyes.see(info.camera_names, now_ns)
        observed_ns = min(oldest_ns, look.monotonic_ns if look is not None else now_ns)
        ahead = None
        if look is not None and look.ahead:
            ahead = Continuation(
                np.array(look.ahead, np.float32),
                look.delay,
                prepared.horizon,
                Schedule(prepared.schedule),
                prepared.max_weight,
            )
        return PolicyObservation(
            np.array(position, np.float32),
            images,
            prepared.task or info.task or next(iter(_known_tasks(self._require())), ""),
            observed_ns,
            (now_ns - observed_ns) / 1e6,
            ahead,
        )

    def _standing(self) -> tuple[float, ...]:
        """Where the arm is, once the rig has said so."""
        until_ns = self._clock.monotonic_ns() + round(_PATIENCE_S * NS_PER_S)
        while self._rig.position is None and self._clock.monotonic_ns() < until_ns and not self._ending.wait(0.02):
            pass
        if self._rig.position is None:
            raise StudioError("The rig has not said where the arm is.", todo="Look at the arm's state, measure again.")
        return self._rig.position

    def _require(self) -> Policy:
        if self._policy is None:
            raise StudioError("No policy is open.", todo="Open one.")
        return self._policy


def _described(policy: Policy, folder: str) -> messages.Opened:
    info = policy.info
    return messages.Opened(
        kind=info.kind,
        artifact=(Path(info.source or folder) / ARTIFACT).is_file(),
        fps=info.fps,
        horizon=info.horizon,
        execute=info.execute,
        joints=info.joint_names,
        cameras=info.camera_names,
        task=info.task,
        tasks=_known_tasks(policy),
        takes_task=info.takes_task,
        continues=info.continues,
        source=info.source,
        pid=os.getpid(),
    )


def _known_tasks(policy: Policy) -> tuple[str, ...]:
    """The sentences it knows; before one of several is chosen it is timed by the first."""
    return tuple(getattr(policy, "tasks", ()))
