"""Looking through a camera in the set-up: automatics on for the look, then the picture locked and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.devices.errors import DeviceFault
from app.devices.rigfile import PictureLock
from app.setup.cameras import list_cameras, look, virtual_cameras
from app.setup.errors import SetupFault


class PlayedCapture:
    """A camera whose automatics, while they are on, hold exposure at 250 and white balance at 4000."""

    def __init__(self, device: str, _: int) -> None:
        self.device = device
        self.values = {cv2.CAP_PROP_EXPOSURE: 120.0, cv2.CAP_PROP_WB_TEMPERATURE: 5000.0}

    def isOpened(self) -> bool:
        return True

    def set(self, control: int, value: float) -> bool:
        self.values[control] = min(value, 500.0) if control == cv2.CAP_PROP_EXPOSURE else value
        if (control, value) == (cv2.CAP_PROP_AUTO_EXPOSURE, 3):
            self.values[cv2.CAP_PROP_EXPOSURE] = 250.0
        if (control, value) == (cv2.CAP_PROP_AUTO_WB, 1):
            self.values[cv2.CAP_PROP_WB_TEMPERATURE] = 4000.0
        return True

    def get(self, control: int) -> float:
        return self.values.get(control, 0.0)

    def grab(self) -> bool:
        return True

    def read(self) -> tuple[bool, Any]:
        return True, np.full((48, 64, 3), 200, np.uint8)

    def release(self) -> None: ...


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("usb-Maker_Cam-video-index0", "usb-Maker_Cam-video-index1"):  # the second node carries no pictures
        (tmp_path / name).touch()
    monkeypatch.setenv("UNDERSTUDY_CAMERAS", str(tmp_path))
    monkeypatch.setattr(cv2, "VideoCapture", PlayedCapture)
    return str(tmp_path / "usb-Maker_Cam-video-index0")


def test_a_plugged_camera_is_listed_once_looked_at_and_locked_as_it_was_found(plugged: str) -> None:
    assert [(one.path, one.name) for one in list_cameras()] == [(plugged, "Maker Cam")]
    seen = look(plugged)
    assert seen.jpeg.startswith(b"\xff\xd8")
    assert seen.controls == {"exposure": 250, "white_balance_k": 4000}, "what the automatics found, not what was left"
    assert look(plugged, PictureLock(**seen.controls)).controls == seen.controls


def test_a_value_that_it_does_not_keep_is_refused(plugged: str) -> None:
    with pytest.raises(DeviceFault, match="Maker Cam keeps exposure at 500, not 900"):
        look(plugged, PictureLock(exposure=900))


def test_virtual_cameras_are_looked_at_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERSTUDY_CAMERAS", str(tmp_path))
    path = virtual_cameras()[0].path
    seen = look(path)
    assert look(path, PictureLock(**seen.controls)).controls == seen.controls
    with pytest.raises(DeviceFault, match="keeps gain at 100, not 500"):
        look(path, PictureLock(gain=500))
    with pytest.raises(SetupFault, match="no camera at virtual-9"):
        look("virtual-9")
