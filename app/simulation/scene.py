"""The one MuJoCo model of the workcell: arm, table, mug, tea bag, cameras, an intruding hand."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np

from app.devices.so101 import SO101
from app.simulation import textures

CAMERAS = ("top", "gripper", "left")
TIMESTEP_S = 0.002
JOINT_POSITIONS = 20  # the model's nq: six of the arm, seven each for mug and bag
MUG_XY_M = (0.10, -0.22)
MUG_RADIUS_M = textures.MUG_INNER_M + textures.MUG_WALL_M
BAG_HALF_M = np.array([0.02, 0.015, 0.0075])
_WALLS = 8
_MAT_X_M, _MAT_HALF_X_M, _MAT_HALF_Y_M = 0.19, 0.27, 0.45

_GRIPPER_CAMERA = '<camera name="gripper" pos="0.004 0.004 0.066" xyaxes="0 -1 0 0.5 0 0.866" fovy="76"/>'


def build_model(*, painted: bool = True) -> mujoco.MjModel:
    """Compile the scene; the arm's own XML comes in unchanged but for the camera on the hand.

    Physics alone needs no pictures on its surfaces: unpainted, it is there a third of a second sooner.
    """
    scene = (Path(__file__).parent / "scene.xml").read_text(encoding="utf-8")
    arm = SO101.mjcf.replace('<site name="tool"', f'{_GRIPPER_CAMERA}<site name="tool"')
    return mujoco.MjModel.from_xml_string(
        scene.replace("MUG_WALLS", _mug_walls()).replace("MAT_RULES", _mat_rules()),
        {
            "so101.xml": arm.encode(),
            "wood.png": textures.wood_png() if painted else textures.blank_png(),
            "mug.obj": textures.mug_obj(),
            "bag.obj": textures.bag_obj(),
        },
    )


def _mug_walls() -> str:
    """Eight boxes whose inner faces touch the inner circle; only they collide, the mesh is what one sees.

    They end 1 mm over the table: the floor box alone stands on it, which saves 32 contacts.
    """
    half_thick, half_high = 0.004, textures.MUG_HEIGHT_M / 2
    radius = textures.MUG_INNER_M + half_thick
    half_wide = radius * np.tan(np.pi / _WALLS) + 0.001
    walls = []
    for k in range(_WALLS):
        angle = 2 * np.pi * k / _WALLS
        walls.append(
            f'<geom name="mug_wall_{k}" type="box" size="{half_thick} {half_wide:.5f} {half_high}" '
            f'pos="{radius * np.cos(angle):.5f} {radius * np.sin(angle):.5f} {half_high + 0.001}" '
            f'euler="0 0 {np.rad2deg(angle):.3f}" group="3" friction="0.6 0.005 0.0001" condim="4"/>'
        )
    return "\n".join(walls)


def _mat_rules() -> str:
    """A faint line every 10 cm and a seam around the mat: geoms, for sampling a texture costs more than all else."""
    lines = [(0.1 * k, 0.0, 0.0009, _MAT_HALF_Y_M) for k in range(5)]
    lines += [(_MAT_X_M, 0.1 * k, _MAT_HALF_X_M, 0.0009) for k in range(-4, 5)]
    for side in (-1.0, 1.0):
        lines.append((_MAT_X_M + side * (_MAT_HALF_X_M - 0.003), 0.0, 0.003, _MAT_HALF_Y_M))
        lines.append((_MAT_X_M, side * (_MAT_HALF_Y_M - 0.003), _MAT_HALF_X_M, 0.003))
    return "\n".join(
        f'<geom name="mat_rule_{k}" type="box" size="{half_x} {half_y} 0.0002" pos="{x:.3f} {y:.3f} 0.0001" '
        f'material="rule" contype="0" conaffinity="0"/>'
        for k, (x, y, half_x, half_y) in enumerate(lines)
    )
