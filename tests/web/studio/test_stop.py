"""The emergency stop of somebody who is not signed in: always at first, never a way to play with the arm."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.requests import Request

from app.accounts import TooOften
from app.accounts.throttle import Bucket
from app.control.models import ControlPhase
from app.core.clock import NS_PER_S, ManualClock
from app.web.access.identity import STRANGER, set_person
from app.web.studio.routes import stop


class Station:
    """What the route asks of a studio."""

    def __init__(self) -> None:
        self.clock = ManualClock(NS_PER_S)
        self.stopped_by: list[str] = []
        self.told: list[Any] = []
        self.status = SimpleNamespace(phase=ControlPhase.holding)
        audit = SimpleNamespace(tell=self.told.append)
        self.access = SimpleNamespace(stops=Bucket(self.clock, size=10, every_s=3.0), audit=audit)

    def stop(self, by: str) -> None:
        self.stopped_by.append(by)


def press(station: Station, address: str = "10.0.0.7") -> Any:
    app = SimpleNamespace(state=SimpleNamespace(studio=station))
    scope = {"type": "http", "headers": [], "query_string": b"", "client": (address, 1), "app": app}
    set_person(scope, STRANGER)
    return stop(Request(scope))


async def test_a_stranger_is_slowed_after_ten_and_said_what_to_use(station: Station) -> None:
    for _ in range(10):
        assert await press(station) == {"stopped": True}
    with pytest.raises(TooOften, match="power switch"):
        await press(station)
    assert await press(station, "10.0.0.8") == {"stopped": True}
    station.clock.advance_ns(3 * NS_PER_S)
    assert await press(station) == {"stopped": True}
    assert len(station.stopped_by) == len(station.told) == 12
    assert station.stopped_by[0] == "somebody at 10.0.0.7"
    assert station.told[0].about == "no session"


async def test_a_stop_that_is_latched_is_always_answered(station: Station) -> None:
    for _ in range(10):
        await press(station)
    station.status.phase = ControlPhase.stopped
    assert await press(station) == {"stopped": True}
    assert len(station.told) == 10


@pytest.fixture
def station() -> Station:
    return Station()
