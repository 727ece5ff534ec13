"""The SO-101's stated reach against what its kinematics solve."""

from __future__ import annotations

import pytest

from app.devices.models import GraspRing
from app.devices.so101 import SO101
from app.simulation.reach import graspable, reachable


def test_the_solver_grasps_and_lifts_everywhere_in_the_ring():
    ring = SO101.reach
    assert ring is not None
    radii = range(round(10 * ring.inner_cm), round(10 * ring.outer_cm) + 1, 10)
    assert [radius for radius in radii if not graspable(radius)] == []


def test_the_ring_is_not_wider_than_the_arm():
    """3 cm beyond its border the solver fails: the ring is a fact about this arm, not a guess far inside or outside."""
    ring = SO101.reach
    assert ring is not None
    assert not graspable(round(10 * (ring.outer_cm + 3)))
    assert not graspable(round(10 * (ring.inner_cm - 3)))


@pytest.mark.parametrize(
    ("x_cm", "y_cm", "holds"),
    [(25.0, 0.0, True), (9.0, 0.0, False), (40.5, 0.0, False), (0.0, 25.0, True), (-10.0, 20.0, False)],
)
def test_a_ring_turns_about_the_base(x_cm, y_cm, holds):
    assert GraspRing(10.0, 40.0, 100.0).holds(x_cm, y_cm) is holds


def test_the_simulator_asks_the_same_ring_and_keeps_clear_of_the_mug():
    assert reachable(25.0, 0.0)
    assert not reachable(45.0, 0.0)
    assert not reachable(10.0, -22.0)
