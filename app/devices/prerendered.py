"""Cameras that deliver pictures made beforehand: for benches and tests, where rendering must cost nothing."""

from __future__ import annotations

import cv2
import numpy as np

from app.core.clock import NS_PER_S, Clock, Pacer
from app.devices.models import CameraSpec, Frame

_PICTURES = 30


class PrerenderedCameras:
    """Loops over pictures that differ frame by frame, at absolute deadlines; JPEG or raw I420.

    Each picture is a textured table with a little noise and a moving square, so that
    encoders have honest work: a JPEG has 35 kB, as a camera's of this size has.
    `as_jpeg` delivers what a UVC camera in MJPG mode would. `phase` delays the
    exposures by a share of a period, as free-running cameras lie apart.
    """

    def __init__(
        self, cameras: tuple[CameraSpec, ...], clock: Clock, *, as_jpeg: bool, seed: int = 0, phase: float = 0.0
    ) -> None:
        self.cameras = cameras
        self._clock = clock
        self._as_jpeg = as_jpeg
        self._seed = seed
        self._phase = phase
        self._pacer: Pacer | None = None
        self._frames: dict[str, list[tuple[np.ndarray | None, bytes | None]]] = {}

    def open(self) -> None:
        for number, spec in enumerate(self.cameras):
            self._frames[spec.name] = [self._picture(spec, number, index) for index in range(_PICTURES)]
        self._clock.sleep_until_ns(self._clock.monotonic_ns() + round(self._phase * NS_PER_S / self.cameras[0].fps))
        self._pacer = Pacer(self._clock, self.cameras[0].fps)

    def next(self, timeout_s: float) -> list[Frame]:
        if self._pacer is None:
            return []
        self._pacer.wait()  # a reader that is late loses pictures, as with a real camera: the sequence has a gap
        due_ns = self._pacer.due_ns(self._pacer.index)
        frames = []
        for spec in self.cameras:
            i420, jpeg = self._frames[spec.name][self._pacer.index % _PICTURES]
            frames.append(Frame(spec.name, self._pacer.index, due_ns, i420, jpeg))
        return frames

    def close(self) -> None:
        self._frames.clear()

    def _picture(self, spec: CameraSpec, number: int, index: int) -> tuple[np.ndarray | None, bytes | None]:
        rng = np.random.default_rng(self._seed + number)
        coarse = rng.integers(60, 190, (spec.height // 16, spec.width // 16, 3), np.uint8)
        bgr = cv2.resize(coarse, (spec.width, spec.height), interpolation=cv2.INTER_CUBIC)
        noise = np.random.default_rng((self._seed, number, index)).integers(-2, 3, bgr.shape, np.int16)
        bgr = np.clip(bgr.astype(np.int16) + noise, 0, 255).astype(np.uint8)
        left = (index * spec.width // _PICTURES + number * 40) % (spec.width - 60)
        cv2.rectangle(bgr, (left, spec.height // 3), (left + 60, spec.height // 3 + 40), (40, 90, 230), -1)
        if self._as_jpeg:
            return None, cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8), None
