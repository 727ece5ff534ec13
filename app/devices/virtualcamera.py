"""A camera that is none: MJPEG at its own pace, with the faults of real ones, for tests and for a first look.

`options` of its table: `jitter_ms`, `drop_every` (each n-th picture is lost), `footage`
(a folder of JPEGs to play), `unplugged` (a file; while it exists the camera is gone).
"""

from __future__ import annotations

import random
from pathlib import Path

from app.core.clock import NS_PER_S, Clock
from app.devices.errors import DeviceFault
from app.devices.models import CameraSpec, Frame
from app.devices.prerendered import PrerenderedCameras
from app.devices.rigfile import CameraTable


class VirtualCamera:
    """One camera as a `FrameSource`."""

    def __init__(self, table: CameraTable, clock: Clock) -> None:
        spec = CameraSpec(table.name, table.width, table.height, table.fps)
        self.cameras = (spec,)
        self.locked = {name: float(value) for name, value in table.lock.model_dump(exclude_none=True).items()}
        self._clock = clock
        self._pictures = PrerenderedCameras((spec,), clock, as_jpeg=True, seed=sum(table.name.encode()))
        self._random = random.Random(table.name)
        self._jitter_ns = round(float(table.options.get("jitter_ms", 0.0)) * 1e6)
        self._drop_every = int(table.options.get("drop_every", 0))
        self._unplugged = Path(str(table.options["unplugged"])) if "unplugged" in table.options else None
        self._footage = _jpegs(table.options.get("footage"))

    def open(self) -> None:
        self._require_plugged()
        self._pictures.open()

    def next(self, timeout_s: float) -> list[Frame]:
        self._require_plugged()
        frame = self._pictures.next(timeout_s)[0]
        if self._drop_every and frame.sequence % self._drop_every == 0:
            return []
        late_ns = self._random.randint(0, self._jitter_ns)
        self._clock.sleep_until_ns(frame.exposure_ns + min(late_ns, NS_PER_S // 10))
        jpeg = self._footage[frame.sequence % len(self._footage)] if self._footage else frame.jpeg
        return [Frame(frame.camera, frame.sequence, frame.exposure_ns, None, jpeg)]

    def close(self) -> None:
        self._pictures.close()

    def _require_plugged(self) -> None:
        if self._unplugged is not None and self._unplugged.exists():
            raise DeviceFault(f"The camera {self.cameras[0].name} is unplugged.", todo="Plug it in again.")


def _jpegs(folder: object) -> list[bytes]:
    if not folder:
        return []
    found = [path.read_bytes() for path in sorted(Path(str(folder)).glob("*.jpg"))]
    if not found:
        raise DeviceFault(f"There is no footage in {folder}.", todo="Put JPEGs there, numbered in order.")
    return found
