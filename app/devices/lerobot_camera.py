"""Any LeRobot camera by name (RealSense, ZMQ, plug-ins). Only the cameras process imports this."""

from __future__ import annotations

import time
from typing import Any

import cv2
import numpy as np

from app.devices.errors import DeviceFault
from app.devices.lerobot_arm import lerobot_config
from app.devices.models import CameraSpec, Frame
from app.devices.rigfile import CameraTable


class LeRobotCamera:
    """Each picture once, by LeRobot's own reading thread; it has no driver's count, so gaps are not seen."""

    def __init__(self, table: CameraTable) -> None:
        self.cameras = (CameraSpec(table.name, table.width, table.height, table.fps),)
        self._table = table
        self._camera: Any = None
        self._sequence = 0

    def open(self) -> None:
        import lerobot.cameras
        from lerobot.cameras import CameraConfig, make_cameras_from_configs

        table = self._table
        size = {"width": table.width, "height": table.height, "fps": table.fps}
        config = lerobot_config(CameraConfig, table.type, {**size, **table.options}, lerobot.cameras)
        try:
            self._camera = make_cameras_from_configs({table.name: config})[table.name]
            self._camera.connect()
        except Exception as error:
            raise DeviceFault(f"The camera {table.name} cannot be opened: {error}", todo="Check its cable.") from error

    def next(self, timeout_s: float) -> list[Frame]:
        try:
            rgb = self._camera.async_read(timeout_ms=timeout_s * 1000)
        except TimeoutError:
            return []
        except Exception as error:
            raise DeviceFault(f"The camera {self._table.name} failed: {error}", todo="Check its cable.") from error
        self._sequence += 1
        i420 = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
        return [Frame(self._table.name, self._sequence, time.monotonic_ns(), i420)]

    def close(self) -> None:
        if self._camera is not None:
            camera, self._camera = self._camera, None
            camera.disconnect()
