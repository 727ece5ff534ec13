"""`python -m bench NAME [--quick]`: runs one script of this folder; each is also a script of its own."""

from __future__ import annotations

import argparse
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).parent
# The table of figures, in its order: what each measures.
TABLE = {
    "record": "rows and frames of 10 s of recording with viewers",
    "save": "stop to saved, and whether it grows",
    "cpu": "processor time of recording and four viewers",
    "control": "lateness of the control loop while recording",
    "review": "key press to the first picture of the next episode, in Chromium",
    "live": "exposure stamp to canvas in Chromium",
    "link": "picture age over a 10 Mbit/s link",
    "start": "start to ready, memory, size of the install",
    "detector": "where the object lies, seen in the top picture, against the simulator's truth",
    "checks": "what the consistency checks find, and their false alarms",
    "sustained": "ten minutes of inference at the wanted rate: drift, jitter, clock, heat, memory, power",
    "arm64": "an artifact's own check on an emulated arm64, with a board's wheels; fetches 60 MB",
    "export": "quantized ACT and SmolVLA against float32 and PyTorch, with parity and error",
    "guided": "what guidance and checks cost live, and stop to verdict",
    "crash": "kill -9 of everything at random moments",
    "coverage": "coverage map of 1k, 10k and 100k episodes: cold, warm, filtered",
    "demonstrator": "500 random placements in lock-step",
    "train": "records, trains and scores the reference policy unattended; writes docs/benchmarks/train.md",
    "expected": "what a probe says a training takes, beside what it took; on one process and on two",
    "endings": "trainings that cannot go on, really provoked, and what is answered",
    "train_variants": "the same with less data, without recoveries, without contrast; needs `train` first",
    "guide_table": "the guide's table on our arm, from matched trials; needs `train` first",
    "simulator": "processor time of a picture and of a second of physics",
}


def main() -> int:
    there = {name: words for name, words in TABLE.items() if (HERE / f"{name}.py").exists()}
    listing = "\n".join(f"  {name:12} {words}" for name, words in there.items())
    parser = argparse.ArgumentParser(
        prog="understudy bench",
        description="Measures one figure, ours and its anchor in the same run; ends with one line of JSON.",
        epilog=f"benches:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=there, metavar="NAME", type=lambda text: text.replace("-", "_"))
    parser.add_argument("--quick", action="store_true", help="in under 60 s, with fewer repetitions")
    chosen, further = parser.parse_known_args()
    if chosen.name is None:
        print(f"benches:\n{listing}")
        return 0
    sys.argv = [f"bench {chosen.name}", *(["--quick"] if chosen.quick else []), *further]
    runpy.run_module(f"bench.{chosen.name}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
