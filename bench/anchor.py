"""The anchor of recording: `lerobot-record` on the same simulated arm, with pictures that cost next to nothing."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class LeRobotRun:
    """One episode by lerobot-record: rows, processor seconds of all its processes, wall seconds beside the episode."""

    rows: int
    cpu_s: float
    save_s: float


def lerobot_record(seconds: float, *, streaming: bool) -> LeRobotRun:
    """Record one episode of `seconds` with three 640x480 cameras at 30 fps, drawn by the painter."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            _command(Path(folder) / "dataset", seconds, streaming),
            cwd=ROOT,
            env=_environment(folder),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            sys.exit(f"lerobot-record ended with {done.returncode}:\n{done.stderr[-2000:]}")
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        wall_s = time.monotonic() - began
        rows = sum(pq.read_metadata(path).num_rows for path in (Path(folder) / "dataset" / "data").glob("*/*.parquet"))
    return LeRobotRun(rows, cpu_s, wall_s - seconds)


def _command(root: Path, seconds: float, streaming: bool) -> list[str]:
    return [
        str(Path(sys.executable).parent / "lerobot-record"),
        "--robot.discover_packages_path=app.simulation.lerobot_robot",
        "--robot.type=understudy_sim",
        "--robot.id=sim",
        "--robot.painter=true",
        "--teleop.type=understudy_demonstrator",
        "--teleop.id=script",
        "--dataset.repo_id=bench/anchor",
        f"--dataset.root={root}",
        "--dataset.num_episodes=1",
        f"--dataset.episode_time_s={seconds}",
        "--dataset.reset_time_s=0",
        "--dataset.single_task=bench",
        "--dataset.push_to_hub=false",
        f"--dataset.streaming_encoding={str(streaming).lower()}",
        "--play_sounds=false",
    ]


def _environment(folder: str) -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1", "HF_LEROBOT_HOME": folder, "PYTHONPATH": str(ROOT)}
