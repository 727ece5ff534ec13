"""A sustained run says when it slows down and what it missed; its trace is one Perfetto reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.export.runner import Span
from app.export.sustained import main, sustain, trace
from app.export.writer import Contents, write_artifact
from tests.export import toy


class Time:
    """A clock that only inference and sleep move."""

    def __init__(self, costs_s: Sequence[float]) -> None:
        self.now_s, self._costs = 100.0, costs_s

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def infer(self, number: int) -> list[Span]:
        begin, cost = self.now_s, self._costs[min(number, len(self._costs) - 1)]
        self.now_s += cost
        return [Span("vision", 0, begin, cost / 2), Span("decoder", 0, begin + cost / 2, cost / 2)]


def test_an_even_run_neither_drifts_nor_misses() -> None:
    time = Time([0.02])
    found, events = sustain(time.infer, 10.0, 10.0, time.now, time.sleep)
    assert (found.chunks, found.missed) == (100, 0)
    assert found.p50_ms == pytest.approx(20.0)
    assert found.drift == pytest.approx(1.0)
    assert found.achieved_hz == pytest.approx(10.0, rel=0.01)
    assert sum(event["ph"] == "X" for event in events) == 300


def test_a_run_that_slows_down_says_so() -> None:
    time = Time(np.linspace(0.02, 0.08, 100).tolist())
    found, _ = sustain(time.infer, 10.0, 10.0, time.now, time.sleep)
    assert found.drift == pytest.approx(77.3 / 22.7, rel=0.02)
    assert found.along_ms == sorted(found.along_ms)


def test_what_took_longer_than_a_period_is_counted_and_not_made_up_for() -> None:
    time = Time([0.02, 0.35, 0.02])
    found, _ = sustain(time.infer, 2.0, 10.0, time.now, time.sleep)
    assert found.missed == 2
    assert found.chunks == 18
    assert found.most_ms == pytest.approx(350.0)


def test_the_trace_has_a_row_a_stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    placed = toy.float_stages(tmp_path / "work")
    held = toy.held(np.zeros((3, toy.CHUNK, 6), np.float32))
    folder = write_artifact(tmp_path / "toy", Contents(toy.interface(), placed, held, 30.0, {}))
    assert main([str(folder), "--seconds", "0.1", "--rate-hz", "50", "--trace", str(tmp_path / "t.json")]) == 0
    assert "latency p50" in capsys.readouterr().out
    written = json.loads((tmp_path / "t.json").read_text())
    require_trace_format(written)
    events = written["traceEvents"]
    assert {e["args"]["name"] for e in events if e["ph"] == "M"} == {"chunk", "vision", "decoder"}
    assert all(e["dur"] > 0 and e["tid"] in (1, 2, 3) for e in events if e["ph"] == "X")
    counters = {event["name"] for event in events if event["ph"] == "C"}
    assert "memory MB" in counters, "what the system tells is in the trace"
    assert trace([], ["vision"]).startswith("{")


def require_trace_format(written: dict[str, Any]) -> None:
    """What the trace event format asks of the phases used here: complete, counter, metadata.

    Slices of one row nest or follow each other, as Perfetto draws them.
    """
    assert written["displayTimeUnit"] in ("ms", "ns")
    ends: dict[int, list[float]] = {}
    for event in written["traceEvents"]:
        assert isinstance(event["name"], str)
        assert isinstance(event["pid"], int)
        match event["ph"]:
            case "M":
                assert event["name"] == "thread_name"
                assert list(event["args"]) == ["name"]
            case "C":
                assert event["ts"] >= 0
                assert all(isinstance(value, int | float) for value in event["args"].values())
            case "X":
                assert isinstance(event["tid"], int)
                begin, end = event["ts"], event["ts"] + event["dur"]
                open_ = [until for until in ends.get(event["tid"], []) if until > begin]
                assert all(end <= until for until in open_), "a slice overlaps another of its row"
                ends[event["tid"]] = [*open_, end]
            case other:
                pytest.fail(f"the phase {other!r} is not one that was meant")


def test_a_folder_that_is_no_artifact_is_refused(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1
