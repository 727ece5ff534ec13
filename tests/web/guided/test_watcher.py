"""The thread that looks: every frame once, its rounds survive a check that fails, and it ends when told."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.checks.inspection import Inspection
from app.checks.models import Check, Level
from app.checks.thresholds import Thresholds
from app.checks.view import View
from app.core.clock import SystemClock
from app.observation import FrameRing
from app.web.guided.watcher import Eyes, Sight, Watcher

WIDTH, HEIGHT = 64, 48
RATES = {"top": 30.0, "left": 30.0}


@pytest.fixture
def rings(tmp_path: Path) -> Iterator[dict[str, FrameRing]]:
    made = {name: FrameRing.create(tmp_path / name, WIDTH, HEIGHT) for name in RATES}
    yield made
    for ring in made.values():
        ring.close()


@pytest.fixture
def sights(rings: dict[str, FrameRing]) -> Iterator[tuple[Watcher, queue.Queue[Sight]]]:
    seen: queue.Queue[Sight] = queue.Queue()
    watcher = Watcher(SystemClock(), lambda: rings, dict, seen.put)
    yield watcher, seen
    watcher.close()


class Counting(Inspection):
    """Counts what it is shown; fails on one picture when asked to."""

    def __init__(self) -> None:
        super().__init__(RATES, None, Thresholds(camera_dead_s=1e6))
        self.shown: list[int] = []
        self.fail_once = False

    def frame(self, camera: str, view: View, exposure_ns: int) -> None:
        if self.fail_once:
            self.fail_once = False
            raise ValueError("a picture that no check can bear")
        if camera == "top":
            self.shown.append(exposure_ns)
        super().frame(camera, view, exposure_ns)


def publish(rings: dict[str, FrameRing], number: int) -> None:
    random = np.random.default_rng(number)
    for ring in rings.values():
        ring.publish(number, number, number, random.integers(0, 255, (HEIGHT * 3 // 2, WIDTH), np.uint8), [])


def test_every_frame_is_seen_once_and_nothing_is_said_of_the_scene_without_a_reference(
    rings: dict[str, FrameRing], sights: tuple[Watcher, queue.Queue[Sight]]
) -> None:
    watcher, seen = sights
    inspection = Counting()
    watcher.eyes = Eyes(inspection)
    publish(rings, 1)
    watcher.start()
    seen.get(timeout=30)
    for number in range(2, 8):
        publish(rings, number)
    while len(inspection.shown) < 7:
        sight = seen.get(timeout=30)
        assert sight.scene == ()
        assert sight.found is None
    assert inspection.shown == list(range(1, 8))
    assert {f.check for f in seen.get(timeout=30).cameras if f.level is Level.unsure} >= {Check.camera_moved}


def test_a_check_that_fails_does_not_blind_the_studio(
    rings: dict[str, FrameRing], sights: tuple[Watcher, queue.Queue[Sight]], caplog: pytest.LogCaptureFixture
) -> None:
    watcher, seen = sights
    inspection = Counting()
    inspection.fail_once = True
    watcher.eyes = Eyes(inspection)
    publish(rings, 1)
    watcher.start()
    publish(rings, 2)
    seen.get(timeout=30)
    assert "A check failed on a picture" in caplog.text
    caplog.clear()  # what it kept of the failure still looks into the ring


def test_its_own_processor_time_is_known_after_a_while(
    rings: dict[str, FrameRing], sights: tuple[Watcher, queue.Queue[Sight]]
) -> None:
    watcher, seen = sights
    assert watcher.cost_percent is None
    watcher.eyes = Eyes(Counting())
    publish(rings, 1)
    watcher.start()
    while watcher.cost_percent is None:
        seen.get(timeout=30)
    assert 0 <= watcher.cost_percent < 100
