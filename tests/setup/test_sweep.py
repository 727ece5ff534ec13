"""How far a joint was turned, from readings as a wire gives them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.setup.sweep import Sweep

steps = st.integers(0, 4095)


def swept(readings: list[int]) -> Sweep:
    sweep = Sweep()
    for reading in readings:
        sweep.take({"pan": reading})
    return sweep


def test_from_stop_to_stop() -> None:
    sweep = swept([2048] * 3 + [800] * 3 + list(range(800, 3300, 40)) + [3300] * 3)
    assert (sweep.low["pan"], sweep.high["pan"], sweep.now["pan"]) == (800, 3300, 3300)
    assert not sweep.passed_seam
    assert sweep.told(ranges=False)["pan"] == {"now": 3300, "low": None, "high": None, "passed": False}


@given(st.integers(1200, 2900), steps, st.integers(0, 9))
def test_one_stray_reading_widens_nothing(at: int, stray: int, where: int) -> None:
    readings = [at] * 10
    readings[where] = stray
    sweep = swept(readings)
    assert (sweep.low["pan"], sweep.high["pan"]) == (at, at)
    assert not sweep.passed_seam


def test_past_the_encoders_end_is_told() -> None:
    assert swept([3900] * 3 + [4090] * 3 + [20] * 3).passed_seam == {"pan"}
