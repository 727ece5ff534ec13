"""How a person lays the object down: nearly at the mark. The simulator's "Place it for me"."""

from __future__ import annotations

import math

from app.devices.models import Placement
from app.guidance.targets import Target, fraction

REACH_CM = 0.5
TURN_DEG = 5.0


def laid_by_hand(target: Target, seed: int, attempt: int) -> Placement:
    """Within half a centimetre and five degrees of the mark, evenly spread; the same by seed, target and attempt."""
    radius = REACH_CM * math.sqrt(fraction(seed, target.key, attempt, "radius"))
    angle = 2 * math.pi * fraction(seed, target.key, attempt, "angle")
    turn = TURN_DEG * (2 * fraction(seed, target.key, attempt, "turn") - 1)
    at = target.placement
    return Placement(
        round(at.x_cm + radius * math.cos(angle), 3),
        round(at.y_cm + radius * math.sin(angle), 3),
        round((at.yaw_deg + turn + 180) % 360 - 180, 2),
    )
