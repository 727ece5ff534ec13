"""Coverage of 1,000, 10,000 and 100,000 episodes: cold load, warm load, filter, in the layout our recorder leaves.

Ours, each cold load in a process of its own with the files dropped from the
page cache: reviews, columns of meta/episodes, and the whole survey that the page
gets; then the same again warm, the same with a filter, and after one more save.
The checks layer is apart, because it alone reads the texts of the checks.
Anchor, in a process of its own over the same files: what LeRobot's metadata
loader reads (every column but statistics), with pandas.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.outcome import Outcome, Reach

NAME = "cups"
SIZES = (1_000, 10_000, 100_000)
REPEATS = 3
REACH = {
    "cold_s_100000": Reach(at_most=1.0),
    "warm_s_100000": Reach(at_most=1.0),
    "filter_s_100000": Reach(at_most=1.0),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 episodes only")
    parser.add_argument("--child", choices=("ours", "anchor"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(ours(chosen.folder) if chosen.child == "ours" else anchor(chosen.folder)))
        return 0
    figures: dict[str, float] = {}
    anchors: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="coverage-") as root:
        for size in SIZES[:2] if chosen.quick else SIZES:
            folder = Path(root) / str(size)
            generate(folder, size)
            figures |= {f"{name}_{size}": value for name, value in best("ours", folder).items()}
            anchors |= {f"{name}_{size}": value for name, value in best("anchor", folder).items()}
            print(f"{size:>7} episodes: {_words(figures, size)} | anchor {_words(anchors, size)}", flush=True)
    reach = {name: bound for name, bound in REACH.items() if name in figures}
    if not chosen.quick:
        figures["cold_growth_10000_to_100000"] = round(figures["cold_s_100000"] / figures["cold_s_10000"], 2)
    print(Outcome("coverage", figures, anchors, reach).line())
    return 0


def generate(folder: Path, episodes: int) -> None:
    from app.datasets import CameraFormat, DatasetFormat, DatasetStore
    from app.devices.so101 import SO101
    from bench.coverage_data import make_dataset

    cameras = tuple(CameraFormat(name, 640, 480) for name in ("top", "gripper", "left"))
    make_dataset(DatasetStore(folder), NAME, DatasetFormat(30, SO101.robot_type, SO101.joint_names, cameras), episodes)


def best(kind: str, folder: Path) -> dict[str, float]:
    """The least of each figure over `REPEATS` fresh processes: what else runs here only adds."""
    runs: list[dict[str, float]] = []
    for _ in range(REPEATS):
        drop_from_cache(folder)
        command = [sys.executable, "-m", "bench.coverage", "--child", kind, "--folder", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout.splitlines()[-1]))
    return {name: min(run[name] for run in runs) for name in runs[0]}


def drop_from_cache(folder: Path) -> None:
    """Of our files only; without a privilege the kernel does not promise it, and mostly does it."""
    for path in folder.rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def ours(folder: Path) -> dict[str, float]:
    """Seconds on the wall, and of the processor for what is loaded cold."""
    from app.bootstrap.studio import _NoPandas

    sys.meta_path.insert(0, _NoPandas)  # type: ignore[arg-type]  # as the studio does
    from app.datasets import DatasetStore
    from app.guidance.store import PlanStore
    from app.review import CoverageIndex, Filter, Layer, gather, listing, survey

    store = DatasetStore(folder)
    index = CoverageIndex(store)

    def show(chosen: Filter, layer: Layer = Layer.progress) -> Any:
        plan = PlanStore(store).current(NAME)
        return survey(index, [NAME], [plan], chosen, layer, now_s=time.time())

    area = Filter(operator=("Ada",), verdict=("accepted", "none"), area_cm=(10.0, -15.0, 30.0, 15.0))
    found: dict[str, float] = {}
    began = time.process_time()
    found["cold_s"] = timed(lambda: show(Filter()))
    found["cold_cpu_s"] = round(time.process_time() - began, 4)
    found["warm_s"] = timed(lambda: show(Filter()))
    found["filter_s"] = timed(lambda: show(area, Layer.success))
    found["list_s"] = timed(lambda: listing(gather(index, [NAME])[0], 0, 200))
    touch_last(folder)
    found["after_a_save_s"] = timed(lambda: show(Filter()))
    found["checks_first_s"] = timed(lambda: show(Filter(), Layer.checks))
    found["checks_then_s"] = timed(lambda: show(Filter(), Layer.checks))
    return found


def touch_last(folder: Path) -> None:
    """The newest episode's file becomes another file, as after a save: it is read again, and nothing else is."""
    last = max((folder / NAME / "meta/episodes").glob("*/*.parquet"))
    beside = last.with_suffix(".new")
    beside.write_bytes(last.read_bytes())
    beside.rename(last)


def anchor(folder: Path) -> dict[str, float]:
    """Every column but statistics of every file, joined and filtered by pandas."""
    import pandas as pd
    import pyarrow.parquet as pq

    paths = sorted((folder / NAME / "meta/episodes").glob("*/*.parquet"))

    def read() -> Any:
        names = [name for name in pq.read_schema(paths[0]).names if not name.startswith("stats/")]
        return pd.concat([pd.read_parquet(path, columns=names) for path in paths], ignore_index=True)

    def choose(frame: Any) -> Any:
        x, y = frame["studio/placed_x_cm"], frame["studio/placed_y_cm"]
        part = frame[(frame["studio/operator"] == "Ada") & x.between(10, 30) & y.between(-15, 15)]
        return part.groupby("studio/cluster")["studio/outcome"].value_counts()

    frames: list[Any] = []
    cold = timed(lambda: frames.append(read()))
    return {"pandas_cold_s": cold, "pandas_filter_s": timed(lambda: choose(frames[0]))}


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return round(time.perf_counter() - began, 4)


def _words(figures: dict[str, float], size: int) -> str:
    ending = f"_{size}"
    mine = ((name.removesuffix(ending), value) for name, value in figures.items() if name.endswith(ending))
    return ", ".join(f"{name.removesuffix('_s').replace('_', ' ')} {value:.3f} s" for name, value in mine)


if __name__ == "__main__":
    sys.exit(main())
