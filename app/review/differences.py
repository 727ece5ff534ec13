"""What stands between several datasets and one: said before anybody merges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.guidance.plan import Plan
from app.review.index import Read


@dataclass(frozen=True)
class Difference:
    """`values` in the order of the datasets; `blocks` where LeRobot's merge refuses it."""

    what: str
    values: list[str]
    blocks: bool
    todo: str


def differences(reads: Sequence[Read], plans: Sequence[Plan | None]) -> list[Difference]:
    """Only what differs."""
    heads = [read.head for read in reads]
    features = [sorted(set(head.features) - set(head.video_keys)) for head in heads]
    rows = [
        ("frames per second", [f"{head.fps} fps" for head in heads], True, "Record anew, or keep them apart."),
        ("arm", [head.robot_type or "unknown" for head in heads], True, "Keep them apart."),
        ("joints", [", ".join(head.joints) or "none" for head in heads], True, "Keep them apart."),
        (
            "cameras",
            [", ".join(f"{c.name} {c.width}x{c.height}" for c in head.cameras) or "none" for head in heads],
            True,
            "Remove or rename cameras with LeRobot's tools first.",
        ),
        ("video codec", [str(head.codec) for head in heads], True, "Re-encode one of them first."),
        ("columns", [_columns(one, features) for one in features], True, "Attach or remove columns first."),
        ("plan", [_plan(plan) for plan in plans], False, "The map uses the first plan; others count by placement."),
    ]
    return [Difference(what, values, blocks, todo) for what, values, blocks, todo in rows if len(set(values)) > 1]


def same_clusters(plan: Plan, other: Plan | None) -> bool:
    """Whether the names of the clusters mean the same places in both."""
    return other is not None and {c.name: c for c in plan.clusters} == {c.name: c for c in other.clusters}


def _columns(mine: Sequence[str], others: Sequence[Sequence[str]]) -> str:
    shared = set(mine).intersection(*others)
    extra = [name for name in mine if name not in shared]
    return ", ".join(extra) or "only those that all have"


def _plan(plan: Plan | None) -> str:
    if plan is None:
        return "none"
    return f"version {plan.version}, {len(plan.clusters)} clusters, held out: {', '.join(plan.held_out) or 'none'}"
