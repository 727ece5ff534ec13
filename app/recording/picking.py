"""Picks, for each row, the picture every camera contributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from app.datasets.models import Picture
from app.observation import FrameRing, FrameStamp

NS_PER_MS = 1_000_000
_NEXT_WITHIN = 0.75  # of a period: prefer the next frame, so that jitter at half a period repeats nothing


class NoPicture(LookupError):
    """A camera has never delivered a picture."""


class FramePicker:
    """The frame exposed nearest to the row's instant; a late camera repeats its last one.

    `rings` is asked at every row, because a restarted cameras process brings new
    rings and a dead one none. Used from one thread.
    """

    def __init__(self, rings: Callable[[], Mapping[str, FrameRing]], cameras: Sequence[str], fps: int) -> None:
        self._rings = rings
        self._cameras = tuple(cameras)
        self._period_ns = 1_000_000_000 / fps
        self._used: dict[str, tuple[int, FrameStamp]] = {}
        self._last: dict[str, npt.NDArray[np.uint8]] = {}

    def complete(self, moment_ns: int) -> bool:
        """Whether no nearer picture of `moment_ns` can still come: every camera has exposed at or after it."""
        rings = self._rings()
        for name in self._cameras:
            ring = rings.get(name)
            newest = ring.stamp(ring.latest_index) if ring is not None else None
            if newest is None or newest.exposure_ns < moment_ns:
                return False
        return True

    def pick(self, moment_ns: int) -> dict[str, Picture]:
        """One `Picture` a camera for the row at `moment_ns`; NoPicture when one never delivered."""
        rings = self._rings()
        return {name: self._one(name, rings.get(name), moment_ns) for name in self._cameras}

    def _one(self, name: str, ring: FrameRing | None, moment_ns: int) -> Picture:
        stamp = self._choose(name, ring, moment_ns) if ring is not None else None
        used = self._used.get(name)
        if ring is not None and stamp is not None and (used is None or used[1] != stamp):
            image = ring.i420(stamp.index)
            if image is not None:
                self._used[name] = (id(ring), stamp)
                self._last[name] = image
                return Picture(image, (moment_ns - stamp.exposure_ns) / NS_PER_MS, False)
        if used is None or name not in self._last:
            raise NoPicture(f"Camera {name} has not delivered a picture yet.")
        return Picture(self._last[name], (moment_ns - used[1].exposure_ns) / NS_PER_MS, True)

    def _choose(self, name: str, ring: FrameRing, moment_ns: int) -> FrameStamp | None:
        used = self._used.get(name)
        if used is not None and used[0] == id(ring):
            follower = ring.stamp(used[1].index + 1)
            if follower is not None and abs(follower.exposure_ns - moment_ns) <= _NEXT_WITHIN * self._period_ns:
                return follower
        nearest = ring.nearest(moment_ns)
        if used is not None and nearest is not None and _distance(used[1], moment_ns) <= _distance(nearest, moment_ns):
            return used[1]  # the ring has moved on past this row: the last picture is closer than what it holds
        return nearest


def _distance(stamp: FrameStamp, moment_ns: int) -> int:
    return abs(stamp.exposure_ns - moment_ns)
