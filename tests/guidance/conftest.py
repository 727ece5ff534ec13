from __future__ import annotations

import math

import pytest

from app.datasets.models import EpisodeFacts
from app.guidance.layout import default_plan
from app.guidance.plan import Cluster, Goal, Plan
from app.guidance.progress import Recorded
from app.guidance.targets import Target


def reach(x_cm: float, y_cm: float) -> bool:
    """An arm that reaches a half ring from 12 to 38 cm."""
    return x_cm > 0 and 12 <= math.hypot(x_cm, y_cm) <= 38


@pytest.fixture
def reachable():
    return reach


@pytest.fixture
def plan() -> Plan:
    return default_plan("Put the tea bag in the mug.", reach, goal=Goal(x_cm=18, y_cm=-26))


@pytest.fixture
def small_plan() -> Plan:
    """Four clusters of two positions around (20, 0)."""
    clusters = tuple(Cluster(name, x, y) for name, x, y in (("a", 15, 5), ("b", 15, -5), ("c", 25, 5), ("d", 25, -5)))
    return Plan(
        task="Put the tea bag in the mug.",
        workspace=((10, -10), (30, -10), (30, 10), (10, 10)),
        clusters=clusters,
        held_out=("d",),
        positions_per_cluster=2,
        goal=Goal(x_cm=20, y_cm=-20),
    )


def recorded(target: Target, number: int = 0, *, accepted: bool = True, outcome: str = "success", frames: int = 100):
    return Recorded(
        EpisodeFacts(
            uuid=f"e{number}",
            cluster=target.cluster,
            position=target.position,
            kind=target.kind,
            recovery_cause=target.cause,
            outcome=outcome,
            placed_x_cm=target.placement.x_cm,
            placed_y_cm=target.placement.y_cm,
            placed_yaw_deg=target.placement.yaw_deg,
            recorded_at=f"2026-01-01T10:{number // 60:02d}:{number % 60:02d}+00:00",
        ),
        accepted=accepted,
        frames=frames,
    )


@pytest.fixture
def record():
    return recorded
