"""Drawing by OpenGL without a screen (EGL), at settings that two cores can afford."""

from __future__ import annotations

import subprocess
import sys

import cv2
import mujoco
import numpy as np

from app.simulation import glmemory
from app.simulation.shadows import add_shadows
from app.simulation.stage import HEIGHT, WIDTH, Picture, Stage
from app.simulation.world import Snapshot

_PROBE_TIMEOUT_S = 30.0
_VISIBLE_GROUPS = (0, 2)
_MAX_GEOMS = 200
_PROBE = "from app.simulation.gl import GlRenderer as R; r = R(); r.close(); print('drawable')"


def gl_missing() -> str:
    """Why OpenGL cannot draw here, or "" when it can.

    Tried in a child process, because a broken driver ends the process that asks;
    not tried again where it drew the last time.
    """
    if glmemory.take():
        return ""
    try:
        child = subprocess.run(
            [sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"The OpenGL probe did not finish: {error}."
    if child.returncode == 0 and "drawable" in child.stdout:
        return ""
    lines = child.stderr.strip().splitlines()
    return lines[-1] if lines else f"The OpenGL probe ended with code {child.returncode}."


class GlRenderer:
    """Owns a GL context: make, use and close it in one thread."""

    name = "gl"

    def __init__(self) -> None:
        from mujoco.egl import GLContext

        self._stage = Stage()
        model = self._stage.model
        self._context = GLContext(WIDTH, HEIGHT)
        self._context.make_current()
        self._drawing = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._drawing)
        self._scene = mujoco.MjvScene(model, _MAX_GEOMS)
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SHADOW] = False
        self._scene.flags[mujoco.mjtRndFlag.mjRND_REFLECTION] = False
        self._scene.flags[mujoco.mjtRndFlag.mjRND_SKYBOX] = False
        self._option = mujoco.MjvOption()
        self._option.geomgroup[:] = [group in _VISIBLE_GROUPS for group in range(len(self._option.geomgroup))]
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._view = mujoco.MjrRect(0, 0, WIDTH, HEIGHT)
        self._pixels = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        glmemory.remember()

    def show(self, snapshot: Snapshot) -> None:
        self._stage.show(snapshot)

    def draw(self, camera: str) -> Picture:
        """(H, W, 3) uint8 RGB of the snapshot last shown."""
        self._camera.fixedcamid = self._stage.model.camera(camera).id
        mujoco.mjv_updateScene(
            self._stage.model,
            self._stage.data,
            self._option,
            None,
            self._camera,
            mujoco.mjtCatBit.mjCAT_ALL,
            self._scene,
        )
        add_shadows(self._scene)
        mujoco.mjr_render(self._view, self._scene, self._drawing)
        mujoco.mjr_readPixels(self._pixels, None, self._view, self._drawing)
        return np.asarray(cv2.flip(self._pixels, 0), np.uint8)

    def close(self) -> None:
        self._drawing.free()
        self._context.free()
