"""Processor time of recording with four viewers, in percent of one core, beside lerobot-record's.

Ours is the web process (recorder, encoders, viewers) and the cameras process
(decoding MJPEG). The rig process stands apart: it also steps the simulated
physics, which a real arm does not have.
"""

from __future__ import annotations

import argparse
import statistics

from bench.anchor import lerobot_record
from bench.outcome import Outcome, Reach
from bench.session import record, studio
from bench.viewers import viewers

SECONDS = 15.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="understudy bench cpu")
    parser.add_argument("--quick", action="store_true")
    turns = 1 if parser.parse_args().quick else 3
    ours, rig, theirs = [], [], []
    for turn in range(turns):
        with studio() as running, viewers(running.url, 4):
            take = record(running, SECONDS)
        ours.append(100 * (take.web_cpu_s + take.cameras_cpu_s) / take.recorded_s)
        rig.append(100 * take.rig_cpu_s / take.recorded_s)
        print(f"ours {turn + 1}: {ours[-1]:.1f} %, rig with physics {rig[-1]:.1f} %, {take.rows} rows", flush=True)
        long, short = lerobot_record(SECONDS, streaming=True), lerobot_record(1.0, streaming=True)
        theirs.append(100 * (long.cpu_s - short.cpu_s) / (SECONDS - 1.0))
        print(f"lerobot-record, streaming, without its start: {theirs[-1]:.1f} %", flush=True)
    figures = {
        "web_and_cameras_percent": round(statistics.median(ours), 1),
        "rig_with_physics_percent": round(statistics.median(rig), 1),
        "viewers": 4,
        "takes": turns,
    }
    anchor = {"recording_alone_percent": round(statistics.median(theirs), 1)}
    print(Outcome("cpu", figures, anchor, {"web_and_cameras_percent": Reach(at_most=30.0)}).line())


if __name__ == "__main__":
    main()
