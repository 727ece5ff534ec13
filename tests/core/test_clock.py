"""Pacing by absolute deadlines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import NS_PER_S, ManualClock, Pacer


@given(work=st.lists(st.floats(0, 0.05), min_size=1, max_size=60), rate=st.sampled_from([30.0, 60.0, 200.0]))
def test_deadlines_never_drift_and_jumped_ones_are_counted(work: list[float], rate: float) -> None:
    clock = ManualClock(start_ns=12345)
    pacer = Pacer(clock, rate)
    missed = 0
    for seconds in work:
        clock.advance_ns(round(seconds * NS_PER_S))
        missed += pacer.wait()
        assert clock.monotonic_ns() >= pacer.due_ns(pacer.index)
    assert pacer.index == len(work) + missed
    assert pacer.due_ns(pacer.index) == 12345 + round(pacer.index * NS_PER_S / rate)
