"""The scene as cameras see it: a snapshot put into a model of its own, nothing stepped."""

from __future__ import annotations

import mujoco
import numpy as np
import numpy.typing as npt

from app.simulation.scene import CAMERAS, build_model
from app.simulation.world import Snapshot

Picture = npt.NDArray[np.uint8]

WIDTH, HEIGHT = 640, 480
_BAG_RGBA = np.array([0.98, 0.78, 0.20, 1.0])
_PALE_RGBA = np.array([0.93, 0.92, 0.88, 1.0])
_AWAY_M = np.array([0.30, 1.50, 0.30])
_OVER_M = np.array([0.24, 0.06, 0.10])


class Stage:
    """Positions of everything drawable for one snapshot. Not thread-safe."""

    def __init__(self) -> None:
        self.model = build_model()
        self.data = mujoco.MjData(self.model)
        self._camera_quat = self.model.cam_quat.copy()
        self._cameras = [self.model.camera(name).id for name in CAMERAS]
        self._hand = int(self.model.body_mocapid[self.model.body("intruder").id])
        self._bag_material = self.model.material("bag").id

    def show(self, snapshot: Snapshot) -> None:
        look = snapshot.appearance
        self.data.qpos[:] = snapshot.qpos
        self.data.mocap_pos[self._hand] = _AWAY_M + (_OVER_M - _AWAY_M) * look.intruder
        self.model.mat_rgba[self._bag_material] = _PALE_RGBA if look.pale_bag else _BAG_RGBA
        for camera, lens in zip(self._cameras, look.lenses, strict=True):
            half = np.deg2rad(lens.nudge_deg) / 2
            turn = np.array([np.cos(half), np.sin(half) * 0.6, np.sin(half) * 0.8, 0.0])
            mujoco.mju_mulQuat(self.model.cam_quat[camera], self._camera_quat[camera], turn)
        mujoco.mj_kinematics(self.model, self.data)
        mujoco.mj_comPos(self.model, self.data)
        mujoco.mj_camlight(self.model, self.data)

    def rest(self) -> None:
        """Everything where the model has it: enough to ask for the fixed cameras."""
        mujoco.mj_forward(self.model, self.data)

    def camera_pose(self, camera: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
        """Position (3,) m, rotation (3, 3) with columns right, up, back, and focal length in px."""
        index = self.model.camera(camera).id
        focal = HEIGHT / 2 / np.tan(np.deg2rad(self.model.cam_fovy[index]) / 2)
        return self.data.cam_xpos[index], self.data.cam_xmat[index].reshape(3, 3), float(focal)
