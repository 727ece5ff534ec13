"""A replay ramps to its start, then wants each row's target in its time, and says why it ended."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.control.models import ControlPhase
from app.control.replay import Replay, ReplayPhase

MS = 1_000_000
START = np.array([10.0, 20.0])
ACTIONS = START + np.arange(30)[:, None]
FOLLOWING, RAMPING = ControlPhase.following, ControlPhase.ramping


def a_replay() -> Replay:
    return Replay(START, ACTIONS, 30)


def test_its_time_stands_still_until_the_arm_is_there_and_engaged() -> None:
    replay = a_replay()
    assert replay.target(0, (0.0, 0.0), FOLLOWING) == (10, 20)
    assert replay.target(900 * MS, (10.0, 20.0), RAMPING) == (10, 20)
    assert replay.target(950 * MS, None, FOLLOWING) == (10, 20)
    assert (replay.phase, replay.row) == (ReplayPhase.ramping, -1)
    assert replay.target(1000 * MS, (9.0, 21.5), FOLLOWING) == (10, 20)
    assert (replay.phase, replay.row) == (ReplayPhase.running, 0)
    assert replay.target(1034 * MS, (10.0, 20.0), FOLLOWING) == (11, 21)


def test_an_arm_that_does_not_come_there_is_given_up_in_words() -> None:
    replay = a_replay()
    replay.target(0, (0.0, 0.0), FOLLOWING)
    assert replay.target(21_000 * MS, (0.0, 0.0), FOLLOWING) is None
    assert replay.phase is ReplayPhase.ended
    assert "still 20 units away" in replay.reason


@given(st.lists(st.integers(1, 80), min_size=80, max_size=120))
def test_however_late_it_is_asked_rows_come_in_their_time_and_it_ends(steps: list[int]) -> None:
    replay, now, rows = a_replay(), 0, []
    replay.target(now, (10.0, 20.0), FOLLOWING)
    for step in steps:
        now += step * MS
        target = replay.target(now, (10.0, 20.0), FOLLOWING)
        if target is None:
            break
        assert replay.row == min(29, int(now / MS * 30 / 1000 + 1e-6))
        assert target == tuple(ACTIONS[replay.row])
        rows.append(replay.row)
    assert rows == sorted(rows)
    assert (replay.phase is ReplayPhase.done) == (now >= 1000 * MS)
    assert [sample.row for sample in replay.samples] == sorted({sample.row for sample in replay.samples})


def test_the_first_reason_stays() -> None:
    replay = a_replay()
    replay.end("Ada took over.")
    replay.end("It was ended.")
    assert replay.reason == "Ada took over."
    assert replay.target(0, None, FOLLOWING) is None
