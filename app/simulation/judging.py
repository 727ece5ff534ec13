"""What is so in the scene, from physics alone: whether the bag rests in the mug, is lifted, held over it, touched."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from app.devices.models import Success
from app.simulation.scene import MUG_RADIUS_M
from app.simulation.textures import MUG_HEIGHT_M, MUG_INNER_M
from app.simulation.world import World

LIFTED_M = 0.03
NEAR_MUG_M = 0.04


def is_so(world: World, wanted: Success) -> bool:
    """Whether what is wanted is so at this instant."""
    match wanted:
        case Success.in_goal:
            return in_mug(world) and world.settled and not world.bag_touched
        case Success.lifted:
            return bool(world.bag_m[2] > LIFTED_M) and world.bag_touched
        case Success.held_over:
            high = world.bag_in_mug_m[2] > MUG_HEIGHT_M
            return bool(high and aside_m(world) < MUG_INNER_M) and world.mug_upright and world.bag_touched
        case Success.touched:
            return world.bag_touched
        case _:
            assert_never(wanted)


def in_mug(world: World) -> bool:
    """Whether the bag is inside the upright mug, at rest or not."""
    return aside_m(world) < MUG_INNER_M and -0.01 < world.bag_in_mug_m[2] < MUG_HEIGHT_M and world.mug_upright


def near_mug(world: World) -> bool:
    """Whether the bag is over the mug or at its foot."""
    return aside_m(world) < MUG_RADIUS_M + NEAR_MUG_M


def aside_m(world: World) -> float:
    """How far the bag's middle is from the mug's axis, metres."""
    inside = world.bag_in_mug_m
    return float(np.hypot(inside[0], inside[1]))
