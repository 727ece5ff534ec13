"""The thread that joins a take's rows and pictures."""

from __future__ import annotations

from app.core.clock import ManualClock
from app.recording.picking import FramePicker
from app.recording.rows import RowThread


def test_a_take_that_was_cancelled_while_its_files_were_made_ends_without_having_begun() -> None:
    rows = RowThread(None, FramePicker(dict, (), 30), ManualClock(1), on_failure=lambda error: None)
    rows.finish()
    assert rows.rows == 0
