"""`python -m runner --check` in an artifact's folder: replays its goldens, and prints parity and latency."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from .artifact import ArtifactRefused, open_artifact
from .check import check
from .sessions import LaneMissing


def main(arguments: list[str] | None = None) -> int:
    here = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(prog="runner", description="Runs an exported policy, without torch or LeRobot.")
    parser.add_argument("--check", action="store_true", help="replay the goldens; exit status 1 if they do not fit")
    parser.add_argument("--repeat", type=int, default=20, metavar="N", help="timed chunks (default: %(default)s)")
    parser.add_argument("--artifact", type=Path, default=here, help="default: the folder that holds this runner")
    chosen = parser.parse_args(arguments)
    try:
        artifact = open_artifact(chosen.artifact)
        if not chosen.check:
            stages = ", ".join(f"{s.name} ({s.lane}, {'+'.join(s.precision.values())})" for s in artifact.card.stages)
            print(f"{artifact.card.family}, {artifact.size / 1e6:.1f} MB: {stages}. Run it with --check.")
            return 0
        found = check(artifact, max(1, chosen.repeat))
    except (ArtifactRefused, LaneMissing) as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    print(found.words())
    return 0 if found.holds else 1


if __name__ == "__main__":
    np.set_printoptions(precision=4, suppress=True)
    sys.exit(main())
