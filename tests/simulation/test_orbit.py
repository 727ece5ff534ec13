"""What a browser needs to draw the scene itself."""

from __future__ import annotations

import json

import numpy as np

from app.simulation.orbit import OrbitView
from app.simulation.world import World


def test_geometry_is_json_and_names_every_part_once() -> None:
    parts = OrbitView().geometry()
    json.dumps(parts)
    names = [part["name"] for part in parts]
    assert len(set(names)) == len(names)
    assert {"mug_visual", "bag_visual", "fixed_claw", "moving_claw", "mat"} <= set(names)
    assert {part["type"] for part in parts} <= {"box", "capsule", "cylinder", "ellipsoid", "sphere", "mesh"}
    mesh = next(part for part in parts if part["name"] == "mug_visual")
    assert max(mesh["triangles"]) < len(mesh["vertices"]) // 3


def test_parts_placed_by_their_bodies_lie_where_the_world_has_them() -> None:
    world, view = World(), OrbitView()
    world.step(50)
    poses = {pose["body"]: pose for pose in view.poses(world.snapshot())}
    bag = next(part for part in view.geometry() if part["name"] == "tag")
    assert np.allclose(poses[bag["body"]]["position"], world.bag_m, atol=1e-4)
