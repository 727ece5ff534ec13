"""Any LeRobot camera by name: a plug-in of this test, and LeRobot's own found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from app.devices import DeviceFault
from app.devices.rigfile import CameraTable

pytestmark = pytest.mark.lerobot


class PlayedCamera:
    """Shows red pictures until it is pulled out."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.pulled = False

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...

    def async_read(self, timeout_ms: float) -> np.ndarray:
        if self.pulled:
            raise RuntimeError("the camera is gone")
        picture = np.zeros((self.config.height, self.config.width, 3), np.uint8)
        picture[..., 0] = 255
        return picture


@pytest.fixture(scope="module", autouse=True)
def plug_in() -> None:
    from lerobot.cameras import CameraConfig

    @CameraConfig.register_subclass("played")
    @dataclass
    class PlayedCameraConfig(CameraConfig):
        tint: str = "red"

    PlayedCameraConfig.__module__ = __name__


def test_a_plug_ins_camera_delivers_and_its_loss_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import lerobot.cameras

    from app.devices.lerobot_camera import LeRobotCamera

    monkeypatch.setattr(
        lerobot.cameras,
        "make_cameras_from_configs",
        lambda configs: {name: PlayedCamera(config) for name, config in configs.items()},
    )
    camera = LeRobotCamera(CameraTable(name="top", driver="lerobot", type="played", width=64, height=64))
    camera.open()
    (frame,) = camera.next(0.1)
    assert frame.i420 is not None
    assert frame.i420.shape == (96, 64)
    assert camera.next(0.1)[0].sequence == 2
    camera._camera.pulled = True
    with pytest.raises(DeviceFault, match="The camera top failed: the camera is gone"):
        camera.next(0.1)
    camera.close()


def test_lerobots_own_cameras_are_known_and_another_name_is_answered_with_them() -> None:
    from app.devices.lerobot_camera import LeRobotCamera

    camera = LeRobotCamera(CameraTable(name="top", driver="lerobot", type="realsens"))
    with pytest.raises(DeviceFault, match=r"LeRobot knows no 'realsens'.*intelrealsense.*opencv.*zmq"):
        camera.open()
