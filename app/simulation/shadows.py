"""Cheap shadows: what stands above the table is drawn once more, pressed flat onto it along the light.

Real shadow maps cost three times the whole picture in a software rasterizer;
without any shadow nobody can judge how high the claws are.
"""

from __future__ import annotations

import mujoco
import numpy as np

_LIGHT = np.array([0.20, -0.30, -1.0])
_HEIGHT_M = 0.0012
_SMALL_M, _LARGE_M = 0.009, 0.3
_RGBA = np.array([0.058, 0.066, 0.078, 1.0], dtype=np.float32)
_CASTERS = {
    mujoco.mjtGeom.mjGEOM_BOX,
    mujoco.mjtGeom.mjGEOM_CAPSULE,
    mujoco.mjtGeom.mjGEOM_CYLINDER,
    mujoco.mjtGeom.mjGEOM_ELLIPSOID,
    mujoco.mjtGeom.mjGEOM_MESH,
}


def add_shadows(scene: mujoco.MjvScene) -> None:
    """Append one flattened dark copy of every shadow-casting geom of `scene`."""
    press = np.eye(3)
    press[:, 2] = -_LIGHT / _LIGHT[2]
    press[2] = 0.0
    press[2, 2] = 1e-3
    count = scene.ngeom
    for index in range(count):
        source = scene.geoms[index]
        if source.type not in _CASTERS or not _casts(source) or scene.ngeom >= scene.maxgeom:
            continue
        shadow = scene.geoms[scene.ngeom]
        mujoco.mjv_initGeom(shadow, source.type, source.size, np.zeros(3), np.eye(3).flatten(), _RGBA)
        shadow.dataid = source.dataid
        place = press @ source.pos
        place[2] += _HEIGHT_M
        shadow.pos[:] = place
        shadow.mat[:] = press @ source.mat
        shadow.emission = 1.0
        scene.ngeom += 1


def _casts(geom: mujoco.MjvGeom) -> bool:
    """Things on and above the mat; not walls, string, or what lies in the table."""
    return bool(geom.pos[2] > 0.004 and _SMALL_M < geom.size.max() < _LARGE_M and abs(geom.pos[1]) < 1.0)
