"""Moments of the simulated workcell for the export bench: its pictures with their noise, poses and places varied."""

from __future__ import annotations

import cv2
import numpy as np

from app.devices.models import Placement
from app.export.stages import Observation
from app.simulation.scene import CAMERAS
from bench.random_policies import TASK
from bench.workcell import StillWorkcell


def moments(count: int, seed: int) -> list[Observation]:
    """`count` moments, each with the object and the arm somewhere else."""
    rng, workcell = np.random.default_rng(seed), StillWorkcell(seed, painter=True)
    found = []
    for _ in range(count):
        x, y = rng.uniform([-60, 150], [60, 240])
        workcell.put(Placement(float(x), float(y), float(rng.uniform(0, 90))))
        pose = rng.uniform(-20, 20, 6)
        workcell.pose_arm(pose)
        views = workcell.views(CAMERAS)
        pictures = {name: cv2.cvtColor(view.bgr, cv2.COLOR_BGR2RGB) for name, view in views.items()}
        found.append(Observation(pictures, pose.astype(np.float32), TASK))
    return found


def small_moments(
    count: int, seed: int, size: int = 96, cameras: tuple[str, ...] = ("top", "gripper")
) -> list[Observation]:
    """Noise instead of pictures: enough to see that a graph computes the same elsewhere."""
    rng = np.random.default_rng(seed)
    return [
        Observation(
            {name: rng.integers(0, 256, (size, size, 3), dtype=np.uint8) for name in cameras},
            rng.uniform(-20, 20, 6).astype(np.float32),
        )
        for _ in range(count)
    ]
