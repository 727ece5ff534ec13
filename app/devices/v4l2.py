"""A USB camera through V4L2 by OpenCV: MJPEG passed through, its picture locked and read back."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import time
from pathlib import Path
from typing import Any

import cv2

from app.core.clock import NS_PER_S, Clock
from app.devices.errors import DeviceFault
from app.devices.models import CameraSpec, Frame
from app.devices.picturelock import lock_picture
from app.devices.rigfile import CameraTable

_STAMP_TRUST_NS = NS_PER_S  # a kernel stamp further from now than this is on another clock
MJPEG = "MJPG"
_SET_CONTROL = 0xC008561C  # VIDIOC_S_CTRL with the control and its value, 32 bits each
_DYNAMIC_RATE = 0x009A0903  # exposure_dynamic_framerate: fewer pictures in the dark; OpenCV has no name for it
CONTROLS = {
    "exposure": cv2.CAP_PROP_EXPOSURE,
    "white_balance_k": cv2.CAP_PROP_WB_TEMPERATURE,
    "focus": cv2.CAP_PROP_FOCUS,
    "gain": cv2.CAP_PROP_GAIN,
}
# The automatic of a control, with what switches it off and on; gain has none of its own.
_AUTOMATIC = {
    "exposure": (cv2.CAP_PROP_AUTO_EXPOSURE, 1, 3),
    "white_balance_k": (cv2.CAP_PROP_AUTO_WB, 0, 1),
    "focus": (cv2.CAP_PROP_AUTOFOCUS, 0, 1),
}


class V4l2Camera:
    """One camera as a `FrameSource`. `locked` is what the driver read back, for the dataset's record.

    `exposure_ns` is the kernel's stamp where the driver hands it on (on the monotonic
    clock), else when the picture arrived. A gap in the stamps of a period or more
    counts as lost pictures in `sequence`, for OpenCV does not pass the driver's count.
    """

    def __init__(self, table: CameraTable, clock: Clock) -> None:
        self.cameras = (CameraSpec(table.name, table.width, table.height, table.fps),)
        self.locked: dict[str, float] = {}
        self._table = table
        self._clock = clock
        self._capture: Any = None
        self._sequence = 0
        self._last_ns = 0

    def open(self) -> None:
        table = self._table
        if not Path(table.path).exists():
            raise DeviceFault(f"The camera {table.name} is not at {table.path}.", todo="Plug it in, or mend its path.")
        keep_rate(table.path)
        capture = cv2.VideoCapture(str(Path(table.path).resolve()), cv2.CAP_V4L2)
        if not capture.isOpened():
            raise DeviceFault(f"The camera {table.name} cannot be opened.", todo="Close what else uses it.")
        self._capture = capture
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*MJPEG))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, table.width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, table.height)
        capture.set(cv2.CAP_PROP_FPS, table.fps)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0)
        self._require_mode()
        self.locked = lock_picture(table.name, table.lock, lambda name, value: keep_control(capture, name, value))

    def _require_mode(self) -> None:
        got = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if got != (self._table.width, self._table.height):
            raise DeviceFault(
                f"The camera {self._table.name} gives {got[0]}x{got[1]}, not {self._table.width}x{self._table.height}.",
                todo="Write a size that it has into the rig file.",
            )
        if (form := _fourcc(self._capture)) not in ("", MJPEG):
            raise DeviceFault(
                f"The camera {self._table.name} gives its pictures as {form}, not as {MJPEG}.",
                todo="Choose a size that it has as MJPEG (v4l2-ctl --list-formats-ext), or another camera.",
            )
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        if rate and abs(rate - self._table.fps) > 0.5:
            raise DeviceFault(
                f"The camera {self._table.name} gives {rate:g} pictures a second at this size, not {self._table.fps}.",
                todo="Write a rate that it has into the rig file, or a smaller size.",
            )

    def next(self, timeout_s: float) -> list[Frame]:
        ok, data = self._capture.read()
        if not ok:
            raise DeviceFault(f"The camera {self._table.name} stopped delivering.", todo="Check its cable.")
        stamp_ns = self._stamp_ns()
        period_ns = NS_PER_S / self._table.fps
        self._sequence += max(1, round((stamp_ns - self._last_ns) / period_ns)) if self._last_ns else 1
        self._last_ns = stamp_ns
        return [Frame(self._table.name, self._sequence, stamp_ns, None, data.tobytes())]

    def _stamp_ns(self) -> int:
        now_ns = time.monotonic_ns()
        stamp_ns = round(self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1e6)
        return stamp_ns if 0 <= now_ns - stamp_ns < _STAMP_TRUST_NS else now_ns

    def close(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def keep_rate(path: str) -> None:
    """The rate stays what it is asked for, however dark it is; a camera without that control has nothing to keep."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            fcntl.ioctl(handle, _SET_CONTROL, struct.pack("=Ii", _DYNAMIC_RATE, 0))
        finally:
            os.close(handle)


def _fourcc(capture: Any) -> str:
    """The form of its pictures, as four letters; "" where the driver does not say."""
    return (
        int(capture.get(cv2.CAP_PROP_FOURCC))
        .to_bytes(4, "little", signed=False)
        .decode("ascii", "replace")
        .strip("\0 ")
    )


def keep_control(capture: Any, name: str, value: int) -> float:
    """Automatic off first, for a driver refuses a value beside it; then the value, and what is read back."""
    if name in _AUTOMATIC:
        automatic, off, _ = _AUTOMATIC[name]
        capture.set(automatic, off)
    capture.set(CONTROLS[name], value)
    return float(capture.get(CONTROLS[name]))


def let_go(capture: Any) -> None:
    """Automatics on: a lock lives in the camera, and outlives whoever set it."""
    for automatic, _, on in _AUTOMATIC.values():
        capture.set(automatic, on)
