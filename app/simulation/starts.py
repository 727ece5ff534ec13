"""The states a take can begin in: nominal, and the partly failed ones that recoveries start from."""

from __future__ import annotations

import numpy as np

from app.devices.kinematics import Kinematics
from app.devices.models import Placement, Start, Vector
from app.devices.so101 import SO101
from app.simulation.reach import Reach, reachable
from app.simulation.scene import MUG_XY_M
from app.simulation.world import World

_SETTLE_STEPS = 150
_CLOSE_STEPS = 250
_HOLD_M = 0.11
_AT_FIXED_CLAW_M = -0.0068  # a bag lying against the fixed claw, from the tool point
_OPEN, _HALF, _CLOSED = 45.0, 25.0, 3.0


class StartStates:
    """Builds each start in the world and lets it settle. What varies is drawn from the placement alone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._reach = Reach(Kinematics(SO101))

    def enter(self, placement: Placement, start: Start) -> None:
        """Set the scene up; Invalid where the arm cannot reach the pose that the start needs."""
        random = np.random.default_rng(
            [int(1e3 * (value + 1e4)) for value in (placement.x_cm, placement.y_cm, placement.yaw_deg)]
        )
        self._world.clear()
        self._world.put_mug()
        match start:
            case Start.nominal:
                self._world.put_bag(placement)
                self._world.put_arm(np.array([joint.home for joint in SO101.joints]))
            case Start.dropped_beside:
                bag = self._beside_mug(placement, random)
                self._world.put_bag(bag)
                self._arm_over(Placement(100 * MUG_XY_M[0], 100 * MUG_XY_M[1], 0.0), 0.12, _OPEN, random)
            case Start.slipped_grasp:
                self._world.put_bag(placement)
                self._arm_over(placement, float(random.uniform(0.055, 0.075)), _HALF, random)
            case Start.knocked_over:
                self._world.put_bag(placement, on_edge=True)
                self._arm_over(placement, float(random.uniform(0.075, 0.095)), _OPEN, random)
            case Start.missed_grasp:
                self._world.put_bag(placement)
                self._arm_beside(placement, random)
            case Start.near_goal:
                self._hold_bag(random)
        self._world.step(_SETTLE_STEPS)

    def _arm_over(self, place: Placement, z_m: float, gripper: float, random: np.random.Generator) -> None:
        x, y = place.x_cm / 100 + random.uniform(-0.01, 0.01), place.y_cm / 100 + random.uniform(-0.01, 0.01)
        self._world.put_arm(self._with_gripper(self._reach.easy_pose(x, y, z_m), gripper))

    def _arm_beside(self, place: Placement, random: np.random.Generator) -> None:
        """Claws closed on nothing, 4 to 5 cm nearer to the arm or beside the bag."""
        x, y = place.x_cm / 100, place.y_cm / 100
        radius, angle = np.hypot(x, y), np.arctan2(y, x)
        miss = random.uniform(0.050, 0.060)
        side = 1.0 if random.random() < 0.5 else -1.0
        angle += side * miss / radius
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        low = self._reach.grasp_height_m(x, y) + 0.004
        self._world.put_arm(self._with_gripper(self._reach.easy_pose(x, y, low), _CLOSED))

    def _beside_mug(self, placement: Placement, random: np.random.Generator) -> Placement:
        """12 cm from the mug's middle, on a side where the arm can grasp."""
        first = random.uniform(0, 2 * np.pi)
        for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False):
            x = 100 * MUG_XY_M[0] + 12.0 * np.cos(first + turn)
            y = 100 * MUG_XY_M[1] + 12.0 * np.sin(first + turn)
            if reachable(x, y) and np.hypot(x, y) < 33.0:
                return Placement(float(x), float(y), placement.yaw_deg)
        return placement

    def _hold_bag(self, random: np.random.Generator) -> None:
        """The bag between closed claws, on the way to the mug: held by friction, from the start."""
        world = self._world
        angle = np.arctan2(MUG_XY_M[1], MUG_XY_M[0]) + random.uniform(0.35, 0.6)
        radius = float(np.hypot(*MUG_XY_M)) + random.uniform(-0.02, 0.02)
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        pose = self._reach.easy_pose(x, y, _HOLD_M)
        world.put_arm(self._with_gripper(pose, 40.0))
        across = np.array([-np.sin(angle), np.cos(angle)]) * _AT_FIXED_CLAW_M
        bag = Placement(100 * float(x + across[0]), 100 * float(y + across[1]), float(np.degrees(angle)))
        world.command(self._with_gripper(pose, _CLOSED))
        for _ in range(_CLOSE_STEPS):
            if not world.bag_pinched:
                world.put_bag(bag, z_m=_HOLD_M)
            world.step(1)

    @staticmethod
    def _with_gripper(position: Vector, gripper: float) -> Vector:
        return np.append(position[:-1], gripper)
