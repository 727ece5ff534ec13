"""LeRobot's bus on a pseudo-terminal whose bytes may take any time on a busy machine.

A real servo answers within a millisecond or never, so the SDK's time-out of 50 ms tells
the two apart. Here the machine's load would: so the emulator itself says that no answer
will come. Everything else of LeRobot and the SDK runs as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
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
        listen(monkeypatch, bus)
        yield bus


class _Ear:
    """Counts what the SDK writes to and reads from one bus: so it knows when that has nothing more to say."""

    def __init__(self, bus: ServoBus) -> None:
        self._bus = bus
        self._base = (0, 0)
        self._written = self._taken = 0
        self._moved_s = 0.0

    def opened(self) -> None:
        self._base = self._bus.heard, self._bus.told
        self._written = self._taken = 0

    def wrote(self, count: int) -> None:
        self._moved_s = time.monotonic()
        self._written += count

    def took(self, count: int) -> None:
        self._taken += count
        if count:
            self._moved_s = time.monotonic()

    def in_vain(self, waiting: int) -> bool:
        """Whether nothing will come any more; `waiting` bytes lie in the port unread."""
        quiet_s = time.monotonic() - self._moved_s
        if self._bus.heard - self._base[0] >= self._written and not waiting:
            return self._taken >= self._bus.told - self._base[1] or quiet_s > _LOST_S
        return quiet_s > _GIVE_UP_S


def listen(monkeypatch: pytest.MonkeyPatch, *buses: ServoBus) -> None:
    """The SDK's time-outs on these buses are the emulator's word from now on."""
    import scservo_sdk

    ears = {str(bus.path): _Ear(bus) for bus in buses}
    real = scservo_sdk.PortHandler
    open_, write, read = real.setupPort, real.writePort, real.readPort

    def opened(port: Any, flag: int) -> Any:
        answer = open_(port, flag)
        ears[port.port_name].opened()
        return answer

    def written(port: Any, packet: Any) -> int:
        count = len(packet)
        ears[port.port_name].wrote(count)
        return write(port, packet)

    def taken(port: Any, length: int) -> Any:
        data = read(port, length)
        ears[port.port_name].took(len(data))
        return data

    monkeypatch.setattr(real, "setupPort", opened)
    monkeypatch.setattr(real, "writePort", written)
    monkeypatch.setattr(real, "readPort", taken)
    monkeypatch.setattr(real, "isPacketTimeout", lambda port: ears[port.port_name].in_vain(port.ser.in_waiting))
