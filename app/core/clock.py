"""One clock for durations, one for labels, and the pacing every loop uses."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """Monotonic time in ns (comparable between processes of one machine) and wall time."""

    def monotonic_ns(self) -> int: ...
    def sleep_until_ns(self, deadline_ns: int) -> None: ...
    def wall(self) -> datetime: ...


class SystemClock:
    """CLOCK_MONOTONIC and UTC."""

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    def sleep_until_ns(self, deadline_ns: int) -> None:
        remaining_ns = deadline_ns - time.monotonic_ns()
        if remaining_ns > 0:
            time.sleep(remaining_ns / NS_PER_S)

    def wall(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Time that moves only when told: for lock-step runs and tests."""

    def __init__(self, start_ns: int = 0, wall: datetime | None = None) -> None:
        self._now_ns = start_ns
        self._start_ns = start_ns
        self._wall = wall or datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic_ns(self) -> int:
        return self._now_ns

    def sleep_until_ns(self, deadline_ns: int) -> None:
        self._now_ns = max(self._now_ns, deadline_ns)

    def advance_ns(self, step_ns: int) -> None:
        self._now_ns += step_ns

    def wall(self) -> datetime:
        from datetime import timedelta

        return self._wall + timedelta(microseconds=(self._now_ns - self._start_ns) / 1000)


class Pacer:
    """Absolute deadlines at a fixed rate: tick k is due at start + k / rate, never drifting.

    A loop that falls behind by more than `skip_after` periods skips to the next
    future deadline; the deadlines it jumped are returned as missed.
    """

    def __init__(self, clock: Clock, rate_hz: float, *, skip_after: int = 1) -> None:
        self._clock = clock
        self._rate_hz = rate_hz
        self._skip_after = skip_after
        self._start_ns = clock.monotonic_ns()
        self.index = 0
        self.lateness_ns = 0

    def due_ns(self, index: int) -> int:
        return self._start_ns + round(index * NS_PER_S / self._rate_hz)

    def wait(self) -> int:
        """Sleep to the next deadline; return how many deadlines were missed."""
        self.index += 1
        missed = 0
        behind_ns = self._clock.monotonic_ns() - self.due_ns(self.index)
        period_ns = NS_PER_S / self._rate_hz
        if behind_ns > self._skip_after * period_ns:
            missed = int(behind_ns // period_ns)
            self.index += missed
        self._clock.sleep_until_ns(self.due_ns(self.index))
        self.lateness_ns = self._clock.monotonic_ns() - self.due_ns(self.index)
        return missed
