"""A camera that is none: MJPEG at its own pace, with the faults of real ones, for tests and for a first look.

`path` says which one: the same path has the same picture, whatever it is called. `options` of its table:
`jitter_ms`, `drop_every` (each n-th picture is lost), `footage` (a folder of JPEGs to play), `unplugged` (a file; while
it exists the camera is gone).
"""

from __future__ import annotations

import random
from pathlib import Path

from app.core.clock import NS_PER_S, Clock
from app.devices.errors import DeviceFault
from app.devices.models import CameraSpec, Frame
from app.devices.picturelock import lock_picture
from app.devices.prerendered import PrerenderedCameras
from app.devices.rigfile import CameraTable

PATHS = ("virtual-1", "virtual-2", "virtual-3")  # those that the set-up offers
# What each control takes; a value beyond is kept at the end, as drivers do.
_RANGES = {"exposure": (1, 5000), "white_balance_k": (2800, 6500), "focus": (0, 255), "gain": (0, 100)}
_CENTRES = {"exposure": 157, "white_balance_k": 4600, "focus": 30, "gain": 16}


class VirtualCamera:
    """One camera as a `FrameSource`. `found` is what its automatics settle at, `locked` what it was told and keeps."""

    def __init__(self, table: CameraTable, clock: Clock) -> None:
        spec = CameraSpec(table.name, table.width, table.height, table.fps)
        self.cameras = (spec,)
        which = table.path or table.name
        self.locked: dict[str, float] = {}
        self._table = table
        self._clock = clock
        self._pictures = PrerenderedCameras((spec,), clock, as_jpeg=True, seed=sum(which.encode()))
        self._random = random.Random(which)
        self.found = {name: round(centre * self._random.uniform(0.8, 1.2)) for name, centre in _CENTRES.items()}
        self._jitter_ns = round(float(table.options.get("jitter_ms", 0.0)) * 1e6)
        self._drop_every = int(table.options.get("drop_every", 0))
        self._unplugged = Path(str(table.options["unplugged"])) if "unplugged" in table.options else None
        self._footage = _jpegs(table.options.get("footage"))

    def open(self) -> None:
        self._require_plugged()
        self.locked = lock_picture(self._table.name, self._table.lock, _kept)
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


def _kept(name: str, value: int) -> float:
    low, high = _RANGES[name]
    return float(min(max(value, low), high))


def _jpegs(folder: object) -> list[bytes]:
    if not folder:
        return []
    found = [path.read_bytes() for path in sorted(Path(str(folder)).glob("*.jpg"))]
    if not found:
        raise DeviceFault(f"There is no footage in {folder}.", todo="Put JPEGs there, numbered in order.")
    return found
