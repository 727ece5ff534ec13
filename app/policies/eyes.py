"""What a policy sees: the newest picture of each camera it looks at, and how old it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from app.core.clock import NS_PER_S
from app.observation.frames import FrameRing
from app.policies.errors import ObservationInvalid
from app.policies.pictures import rgb
from app.policies.protocol import Picture

_SILENT_S = 1.0


class Eyes:
    """Reads frame rings in place of asking anybody; used from one thread."""

    def __init__(self) -> None:
        self._rings: dict[str, FrameRing] = {}

    def attach(self, paths: Mapping[str, str]) -> None:
        """The cameras' process was started (again): its rings lie there."""
        self.close()
        for name, path in paths.items():
            try:
                self._rings[name] = FrameRing.attach(Path(path))
            except (OSError, ValueError):
                continue  # gone again already: looking says which is missing

    def see(self, cameras: tuple[str, ...], now_ns: int) -> tuple[dict[str, Picture], int]:
        """The newest pictures, RGB, and the oldest of their exposures. Raises ObservationInvalid in words."""
        pictures, oldest_ns = {}, now_ns
        for name in cameras:
            ring = self._rings.get(name)
            index = ring.latest_index if ring is not None else 0
            stamp = ring.stamp(index) if ring is not None and index else None
            image = ring.i420(index) if ring is not None and stamp is not None else None
            if stamp is None or image is None:
                raise ObservationInvalid(f"There is no picture of camera {name} yet.", todo="Look at the cameras.")
            silent_s = (now_ns - stamp.exposure_ns) / NS_PER_S
            if silent_s > _SILENT_S:
                raise ObservationInvalid(
                    f"Camera {name} has shown nothing new for {silent_s:.1f} s.", todo="Check its cable."
                )
            pictures[name] = rgb(image)
            oldest_ns = min(oldest_ns, stamp.exposure_ns)
        return pictures, oldest_ns

    def close(self) -> None:
        for ring in self._rings.values():
            ring.close()
        self._rings = {}
