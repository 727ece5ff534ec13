"""The V4L2 driver on an OpenCV that is played: locks read back, the kernel's stamps, gaps."""

from __future__ import annotations

import fcntl
import struct
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.core.clock import SystemClock
from app.devices import DeviceFault
from app.devices.rigfile import CameraTable
from app.devices.v4l2 import V4l2Camera


class PlayedCapture:
    """Takes every control as it is told, but for `stubborn` ones; its stamps are what the test says."""

    stubborn: dict[int, float] = {}
    stamps_ms: list[float] = []

    def __init__(self, *_: object) -> None:
        self.values: dict[int, float] = {}
        self.order: list[int] = []
        self._stamps = iter(self.stamps_ms)

    def isOpened(self) -> bool:
        return True

    def set(self, control: int, value: float) -> bool:
        self.order.append(control)
        self.values[control] = value
        return True

    def get(self, control: int) -> float:
        if control == cv2.CAP_PROP_POS_MSEC:
            return next(self._stamps)
        return self.stubborn.get(control, self.values.get(control, 0.0))

    def read(self) -> tuple[bool, Any]:
        return True, np.frombuffer(b"\xff\xd8jpeg", np.uint8)

    def release(self) -> None: ...


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, **played: Any) -> V4l2Camera:
    monkeypatch.setattr(cv2, "VideoCapture", type("Played", (PlayedCapture,), played))
    (folder / "video0").touch()
    lock = {"exposure": 120, "white_balance_k": 4600, "gain": 10}
    camera = V4l2Camera(CameraTable(name="top", path=str(folder / "video0"), lock=lock), SystemClock())
    camera.open()
    return camera


def test_the_picture_is_locked_automatics_first_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = opened(tmp_path, monkeypatch)
    assert camera.locked == {"exposure": 120.0, "white_balance_k": 4600.0, "gain": 10.0}
    order = camera._capture.order
    assert order.index(cv2.CAP_PROP_AUTO_EXPOSURE) < order.index(cv2.CAP_PROP_EXPOSURE)
    assert order.index(cv2.CAP_PROP_AUTO_WB) < order.index(cv2.CAP_PROP_WB_TEMPERATURE)
    with pytest.raises(DeviceFault, match="keeps gain at 4, not 10"):
        opened(tmp_path, monkeypatch, stubborn={cv2.CAP_PROP_GAIN: 4.0})


def test_the_rate_is_kept_in_the_dark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(
        fcntl, "ioctl", lambda handle, request, value: told.append((request, *struct.unpack("Ii", value)))
    )
    opened(tmp_path, monkeypatch)
    assert told == [(0xC008561C, 0x009A0903, 0)]


YUYV = float(cv2.VideoWriter.fourcc(*"YUYV"))


@pytest.mark.parametrize(
    ("stubborn", "said"),
    [
        ({cv2.CAP_PROP_FRAME_WIDTH: 800.0}, "gives 800x480, not 640x480"),
        ({cv2.CAP_PROP_FOURCC: YUYV}, "gives its pictures as YUYV, not as MJPG"),
        ({cv2.CAP_PROP_FPS: 15.0}, "gives 15 pictures a second at this size, not 30"),
    ],
)
def test_a_camera_that_takes_another_mode_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stubborn: dict[int, float], said: str
) -> None:
    with pytest.raises(DeviceFault, match=said):
        opened(tmp_path, monkeypatch, stubborn=stubborn)


def test_a_picture_has_the_kernels_time_and_a_gap_in_it_is_a_gap_in_the_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_ms = time.monotonic() * 1000
    stamps = [now_ms - 200, now_ms - 166.7, now_ms - 66.7]
    camera = opened(tmp_path, monkeypatch, stamps_ms=stamps)
    frames = [camera.next(0.1)[0] for _ in stamps]
    assert [frame.exposure_ns for frame in frames] == [pytest.approx(stamp * 1e6, abs=2e3) for stamp in stamps]
    assert [frame.sequence for frame in frames] == [1, 2, 5], "two pictures were lost in between"
    assert frames[0].jpeg == b"\xff\xd8jpeg"
    camera.close()


def test_a_stamp_of_another_clock_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    camera = opened(tmp_path, monkeypatch, stamps_ms=[0.0])
    assert time.monotonic_ns() - camera.next(0.1)[0].exposure_ns < 60e9
    camera.close()
