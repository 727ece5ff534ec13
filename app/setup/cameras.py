"""The cameras there are: by stable path, one picture of each to name it by, and its picture locked and read back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from app.core.clock import SystemClock
from app.devices import virtualcamera
from app.devices.picturelock import lock_picture
from app.devices.rigfile import CameraDriver, CameraTable, PictureLock
from app.devices.v4l2 import CONTROLS, keep_control, let_go
from app.devices.virtualcamera import VirtualCamera
from app.setup.errors import SetupFault

BY_ID = Path("/dev/v4l/by-id")
FOLDER_VARIABLE = "UNDERSTUDY_CAMERAS"
_SETTLE_PICTURES = 15  # half a second: exposure and white balance are still being found


@dataclass(frozen=True)
class Plugged:
    """`path` stays the same over a restart; `device` is what it is called just now."""

    path: str
    device: str
    name: str
    driver: CameraDriver = CameraDriver.v4l2


@dataclass(frozen=True)
class Look:
    """One picture (JPEG), and the controls as the camera has found them, or as it was told and read them back."""

    jpeg: bytes
    controls: dict[str, int]


def list_cameras() -> list[Plugged]:
    """Each camera once: its first video node carries the pictures."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or BY_ID)
    if not folder.is_dir():
        return []
    links = [link for link in sorted(folder.iterdir()) if link.name.endswith("index0") and link.exists()]
    return [Plugged(str(link), str(link.resolve()), _name(link)) for link in links]


def virtual_cameras() -> list[Plugged]:
    """Made pictures, to try a set-up without any camera."""
    return [
        Plugged(path, "made pictures", f"Virtual camera {number}", CameraDriver.virtual)
        for number, path in enumerate(virtualcamera.PATHS, 1)
    ]


def look(path: str, lock: PictureLock | None = None) -> Look:
    """Opens the camera for a moment, with its automatics or with `lock` set and read back. Blocks up to seconds.

    SetupFault or DeviceFault says why it cannot.
    """
    found = next((one for one in (*list_cameras(), *virtual_cameras()) if one.path == path), None)
    if found is None:
        raise SetupFault(f"There is no camera at {path}.", todo="Plug it in and look again.")
    return (_look_virtual if found.driver is CameraDriver.virtual else _look_plugged)(found, lock)


def _look_virtual(camera: Plugged, lock: PictureLock | None) -> Look:
    table = CameraTable(
        name="camera", driver=CameraDriver.virtual, path=camera.path, lock=lock or PictureLock(), width=320, height=240
    )
    opened = VirtualCamera(table, SystemClock())
    opened.open()
    try:
        jpeg = next(frame.jpeg for frame in opened.next(1.0))
        return Look(jpeg or b"", {name: round(value) for name, value in (opened.locked or opened.found).items()})
    finally:
        opened.close()


def _look_plugged(camera: Plugged, lock: PictureLock | None) -> Look:
    capture: Any = cv2.VideoCapture(camera.device, cv2.CAP_V4L2)
    try:
        if not capture.isOpened():
            raise SetupFault("The camera cannot be opened.", todo="Close what else uses it: a running rig, a call.")
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, 640)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, 480)
        let_go(capture)
        for _ in range(_SETTLE_PICTURES if lock is None else 0):
            capture.grab()
        kept = lock_picture(camera.name, lock or PictureLock(), lambda name, value: keep_control(capture, name, value))
        got, picture = capture.read()
        if not got:
            raise SetupFault("The camera gives no picture.", todo="Plug it into another USB port.")
        _, jpeg = cv2.imencode(".jpg", picture)
        seen = kept or {name: capture.get(control) for name, control in CONTROLS.items()}
        return Look(jpeg.tobytes(), {name: round(value) for name, value in seen.items() if value > 0 or kept})
    finally:
        capture.release()


def _name(link: Path) -> str:
    return link.name.removeprefix("usb-").removesuffix("-video-index0").replace("_", " ")
