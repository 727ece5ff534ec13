"""Which picture serves which row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.observation import FrameRing
from app.recording.picking import FramePicker, NoPicture

MS = 1_000_000
PERIOD = 1_000_000_000 // 30


@pytest.fixture
def ring(tmp_path: Path):
    ring = FrameRing.create(tmp_path / "r", 16, 16)
    yield ring
    ring.close()


def expose(ring: FrameRing, number: int, moment_ns: int) -> None:
    ring.publish(number, moment_ns, moment_ns, np.full((24, 16), number, np.uint8), [])


def test_every_row_gets_its_own_picture_even_when_exposures_lie_half_a_period_off(ring: FrameRing) -> None:
    rng = np.random.default_rng(1)
    picker = FramePicker(lambda: {"top": ring}, ("top",), 30)
    seen = []
    for row in range(200):
        jitter = int(rng.integers(-3 * MS, 3 * MS))
        expose(ring, row % 256, row * PERIOD + PERIOD // 2 + jitter)
        if row:
            seen.append(picker.pick(row * PERIOD)["top"])
    assert not any(picture.repeated for picture in seen)
    assert max(abs(picture.age_ms) for picture in seen) < 1000 / 30


def test_a_late_camera_repeats_its_last_picture_and_says_so(ring: FrameRing) -> None:
    picker = FramePicker(lambda: {"top": ring}, ("top",), 30)
    expose(ring, 1, 0)
    first = picker.pick(0)["top"]
    late = picker.pick(3 * PERIOD)["top"]
    assert not first.repeated
    assert late.repeated
    assert late.age_ms == pytest.approx(100, abs=0.1)
    assert np.array_equal(late.i420, first.i420)


def test_after_a_stall_the_picker_jumps_to_the_present(ring: FrameRing) -> None:
    picker = FramePicker(lambda: {"top": ring}, ("top",), 30)
    for number in range(12):
        expose(ring, number, number * PERIOD)
    picker.pick(0)
    assert picker.pick(10 * PERIOD)["top"].i420[0, 0] == 10


def test_a_restarted_camera_goes_on_and_an_absent_one_repeats(ring: FrameRing, tmp_path: Path) -> None:
    rings = {"top": ring}
    picker = FramePicker(lambda: rings, ("top",), 30)
    expose(ring, 7, 0)
    picker.pick(0)
    del rings["top"]
    assert picker.pick(PERIOD)["top"].repeated
    rings["top"] = FrameRing.create(tmp_path / "again", 16, 16)
    assert picker.pick(PERIOD)["top"].repeated
    expose(rings["top"], 9, 2 * PERIOD)
    assert picker.pick(2 * PERIOD)["top"].i420[0, 0] == 9
    rings["top"].close()


def test_a_camera_that_never_delivered_is_named(ring: FrameRing) -> None:
    with pytest.raises(NoPicture, match="top"):
        FramePicker(lambda: {"top": ring}, ("top",), 30).pick(0)


def test_a_row_written_late_repeats_rather_than_shows_the_far_future(ring: FrameRing) -> None:
    picker = FramePicker(lambda: {"top": ring}, ("top",), 30)
    expose(ring, 1, 0)
    picker.pick(0)
    for number in range(40, 60):
        expose(ring, number, number * PERIOD)
    late = picker.pick(PERIOD)["top"]
    assert late.repeated
    assert late.age_ms == pytest.approx(1000 / 30, abs=0.1)


def test_a_row_is_complete_once_every_camera_has_exposed_after_it(ring: FrameRing) -> None:
    picker = FramePicker(lambda: {"top": ring}, ("top",), 30)
    assert not picker.complete(0)
    expose(ring, 1, PERIOD)
    assert picker.complete(PERIOD)
    assert not picker.complete(PERIOD + 1)
