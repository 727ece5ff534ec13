"""One recording session of our studio for benches: pre-rendered MJPEG pictures, viewers, one take."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av

from app.datasets import DatasetStore
from tests.studio import RunningStudio

CAMERAS = ("top", "gripper", "left")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Take:
    """What one saved take contains, counted in its files."""

    rows: int
    frames: dict[str, int]
    missed: int
    repeated: int
    web_cpu_s: float
    cameras_cpu_s: float
    rig_cpu_s: float
    recorded_s: float
    trips_ms: tuple[float, ...]
    rows_per_10_s: float


@contextmanager
def studio() -> Iterator[RunningStudio]:
    """A studio with pictures made beforehand, on a data folder that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        running = RunningStudio(Path(folder)).start()
        try:
            yield running
        finally:
            running.stop()


def record(running: RunningStudio, seconds: float, dataset: str = "bench") -> Take:
    """Record `seconds`, driving all the while; processor time is of the recording alone."""
    sys.setswitchinterval(0.0005)  # our own receiving thread must not delay what we send
    with running.program("bench") as program:
        program.must("record.setup", dataset=dataset, operator="bench")
        program.must("lease.acquire", label="bench")
        program.must("record.start", skip_countdown=True)
        before, began = _cpu(running), time.monotonic()
        program.drive(seconds, linear_m_s=[0.0, 0.0, 0.0], gripper_per_s=5.0)
        after, recorded_s = _cpu(running), time.monotonic() - began
        missed = program.state["recorder"]["take"]["missed"]
        program.must("record.save", outcome="success")
        program.read(lambda: program.state["recorder"]["phase"] == "idle")
        receipt = program.state["recorder"]["last_saved"]
        program.must("lease.release")
    web, cameras, rig = (after[name] - before[name] for name in ("web", "cameras", "rig"))
    frames = _frames(running.data_dir / "datasets", dataset, receipt["episode_index"])
    trips_ms = tuple(program.trips_ms)
    moments = DatasetStore(running.data_dir / "datasets").open(dataset).signals(receipt["episode_index"])
    instants = moments["capture.monotonic_s"].ravel()
    rate = 10.0 * (len(instants) - 1) / float(instants[-1] - instants[0])
    return Take(
        receipt["rows"], frames, missed, receipt["repeated"], web, cameras, rig, recorded_s, trips_ms, round(rate, 1)
    )


def _frames(datasets: Path, name: str, index: int) -> dict[str, int]:
    """Pictures in each video of the episode, decoded and counted."""
    opened = DatasetStore(datasets).open(name)
    counts = {}
    for camera in CAMERAS:
        path, _, _ = opened.video_file(index, camera)
        with av.open(str(path)) as container:
            counts[camera] = sum(1 for _ in container.decode(video=0))
    return counts


def _cpu(running: RunningStudio) -> dict[str, float]:
    pids = {"web": running.pid} | {name: running.companion_pid(name) for name in ("cameras", "rig")}
    return {name: cpu_s(pid) for name, pid in pids.items()}


def cpu_s(pid: int) -> float:
    """Processor time a process has used, its threads' together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
