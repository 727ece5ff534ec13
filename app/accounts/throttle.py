"""How often somebody may try: a few times at once, then ever more slowly."""

from __future__ import annotations

from collections import OrderedDict

from app.accounts.errors import TooOften
from app.core.clock import NS_PER_S, Clock

REMEMBERED = 4096


class Throttle:
    """`free` failures of one key cost nothing; each further one doubles the wait, up to `longest_s`."""

    def __init__(self, clock: Clock, free: int = 5, longest_s: float = 60.0, forget_s: float = 900.0) -> None:
        self._clock = clock
        self._free = free
        self._longest_s = longest_s
        self._forget_s = forget_s
        self._failed: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def require(self, key: str) -> None:
        """Raises `TooOften`, with the seconds left, while the key has to wait."""
        count, last_ns = self._failed.get(key, (0, 0))
        since_s = (self._clock.monotonic_ns() - last_ns) / NS_PER_S
        if since_s > self._forget_s:
            self._failed.pop(key, None)
            return
        wait_s = min(self._longest_s, 2.0 ** (count - self._free)) if count >= self._free else 0.0
        if since_s < wait_s:
            left_s = int(wait_s - since_s) + 1
            raise TooOften(f"Tried too often. Wait {left_s} s.", todo="Then try again.", wait_s=left_s)

    def failed(self, key: str) -> None:
        count, _ = self._failed.pop(key, (0, 0))
        self._failed[key] = (min(count + 1, 64), self._clock.monotonic_ns())
        while len(self._failed) > REMEMBERED:
            self._failed.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failed.pop(key, None)


class Bucket:
    """`size` at once, then one every `every_s`, for each key."""

    def __init__(self, clock: Clock, size: int, every_s: float) -> None:
        self._clock = clock
        self._size = size
        self._every_s = every_s
        self._level: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, key: str) -> bool:
        """Whether one more is within the rate; it counts only then."""
        now_ns = self._clock.monotonic_ns()
        level, at_ns = self._level.pop(key, (0.0, now_ns))
        level = max(0.0, level - (now_ns - at_ns) / NS_PER_S / self._every_s)
        fits = level + 1 <= self._size
        self._level[key] = (level + 1 if fits else level, now_ns)
        while len(self._level) > REMEMBERED:
            self._level.popitem(last=False)
        return fits
