"""What a change of the plan means for what was already recorded, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.guidance.plan import Cluster, Plan, in_order
from app.guidance.progress import Recorded


def meaning_of_change(old: Plan, new: Plan, recorded: Sequence[Recorded]) -> tuple[str, ...]:
    """Sentences for the person who is about to change a plan; empty when nothing of weight changes.

    Recorded episodes always stay, with the plan version, target and placement
    they were recorded with; the sentences say what they still count for.
    """
    return (
        *_cluster_sentences(old, new, recorded),
        *_held_out_sentences(old, new, recorded),
        *_amount_sentences(old, new),
        *_position_sentences(old, new, recorded),
        *_task_sentences(old, new, recorded),
    )


def _cluster_sentences(old: Plan, new: Plan, recorded: Sequence[Recorded]) -> list[str]:
    before = {cluster.name: cluster for cluster in old.clusters}
    after = {cluster.name: cluster for cluster in new.clusters}
    sentences = []
    for name in before.keys() - after.keys():
        if count := _count(recorded, name):
            sentences.append(f"Cluster {name} is gone: its {_episodes(count)} stay and count for no cluster.")
    for name in before.keys() & after.keys():
        count = _count(recorded, name)
        if before[name] != after[name] and count:
            outside = _outside(recorded, after[name])
            moved = f"Cluster {name} moved or changed its size: its {_episodes(count)} still count for it"
            sentences.append(f"{moved}, {outside} of them now outside its border." if outside else f"{moved}.")
    new_names = in_order(after.keys() - before.keys())
    if new_names:
        sentences.append(f"New, with nothing recorded: cluster {', '.join(new_names)}.")
    return sorted(sentences)


def _held_out_sentences(old: Plan, new: Plan, recorded: Sequence[Recorded]) -> list[str]:
    sentences = []
    for name in sorted(set(new.held_out) - set(old.held_out)):
        if count := _count(recorded, name):
            sentences.append(
                f"Cluster {name} is now held out: its {_episodes(count)} leave training. A policy that was "
                "trained before has seen them, so its score there proves nothing."
            )
    for name in sorted(set(old.held_out) - set(new.held_out)):
        if count := _count(recorded, name):
            sentences.append(f"Cluster {name} is no longer held out: its {_episodes(count)} may now be trained on.")
    return sentences


def _amount_sentences(old: Plan, new: Plan) -> list[str]:
    sentences = []
    if old.total_takes != new.total_takes:
        sentences.append(f"The plan now asks for {new.total_takes} takes instead of {old.total_takes}.")
    if old.recovery_share != new.recovery_share:
        sentences.append(f"The recovery share is now {new.recovery_share:.0%} instead of {old.recovery_share:.0%}.")
    if new.positions_per_cluster < old.positions_per_cluster:
        sentences.append(
            f"Positions {new.positions_per_cluster + 1} to {old.positions_per_cluster} of each cluster are no "
            "longer asked for; their episodes stay and count for their cluster."
        )
    return sentences


def _position_sentences(old: Plan, new: Plan, recorded: Sequence[Recorded]) -> list[str]:
    moved = (old.seed, old.margin_cm, old.orientations) != (new.seed, new.margin_cm, new.orientations)
    if not moved or not recorded:
        return []
    return [
        "The positions within the clusters move: each episode keeps the target it was recorded to and still "
        "counts for its position's number."
    ]


def _task_sentences(old: Plan, new: Plan, recorded: Sequence[Recorded]) -> list[str]:
    if old.task == new.task or not recorded:
        return []
    return [f"The task sentence changes for new episodes only; {_episodes(len(recorded))} keep the old one."]


def _count(recorded: Sequence[Recorded], name: str) -> int:
    return sum(1 for item in recorded if item.facts.cluster == name)


def _outside(recorded: Sequence[Recorded], cluster: Cluster) -> int:
    """Episodes of the cluster whose known placement is now outside it; an unknown one counts as inside."""
    places = [(i.facts.placed_x_cm, i.facts.placed_y_cm) for i in recorded if i.facts.cluster == cluster.name]
    return sum(1 for x, y in places if math.isfinite(x) and math.isfinite(y) and not cluster.contains(x, y))


def _episodes(count: int) -> str:
    return f"{count} episode" if count == 1 else f"{count} episodes"
