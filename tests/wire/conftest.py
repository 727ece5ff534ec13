"""LeRobot's bus on a pseudo-terminal whose bytes may take any time on a busy machine.

A real servo answers within a millisecond or never, so the SDK's time-out of 50 ms tells
the two apart. Here the machine's load would: so the emulator itself says that no answer
will come. Everything else of LeRobot and the SDK runs as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import ManualClock
from tests.wire.bus import ServoBus
from tests.wire.so101 import so101_bus

_LOST_S = 0.2  # what the host threw away unread is not waited for longer than this
_GIVE_UP_S = 30.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(start_ns=time.monotonic_ns())


@pytest.fixture
def wire(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServoBus]:
    """Six servos as they come from the factory, with ids; on their own time."""
    with so101_bus(tmp_path / "follower", clock) as bus:
        _Ear(bus).listen(monkeypatch)
        yield bus


class _Ear:
    """Counts what the SDK writes and reads, and so knows when the bus has nothing more to say to it."""

    def __init__(self, bus: ServoBus) -> None:
        self._bus = bus
        self._base = (0, 0)
        self._written = self._taken = 0
        self._moved_s = 0.0

    def listen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import scservo_sdk

        handler = scservo_sdk.PortHandler
        for name, wrap in (
            ("setupPort", self._opening),
            ("writePort", self._writing),
            ("readPort", self._reading),
            ("isPacketTimeout", self._timing),
        ):
            monkeypatch.setattr(handler, name, wrap(getattr(handler, name)))

    def _opening(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(port: Any, flag: int) -> Any:
            answer = real(port, flag)
            self._base = self._bus.heard, self._bus.told
            self._written = self._taken = 0
            return answer

        return opened

    def _writing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def written(port: Any, packet: Any) -> Any:
            self._moved_s = time.monotonic()
            count = real(port, packet)
            self._written += count
            return count

        return written

    def _reading(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def read(port: Any, length: int) -> Any:
            data = real(port, length)
            self._taken += len(data)
            if data:
                self._moved_s = time.monotonic()
            return data

        return read

    def _timing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def timed_out(port: Any) -> bool:
            quiet_s = time.monotonic() - self._moved_s
            dealt_with = self._bus.heard - self._base[0] >= self._written
            if dealt_with and not port.ser.in_waiting:
                all_taken = self._taken >= self._bus.told - self._base[1]
                return all_taken or quiet_s > _LOST_S
            return quiet_s > _GIVE_UP_S

        return timed_out
