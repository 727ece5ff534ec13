"""Any LeRobot camera by name: a plug-in of this test, and LeRobot's own found."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
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


class Tape(cv2.VideoCapture):
    """Footage for a device, without an end: it takes what it is told, as a driver does."""

    shown: Any = None

    def set(self, control: int, value: float) -> bool:
        return True

    def read(self) -> tuple[bool, Any]:
        time.sleep(0.01)
        _, picture = super().read()
        self.shown = self.shown if picture is None else picture
        return True, self.shown


def test_lerobots_own_opencv_camera_delivers_through_the_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.devices.lerobot_camera import LeRobotCamera

    footage = tmp_path / "red.avi"
    writer = cv2.VideoWriter(str(footage), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 64))
    for _ in range(9):
        writer.write(np.full((64, 64, 3), (0, 0, 255), np.uint8))
    writer.release()
    monkeypatch.setattr(cv2, "VideoCapture", Tape)
    told = {"index_or_path": str(footage), "warmup_s": 0}
    camera = LeRobotCamera(CameraTable(name="top", driver="lerobot", type="opencv", width=64, height=64, options=told))
    camera.open()
    frames = [frame for _ in range(3) for frame in camera.next(10.0)]
    camera.close()
    assert [frame.sequence for frame in frames] == [1, 2, 3]
    shown = frames[-1].i420
    assert shown is not None
    assert cv2.cvtColor(shown, cv2.COLOR_YUV2RGB_I420)[32, 32] == pytest.approx([255, 0, 0], abs=12)
