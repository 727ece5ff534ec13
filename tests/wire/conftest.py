"""Under a busy machine a pseudo-terminal's bytes may take longer than the 50 ms that LeRobot gives a servo."""

from __future__ import annotations

from typing import Any

import pytest

PATIENCE_MS = 400.0


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the time-out is changed: everything else of LeRobot runs as it is."""
    import lerobot.motors.feetech.feetech as feetech

    def wait_longer(port: Any, packet_length: int) -> None:
        port.packet_start_time = port.getCurrentTime()
        port.packet_timeout = port.tx_time_per_byte * (packet_length + 3.0) + PATIENCE_MS

    monkeypatch.setattr(feetech, "patch_setPacketTimeout", wait_longer)
