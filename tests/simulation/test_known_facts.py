"""What the simulator knows of itself and tells: where its cameras stand."""

from __future__ import annotations

import numpy as np
import pytest

from app.guidance.table_view import TableView
from app.simulation.cameras import known_mounts
from app.simulation.stage import HEIGHT, WIDTH, Stage
from app.simulation.world import World


@pytest.mark.parametrize("camera", ["top", "left"])
def test_a_place_of_the_table_is_drawn_where_the_mount_says(camera: str) -> None:
    mount = known_mounts()[camera]
    assert mount is not None
    view = TableView.of_mount(mount, WIDTH, HEIGHT)
    stage = Stage()
    stage.show(World().snapshot())
    place_m, axes, focal_px = stage.camera_pose(camera)
    for point_cm in ((20.0, 0.0, 0.0), (30.0, 12.0, 0.0), (15.0, -10.0, 1.5)):
        right, up, back = axes.T @ (np.array(point_cm) / 100 - place_m)
        pixel = (WIDTH - 1) / 2 + focal_px * right / -back, (HEIGHT - 1) / 2 - focal_px * up / -back
        assert view.cm_to_px([point_cm[:2]], point_cm[2])[0] == pytest.approx(pixel, abs=0.01)


def test_a_camera_on_the_hand_has_no_place_of_its_own() -> None:
    assert known_mounts()["gripper"] is None
