"""Minutes of inference at the wanted rate: does it drift, jitter, heat up or grow; and its profile as a trace.

`./understudy bench sustained`; or `python -m app.export.sustained ARTIFACT --seconds 600 --rate-hz 10 --trace t.json`.
The trace opens in Perfetto, with counters for memory, clock and temperature.
What the system does not tell (power, often temperature) is unknown, never guessed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.export.measure import resident_mb
from app.export.runner import ArtifactRefused, ExportedPolicy, LaneMissing, Span
from app.export.runner.check import replay

_PARTS = 10
_THERMAL = Path("/sys/class/thermal")
_FREQUENCY = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq")
_POWER = Path("/sys/class/powercap/intel-rapl:0/energy_uj")


@dataclass(frozen=True)
class Sample:
    """One chunk: when it should have begun and did (seconds from the start), and how long it took."""

    due_s: float
    begin_s: float
    seconds: float
    memory_mb: float
    mhz: float | None
    celsius: float | None


@dataclass(frozen=True)
class Sustained:
    """A run's figures. `drift` is the median of the last tenth over that of the first."""

    chunks: int
    wanted_hz: float
    achieved_hz: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float
    drift: float
    jitter_p99_ms: float
    missed: int
    memory_mb: tuple[float, float]
    mhz: tuple[float, float] | None
    celsius: tuple[float, float] | None
    watts: float | None
    along_ms: list[float] = field(default_factory=list)

    def words(self) -> str:
        def pair(values: tuple[float, float] | None, unit: str) -> str:
            return "unknown" if values is None else f"{values[0]:.0f} to {values[1]:.0f} {unit}"

        return (
            f"{self.chunks} chunks at {self.achieved_hz:.2f} Hz of {self.wanted_hz:g}; {self.missed} periods missed\n"
            f"latency p50 {self.p50_ms:.1f}, p95 {self.p95_ms:.1f}, p99 {self.p99_ms:.1f}, most {self.most_ms:.1f} ms; "
            f"the last tenth is {self.drift:.2f} x the first; start jitter p99 {self.jitter_p99_ms:.1f} ms\n"
            f"memory {pair(self.memory_mb, 'MB')}; clock {pair(self.mhz, 'MHz')}; "
            f"temperature {pair(self.celsius, 'C')}; power {'unknown' if self.watts is None else f'{self.watts:.1f} W'}"
        )


def sustain(
    infer: Callable[[int], Sequence[Span]],
    seconds: float,
    rate_hz: float,
    now: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Sustained, list[dict[str, Any]]]:
    """Calls `infer(n)` at absolute deadlines for `seconds`; gives the figures and the trace's events.

    A chunk that takes longer than a period moves the next deadline on: what was missed is counted, not made up for.
    """
    start, samples, events, missed = now(), list[Sample](), list[dict[str, Any]](), 0
    energy = _number(_POWER)
    slot, number, slots = 0, 0, max(1, round(seconds * rate_hz))
    while slot < slots:
        due = slot / rate_hz
        sleep(max(0.0, start + due - now()))
        begin = now()
        spans = infer(number)
        took = now() - begin
        samples.append(Sample(due, begin - start, took, resident_mb(), _mhz(), _celsius()))
        events += [_event("chunk", begin - start, took, 1), *_spans(spans, begin - start), *_counters(samples[-1])]
        number += 1
        late = int(max(0.0, now() - start - (slot + 1) / rate_hz) * rate_hz)
        missed += late
        slot += 1 + late
    spent = now() - start
    used = _number(_POWER)
    watts = (used - energy) / 1e6 / spent if energy is not None and used is not None and used > energy else None
    return _figures(samples, spent, rate_hz, missed, watts), events


def _figures(samples: Sequence[Sample], spent: float, rate_hz: float, missed: int, watts: float | None) -> Sustained:
    took = np.array([one.seconds for one in samples]) * 1000
    late = np.array([one.begin_s - one.due_s for one in samples]) * 1000
    parts = [float(np.median(part)) for part in np.array_split(took, min(_PARTS, len(took)))]
    p50, p95, p99 = np.percentile(took, [50, 95, 99])
    return Sustained(
        chunks=len(samples),
        wanted_hz=rate_hz,
        achieved_hz=len(samples) / spent,
        p50_ms=float(p50),
        p95_ms=float(p95),
        p99_ms=float(p99),
        most_ms=float(took.max()),
        drift=parts[-1] / parts[0] if parts[0] else 1.0,
        jitter_p99_ms=float(np.percentile(np.abs(late - np.median(late)), 99)),
        missed=missed,
        memory_mb=(samples[0].memory_mb, samples[-1].memory_mb),
        mhz=_ends([one.mhz for one in samples]),
        celsius=_ends([one.celsius for one in samples]),
        watts=watts,
        along_ms=parts,
    )


def trace(events: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    """The events as Perfetto and Chrome read them, one row a stage."""
    rows = [
        {"name": "thread_name", "ph": "M", "pid": 1, "tid": index + 1, "args": {"name": name}}
        for index, name in enumerate(["chunk", *names])
    ]
    place = {name: index + 1 for index, name in enumerate(["chunk", *names])}
    placed = [{**event, "tid": place[event["name"]]} if event["name"] in place else event for event in events]
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": [*rows, *placed]})


def _spans(spans: Sequence[Span], begin_s: float) -> list[dict[str, Any]]:
    if not spans:
        return []
    first = spans[0].begin_s
    return [_event(span.stage, begin_s + span.begin_s - first, span.seconds, 1) for span in spans]


def _counters(sample: Sample) -> list[dict[str, Any]]:
    """What the system told at a chunk, as counters; what it did not tell has none."""
    known = {"memory MB": sample.memory_mb, "clock MHz": sample.mhz, "temperature C": sample.celsius}
    return [
        {"name": name, "ph": "C", "ts": sample.begin_s * 1e6, "pid": 1, "args": {"value": value}}
        for name, value in known.items()
        if value is not None and value == value
    ]


def _event(name: str, begin_s: float, seconds: float, row: int) -> dict[str, Any]:
    return {"name": name, "ph": "X", "ts": begin_s * 1e6, "dur": seconds * 1e6, "pid": 1, "tid": row}


def _ends(values: Sequence[float | None]) -> tuple[float, float] | None:
    known = [value for value in values if value is not None]
    return (known[0], known[-1]) if known else None


def _mhz() -> float | None:
    khz = _number(_FREQUENCY)
    return None if khz is None else khz / 1000


def _celsius() -> float | None:
    found = [value for zone in sorted(_THERMAL.glob("thermal_zone*/temp")) if (value := _number(zone)) is not None]
    return max(found) / 1000 if found else None


def _number(path: Path) -> float | None:
    try:
        return float(path.read_text())
    except (OSError, ValueError):
        return None


def run_artifact(policy: ExportedPolicy, seconds: float, rate_hz: float) -> tuple[Sustained, list[dict[str, Any]]]:
    """An artifact's goldens over and over, after one chunk of warm-up. Raises `ArtifactRefused`."""
    goldens = policy.artifact.goldens()

    def infer(number: int) -> Sequence[Span]:
        replay(policy, goldens, number % len(goldens["state"]))
        return policy.spans

    infer(0)
    return sustain(infer, seconds, rate_hz)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.export.sustained")
    parser.add_argument("artifact", type=Path)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate-hz", type=float, default=10.0)
    parser.add_argument("--trace", type=Path)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        policy = ExportedPolicy.open(chosen.artifact)
        found, events = run_artifact(policy, chosen.seconds, chosen.rate_hz)
    except (ArtifactRefused, LaneMissing) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(found)) if chosen.json else found.words())
    if chosen.trace:
        chosen.trace.write_text(trace(events, [stage.name for stage in policy.card.stages]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
