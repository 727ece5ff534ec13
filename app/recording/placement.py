"""What an episode's columns say about where the object lay and how the take began."""

from __future__ import annotations

from app.datasets.models import EpisodeKind, PlacedSource
from app.devices import Placement, Start


def placement_facts(truth: Placement | None, start: Start) -> dict[str, object]:
    """The `placed_*`, `kind` and `recovery_cause` columns; an unknown placement stays unknown."""
    nominal = start is Start.nominal
    facts: dict[str, object] = {
        "kind": EpisodeKind.nominal.value if nominal else EpisodeKind.recovery.value,
        "recovery_cause": "" if nominal else start.value,
    }
    if truth is None:
        return facts
    return facts | {
        "placed_x_cm": truth.x_cm,
        "placed_y_cm": truth.y_cm,
        "placed_yaw_deg": truth.yaw_deg,
        "placed_source": PlacedSource.simulator.value,
    }
