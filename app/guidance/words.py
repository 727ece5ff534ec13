"""What to do with the object, in words, relative to things one can see: the mug and the arm."""

from __future__ import annotations

import math

from app.datasets.models import EpisodeKind
from app.devices.models import Placement
from app.guidance.next_target import yaw_difference
from app.guidance.plan import Plan
from app.guidance.targets import Target

_NEAR_ANGLE_DEG = 22.5
_GOAL_LEAST_CM = 4.0
_ARM_LEAST_CM = 5.0


def in_place(plan: Plan, seen: Placement, target: Placement) -> bool:
    """Whether the object lies within the plan's tolerance of the target."""
    turn = yaw_difference(target.yaw_deg, seen.yaw_deg, plan.object.symmetry_deg)
    return (
        math.hypot(target.x_cm - seen.x_cm, target.y_cm - seen.y_cm) <= plan.tolerance.position_cm
        and abs(turn) <= plan.tolerance.yaw_deg
    )


def instruction(plan: Plan, seen: Placement | None, target: Placement) -> str:
    """From where the object was seen to where it goes: "4 cm towards the mug, turn left 30 degrees".

    A move along the line to the mug or to the arm's base is named by it; any
    other by ahead, back, left and right as the arm looks. A turn is the shortest
    that looks right, given the object's symmetry. Within the tolerance
    the answer is "in place"; with nothing seen it says where the target is.
    """
    if seen is None:
        return f"Put the {plan.object.name} {where(plan, target)}"
    if in_place(plan, seen, target):
        return "in place"
    parts = [*_moves(plan, seen, target), *_turn(plan, seen, target)]
    return ", ".join(parts) if parts else "in place"


def where(plan: Plan, target: Placement) -> str:
    """A place on the table: "24 cm ahead of the arm and 6 cm to its left"."""
    ahead = f"{_cm(abs(target.x_cm))} {'ahead of' if target.x_cm >= 0 else 'behind'} the arm"
    if abs(target.y_cm) < 0.5:
        return ahead
    return f"{ahead} and {_cm(abs(target.y_cm))} to its {'left' if target.y_cm > 0 else 'right'}"


def request(plan: Plan, target: Target) -> str:
    """What the take is, in one sentence: a nominal one, or a recovery with its cause."""
    place = f"cluster {target.cluster}, position {target.position + 1}"
    held = " (held out: for validation only)" if target.held_out else ""
    if target.kind == EpisodeKind.nominal:
        return f"Put the {plan.object.name} at the mark: {place}{held}."
    return f"Recovery, {place}{held}. {cause_words(plan, target.cause)}"


def cause_words(plan: Plan, cause: str) -> str:
    """The plan's sentence for a recovery's cause; the cause itself when the plan no longer has it."""
    for known in plan.causes:
        if known.name == cause:
            return known.words.replace("{object}", plan.object.name).replace("{goal}", plan.goal.name)
    return cause


def _moves(plan: Plan, seen: Placement, target: Placement) -> list[str]:
    dx, dy = target.x_cm - seen.x_cm, target.y_cm - seen.y_cm
    distance = math.hypot(dx, dy)
    if distance <= plan.tolerance.position_cm / 2:
        return []
    heading = math.degrees(math.atan2(dy, dx))
    for direction, phrase in _landmarks(plan, seen):
        if abs(yaw_difference(heading, direction, 360)) <= _NEAR_ANGLE_DEG:
            return [f"{_cm(distance)} {phrase}"]
    along = f"{_cm(abs(dx))} {'ahead' if dx > 0 else 'back'}"
    across = f"{_cm(abs(dy))} to the {'left' if dy > 0 else 'right'}"
    return [f"{along} and {across} as the arm looks"]


def _landmarks(plan: Plan, seen: Placement) -> list[tuple[float, str]]:
    """Directions (degrees in the workspace) that have a name from where the object lies; the goal's come first."""
    named: list[tuple[float, str]] = []
    to_goal_x, to_goal_y = plan.goal.x_cm - seen.x_cm, plan.goal.y_cm - seen.y_cm
    if math.hypot(to_goal_x, to_goal_y) > plan.goal.radius_cm + _GOAL_LEAST_CM:
        goal = math.degrees(math.atan2(to_goal_y, to_goal_x))
        named += [(goal, f"towards the {plan.goal.name}"), (goal + 180, f"away from the {plan.goal.name}")]
    if math.hypot(seen.x_cm, seen.y_cm) > _ARM_LEAST_CM:
        from_arm = math.degrees(math.atan2(seen.y_cm, seen.x_cm))
        named += [(from_arm + 180, "towards the arm"), (from_arm, "away from the arm")]
    return [
        *named,
        (0.0, "ahead as the arm looks"),
        (180.0, "back as the arm looks"),
        (90.0, "to the left as the arm looks"),
        (-90.0, "to the right as the arm looks"),
    ]


def _turn(plan: Plan, seen: Placement, target: Placement) -> list[str]:
    turn = yaw_difference(target.yaw_deg, seen.yaw_deg, plan.object.symmetry_deg)
    degrees = round(abs(turn) / 5) * 5
    if degrees < 5 or abs(turn) <= plan.tolerance.yaw_deg / 2:
        return []
    return [f"turn {'left' if turn > 0 else 'right'} {degrees} degrees"]


def _cm(value: float) -> str:
    return f"{value:.1f} cm" if value < 1.95 else f"{value:.0f} cm"
