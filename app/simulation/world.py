"""One MuJoCo world: physics on its own clock, moved only when told to which moment."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np

from app.core.clock import NS_PER_S
from app.devices.kinematics import JointUnits
from app.devices.models import Placement, Vector
from app.devices.so101 import SO101
from app.simulation.appearance import Appearance
from app.simulation.scene import BAG_HALF_M, MUG_XY_M, TIMESTEP_S, build_model
from app.simulation.servos import Servos

_STEP_NS = round(TIMESTEP_S * NS_PER_S)
_MAX_CATCH_UP_NS = NS_PER_S // 4
_SETTLED_M_S = 0.02
_SETTLED_RAD_S = 0.8


@dataclass(frozen=True)
class Snapshot:
    """What a camera draws: the moment it shows, all joint positions (nq,), and how things look."""

    monotonic_ns: int
    qpos: Vector
    appearance: Appearance


class World:
    """Arm, table, mug and tea bag.

    Nothing in here reads a clock: `advance_to` steps physics up to a moment, so
    the same world runs live (a rig process calls it with the system clock) and
    in lock-step (a manual clock). The same calls give the same bytes.
    """

    def __init__(self, seed: int = 0) -> None:
        self.model = build_model(painted=False)
        self.data = mujoco.MjData(self.model)
        self.units = JointUnits(SO101, self.model)
        self.servos = Servos(len(SO101.joints), seed)
        self.appearance = Appearance()
        self.skipped_s = 0.0
        self._moment_ns: int | None = None
        self._grip_friction = self.model.geom_friction[self._claws(), 0].copy()
        self._bag = self.model.body("bag").id
        self._mug = self.model.body("mug").id
        self._tool = self.model.site(SO101.tool_site).id
        self._bag_qpos = int(self.model.joint(self.model.body("bag").jntadr[0]).qposadr[0])
        self._mug_qpos = int(self.model.joint("mug").qposadr[0])
        self.put_arm(np.array([joint.home for joint in SO101.joints]))
        self.put_mug()
        self.put_bag(Placement(25.0, 5.0, 0.0))

    # ---- time ----

    @property
    def moment_ns(self) -> int:
        """The moment the world shows; 0 before the first `advance_to`."""
        return self._moment_ns or 0

    def advance_to(self, monotonic_ns: int) -> None:
        """Step physics up to `monotonic_ns`. The first call only sets the moment.

        After a stall longer than 0.25 s the world skips time instead of racing
        through it; `skipped_s` counts that. A moment in the past does nothing.
        """
        if self._moment_ns is None:
            self._moment_ns = monotonic_ns
            return
        behind_ns = monotonic_ns - self._moment_ns
        if behind_ns > _MAX_CATCH_UP_NS:
            skipped_ns = (behind_ns - _MAX_CATCH_UP_NS) // _STEP_NS * _STEP_NS
            self.skipped_s += skipped_ns / NS_PER_S
            self._moment_ns += skipped_ns
        steps = max(0, (monotonic_ns - self._moment_ns) // _STEP_NS)
        self.step(steps)
        self._moment_ns += steps * _STEP_NS

    def step(self, steps: int) -> None:
        """Step physics without moving the moment: for settling between takes."""
        left = steps
        while left > 0:
            block = min(left, self.servos.steps_to_refresh)
            self.data.ctrl[:] = self.servos.control(block)
            mujoco.mj_step(self.model, self.data, block)
            left -= block

    def snapshot(self) -> Snapshot:
        return Snapshot(self.moment_ns, self.data.qpos.copy(), self.appearance)

    # ---- the arm ----

    def position(self) -> Vector:
        """(A,) in joint units, as the encoders tell it."""
        return self.units.units(self.data.qpos[self.units.qpos])

    def command(self, target: Vector) -> None:
        """Set the servos' targets, (A,) in joint units."""
        self.servos.command(self.units.radians(target))

    def clear(self) -> None:
        """Forget all motion and contact history, so that what follows depends on nothing before. Only between takes."""
        mujoco.mj_resetData(self.model, self.data)

    def put_arm(self, position: Vector) -> None:
        """Set the arm there at rest, its servos holding. Only between takes."""
        radians = self.units.radians(position)
        self.data.qpos[self.units.qpos] = radians
        self.data.qvel[self.units.dofs] = 0.0
        self.servos.hold(radians)
        self.forward()

    # ---- the bag and the mug ----

    def put_bag(self, placement: Placement, *, on_edge: bool = False, z_m: float | None = None) -> None:
        """Lay the bag there at rest; `on_edge` stands it on its long narrow side. Only between takes."""
        height = float(BAG_HALF_M[1] if on_edge else BAG_HALF_M[2]) if z_m is None else z_m
        yaw = np.deg2rad(placement.yaw_deg) / 2
        turn = np.array([np.cos(yaw), 0.0, 0.0, np.sin(yaw)])
        if on_edge:
            flat = turn.copy()
            mujoco.mju_mulQuat(turn, flat, np.array([np.sqrt(0.5), np.sqrt(0.5), 0.0, 0.0]))
        place = [placement.x_cm / 100, placement.y_cm / 100, height]
        self._put_free(self._bag_qpos, self._bag, np.concatenate([place, turn]))

    def put_mug(self) -> None:
        self._put_free(self._mug_qpos, self._mug, np.array([*MUG_XY_M, 0.0005, 1.0, 0.0, 0.0, 0.0]))

    def bag_placement(self) -> Placement:
        """Where the bag's middle is, and the yaw of its long side in (-180, 180]."""
        x, y, _ = self.bag_m
        axis = self.data.xmat[self._bag].reshape(3, 3)[:, 0]
        return Placement(100 * float(x), 100 * float(y), float(np.rad2deg(np.arctan2(axis[1], axis[0]))))

    @property
    def tool_z_m(self) -> float:
        """How high the tool point is over the table, metres."""
        return float(self.data.site_xpos[self._tool, 2])

    @property
    def bag_m(self) -> Vector:
        """(3,) the bag's middle in the workspace frame, metres."""
        return self.data.xpos[self._bag].copy()

    @property
    def mug_m(self) -> Vector:
        """(3,) the middle of the mug's foot, metres."""
        return self.data.xpos[self._mug].copy()

    @property
    def bag_in_mug_m(self) -> Vector:
        """(3,) the bag's middle in the mug's own frame, metres."""
        return self.data.xmat[self._mug].reshape(3, 3).T @ (self.data.xpos[self._bag] - self.data.xpos[self._mug])

    @property
    def mug_upright(self) -> bool:
        return bool(self.data.xmat[self._mug].reshape(3, 3)[2, 2] > 0.9)

    @property
    def settled(self) -> bool:
        """Whether bag and mug are at rest, so that a scene may be rebuilt or judged."""
        return self._speed_ok(self._bag) and self._speed_ok(self._mug)

    @property
    def bag_touched(self) -> bool:
        """Whether a claw touches the bag."""
        claws = set(self._claws())
        bag = self.model.geom("bag").id
        pairs = self.data.contact.geom
        return any((a == bag and b in claws) or (b == bag and a in claws) for a, b in pairs)

    @property
    def bag_pinched(self) -> bool:
        """Whether both claws touch the bag."""
        bag = self.model.geom("bag").id
        touching = {int(a if b == bag else b) for a, b in self.data.contact.geom if bag in (a, b)}
        return touching.issuperset(self._claws())

    def slip(self, amount: float) -> None:
        """Make the claws slippery by `amount` in 0..1 (1: no friction), 0 restores them."""
        self.model.geom_friction[self._claws(), 0] = self._grip_friction * (1.0 - amount)
        self.model.geom_friction[self.model.geom("bag").id, 0] = 1.0 - 0.999 * amount

    def forward(self) -> None:
        mujoco.mj_forward(self.model, self.data)

    def _claws(self) -> list[int]:
        return [self.model.geom("fixed_claw").id, self.model.geom("moving_claw").id]

    def _speed_ok(self, body: int) -> bool:
        dof = self.model.body_dofadr[body]
        speed = self.data.qvel[dof : dof + 6]
        return bool(np.linalg.norm(speed[:3]) < _SETTLED_M_S and np.linalg.norm(speed[3:]) < _SETTLED_RAD_S)

    def _put_free(self, address: int, body: int, pose: Vector) -> None:
        self.data.qpos[address : address + 7] = pose
        dof = self.model.body_dofadr[body]
        self.data.qvel[dof : dof + 6] = 0.0
        self.forward()
