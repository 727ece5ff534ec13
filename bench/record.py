"""Rows and frames of 10 s of recording at 30 fps with three cameras and four viewers, beside lerobot-record's."""

from __future__ import annotations

import argparse
import statistics

from bench.anchor import lerobot_record
from bench.outcome import Outcome, Reach
from bench.session import record, studio
from bench.viewers import viewers

SECONDS = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="understudy bench record")
    parser.add_argument("--quick", action="store_true")
    turns = 1 if parser.parse_args().quick else 3
    takes, theirs = [], {False: [], True: []}
    for turn in range(turns):
        with studio() as running, viewers(running.url, 4):
            takes.append(record(running, SECONDS))
        print(f"ours {turn + 1}: {takes[-1].rows} rows, {takes[-1].frames}", flush=True)
        for streaming in (False, True):
            theirs[streaming].append(lerobot_record(SECONDS, streaming=streaming))
            print(f"lerobot-record, streaming {streaming}: {theirs[streaming][-1]}", flush=True)
    figures = {
        "rows_per_10_s": min(take.rows_per_10_s for take in takes),
        "rows_without_a_frame": max(take.rows - min(take.frames.values()) for take in takes),
        "frames_without_a_row": max(max(take.frames.values()) - take.rows for take in takes),
        "missed_ticks": max(take.missed for take in takes),
        "repeated_frames": max(take.repeated for take in takes),
        "client_send_to_rig_receipt_p99_ms": round(_p99([trip for take in takes for trip in take.trips_ms]), 2),
        "takes": turns,
    }
    anchor = {
        "default_rows_per_10_s": min(run.rows for run in theirs[False]),
        "streaming_rows_per_10_s": min(run.rows for run in theirs[True]),
    }
    reach = {
        "rows_per_10_s": Reach(at_least=300.0),
        "rows_without_a_frame": Reach(at_most=0.0),
        "frames_without_a_row": Reach(at_most=0.0),
        "missed_ticks": Reach(at_most=0.0),
        "client_send_to_rig_receipt_p99_ms": Reach(at_most=3.0),
    }
    print(Outcome("record", figures, anchor, reach).line())


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else float("nan")


if __name__ == "__main__":
    main()
