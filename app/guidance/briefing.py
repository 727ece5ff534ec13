"""All the operator's page needs to draw and say about the next take, in plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.devices.models import Placement, Start
from app.guidance.detector import Seen, Unseen
from app.guidance.plan import Plan
from app.guidance.table_view import Points, TableView
from app.guidance.targets import Target
from app.guidance.words import cause_words, in_place, instruction, request

type Outline = tuple[tuple[float, float], ...]
"""Corners in pixels of the top picture."""


AT_GOAL = (Start.dropped_beside, Start.near_goal)


class PlacementState(StrEnum):
    """in_place is green; move says how; unseen asks for the operator's word."""

    in_place = "in_place"
    move = "move"
    unseen = "unseen"


@dataclass(frozen=True)
class Briefing:
    """One target, said and drawn. Outlines are () while the table is not calibrated."""

    target: Target
    request: str
    instruction: str
    state: PlacementState
    seen: Placement | None
    confidence: float
    target_px: Outline
    cluster_px: Outline
    seen_px: Outline
    ghosts_px: tuple[Outline, ...]


def brief(
    plan: Plan,
    target: Target,
    found: Seen | Unseen | None,
    view: TableView | None,
    *,
    last: Sequence[Placement] = (),
) -> Briefing:
    """`found` is vision's answer, None while nobody looks; `last` are the last placements, drawn as ghosts.

    A recovery that begins with the object in the claws or at the goal has no
    mark to move it to: there the sentence says what to arrange.
    """
    seen = found.placement if isinstance(found, Seen) else None
    placed = seen is not None and in_place(plan, seen, target.placement)
    words = instruction(plan, seen, target.placement)
    if isinstance(found, Unseen):
        words = f"{found.reason} {words}."
    return Briefing(
        target=target,
        request=request(plan, target),
        instruction=cause_words(plan, target.cause) if target.start in AT_GOAL else words,
        state=PlacementState.in_place if placed else PlacementState.move if seen else PlacementState.unseen,
        seen=seen,
        confidence=found.confidence if isinstance(found, Seen) else 0.0,
        target_px=_outline(view.object_outline(plan.object, target.placement)) if view else (),
        cluster_px=_outline(view.cluster_outline(plan.cluster(target.cluster))) if view else (),
        seen_px=_outline(view.object_outline(plan.object, seen)) if view and seen else (),
        ghosts_px=tuple(_outline(view.object_outline(plan.object, place)) for place in last) if view else (),
    )


def _outline(points: Points) -> Outline:
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in points)
