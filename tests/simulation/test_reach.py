"""The workspace that guidance lays out fits inside what the arm can grasp."""

from __future__ import annotations

import numpy as np

from app.simulation import random_placement, reachable


def test_eleven_clusters_of_ten_by_ten_centimetres_fit() -> None:
    """Rows of 10 cm in y, each packed from the arm outwards."""
    chosen = 0
    for y in range(-45, 35, 10):
        free_from = -20.0
        for x in range(-20, 31):
            if x >= free_from and all(reachable(x + dx, y + dy) for dx in (0, 5, 10) for dy in (0, 5, 10)):
                chosen, free_from = chosen + 1, x + 10.0
    assert chosen >= 11


def test_the_mug_the_arm_itself_and_the_far_corners_are_out_of_reach() -> None:
    assert not reachable(10.0, -22.0)
    assert not reachable(0.0, 5.0)
    assert not reachable(35.0, 30.0)
    assert reachable(25.0, 0.0)


def test_random_placements_cover_the_reach() -> None:
    random = np.random.default_rng(0)
    places = [random_placement(random) for _ in range(60)]
    radii = np.array([np.hypot(place.x_cm, place.y_cm) for place in places])
    assert radii.min() < 20 < 36 < radii.max()
    assert {int(np.sign(place.y_cm)) for place in places} == {-1, 1}
    assert all(reachable(place.x_cm, place.y_cm) for place in places)
