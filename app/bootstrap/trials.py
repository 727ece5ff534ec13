"""A rig for trials on the simulator's own clock: the live rig's loop, gate and pictures, deterministic by seed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.bootstrap.rigs import CONTROL_HZ, FPS
from app.control.messages import Demonstrate, Place, Reply, Tick
from app.control.models import ControlPhase
from app.control.rig import assemble
from app.control.settings import ControlSettings
from app.core.clock import NS_PER_S, ManualClock
from app.core.errors import StudioError
from app.devices import ArmReading, Outcome, Vector
from app.devices.so101 import SO101
from app.policies import PolicyJoint, PolicyObservation
from app.policies.pictures import rgb
from app.policies.strategies import Action
from app.policies.trial import TrialRequest
from app.simulation import SimulatedArm, SimulatedWorkcell, World
from app.simulation.cameras import Photographer, Renderer
from app.simulation.gl import GlRenderer, gl_missing
from app.simulation.painter import Painter
from app.simulation.scene import CAMERAS
from app.simulation.stage import Picture

_ENGAGE_TICKS = 240
_SETTLE_S = 1.0


class LockStepTrialRig:
    """Everything but the renderer is made anew for each trial, so that a trial depends on its request alone.

    `scene` are disturbances by name and amount, as `{"pale_bag": 1.0}` for weak contrast.
    """

    joints = tuple(PolicyJoint(joint.name, joint.unit) for joint in SO101.joints)
    cameras = CAMERAS
    robot_type = SO101.robot_type

    def __init__(self, *, scene: Mapping[str, float] | None = None, renderer: Renderer | None = None) -> None:
        self._settings = ControlSettings(CONTROL_HZ, FPS)
        self._renderer = renderer or (Painter() if gl_missing() else GlRenderer())
        self._scene = dict(scene or {})

    def begin(self, request: TrialRequest) -> None:
        """The scene as asked for, and the arm engaged and holding in its start pose."""
        self._wanted = request.rule.wanted
        self._clock = ManualClock(NS_PER_S)
        self._world = World(request.seed)
        self._workcell = SimulatedWorkcell(self._world)
        self._puppet = _Puppet()
        self._photographer = Photographer(self._renderer, request.seed)
        self._count = 0
        arm = SimulatedArm(self._world, self._clock)
        self._rig = assemble(
            arm, self._settings, self._clock, self._publish, workcell=self._workcell, program=self._puppet
        )
        for name, amount in self._scene.items():
            self._workcell.disturb(name, amount)
        place = request.placement
        self._ask(Place(1, place.x_cm, place.y_cm, place.yaw_deg, request.start.value))
        self._tick()
        self._ask(Demonstrate(2, request.seed))
        for _ in range(_ENGAGE_TICKS):
            self._tick()
            if self._rig.loop.phase is ControlPhase.following:
                return
        raise StudioError("The arm did not engage for the trial.", todo="Report the placement that was used.")

    def observe(self) -> PolicyObservation:
        reading = self._rig.loop.reading
        assert reading is not None
        images = {name: rgb(picture) for name, picture in self._pictures().items()}
        return PolicyObservation(reading.position.astype(np.float32), images, monotonic_ns=reading.monotonic_ns)

    def advance(self, target: Action, seconds: float) -> None:
        """Straight to `target` (A,) over the control ticks of `seconds`, as the live rig interpolates."""
        ticks = max(1, round(seconds * self._settings.control_hz))
        begin, goal = self._puppet.goal(self._rig.loop.sent), np.asarray(target, np.float64)
        for number in range(1, ticks + 1):
            self._puppet.aim = begin + (goal - begin) * (number / ticks)
            self._tick()

    def outcome(self) -> Outcome | None:
        return self._workcell.outcome(self._wanted)

    def settle(self) -> Outcome | None:
        """Let the scene come to rest, then say how it went."""
        for _ in range(round(_SETTLE_S * self._settings.control_hz)):
            self._tick()
        return self.outcome()

    def close(self) -> None:
        self._renderer.close()

    def _pictures(self) -> Mapping[str, Picture]:
        """What the cameras see at this control tick, I420 by camera."""
        return self._photographer.pictures(self._world.snapshot(), self._count)

    def _publish(self, tick: Tick) -> None:
        """A recording interval ended; whoever records takes it."""

    def _tick(self) -> None:
        self._count += 1
        self._clock.sleep_until_ns(NS_PER_S + round(self._count * NS_PER_S / self._settings.control_hz))
        self._rig.loop.tick()

    def _ask(self, message: Place | Demonstrate) -> None:
        reply = self._rig.desk.handle(message, self._clock.monotonic_ns())
        if isinstance(reply, Reply) and not reply.ok:
            raise StudioError(reply.text, todo=reply.todo)


class _Puppet:
    """The rig's program while a trial runs: wherever the trial points. It begins where the arm is."""

    def __init__(self) -> None:
        self.aim: Vector | None = None

    def begin(self, seed: int) -> None:
        self.aim = None

    def target(self, t_s: float, reading: ArmReading) -> Vector:
        if self.aim is None:
            self.aim = reading.position.copy()
        return self.aim

    def goal(self, sent: Vector) -> Vector:
        """Where it points now; what was sent last where it has not pointed yet."""
        return sent.copy() if self.aim is None else self.aim


def open_trial_rig(scene: Mapping[str, float]) -> LockStepTrialRig:
    return LockStepTrialRig(scene=scene)
