"""What the consistency checks find of one disturbance each, how often they cry wolf, and what they cost.

The anchor of the cost is decoding: what looking at a camera's JPEG instead of the raw frame would add.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from concurrent.futures import Executor, ProcessPoolExecutor

import cv2
import numpy as np

from app.checks.watch import LOOK_EVERY_S, SCENE_EVERY_S, CameraWatch, SceneWatch
from app.simulation.scene import CAMERAS
from bench.check_cases import ALARMS, cases
from bench.check_runs import FPS, LIMITS, CheckRuns, Situation
from bench.outcome import Outcome, Reach
from bench.workcell import StillWorkcell

FOUND = Reach(at_least=0.95)
USUAL_TAKES = 12
_CLEAN = 5000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench checks")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    chosen = parser.parse_args(arguments)
    count = 10 if chosen.quick else 100
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(chosen.workers, mp_context=spawn, initializer=_prepare) as pool:
        figures, alarms = measure(pool, count)
    _prepare()
    print(outcome(figures, alarms, count, costs(_RUNS[0], _RUNS[0].workcell)).line())
    return 0


_RUNS: list[CheckRuns] = []
"""One workcell a process, made by `_prepare`: a GL context cannot be handed over."""


def _prepare() -> None:
    cv2.setNumThreads(1)
    runs = CheckRuns(StillWorkcell())
    runs.learn_usual(USUAL_TAKES)
    _RUNS.append(runs)


def measure(pool: Executor, count: int) -> tuple[dict[str, float], list[list[str]]]:
    """The share of `count` seeded runs in which each disturbance was found; the alarms of as many clean takes."""
    names = [case.name for case in cases()]
    share = max(1, count // 10)
    takes = [pool.submit(_clean, first, share) for first in range(_CLEAN, _CLEAN + 1000, 100)]
    counts = pool.map(_found, names, [count] * len(names))
    alarms = []
    for take in takes:
        alarms += take.result()
        print(f"clean takes: {len(alarms)}, with a false alarm: {sum(map(bool, alarms))}", flush=True)
    figures = {}
    for name, found in zip(names, counts, strict=True):
        figures[f"found_{name}"] = round(found / count, 4)
        print(f"{name}: {found} of {count}", flush=True)
    return figures, alarms


def _found(name: str, count: int) -> int:
    case = next(case for case in cases() if case.name == name)
    return sum(case.found(_RUNS[0], seed) for seed in range(count))


def _clean(first: int, count: int) -> list[list[str]]:
    """By clean take: the keys of every alarm of all checks together, before, during and after."""
    runs, alarms = _RUNS[0], []
    for seed in runs.clean_seeds(first, count):
        take = runs.demonstration(seed)
        said = [*runs.before(seed, Situation()), *runs.during(take), *runs.after(take.signals)]
        alarms.append([finding.key for finding in said if finding.level in ALARMS])
    return alarms


def outcome(found: dict[str, float], alarms: list[list[str]], count: int, spent: dict[str, float]) -> Outcome:
    print(f"false alarms in {len(alarms)} clean takes: {dict(Counter(key for keys in alarms for key in keys))}")
    decoding = spent.pop("jpeg_decode_percent")
    figures = {
        "runs": count,
        **found,
        "clean_takes": len(alarms),
        "false_alarm_share": round(sum(1 for keys in alarms if keys) / len(alarms), 4),
        **spent,
    }
    reach = {f"found_{case.name}": FOUND for case in cases() if case.demanded}
    reach |= {
        "false_alarm_share": Reach(at_most=0.02),
        "cpu_percent": Reach(at_most=5.0),
        "after_ms": Reach(at_most=1000.0),
    }
    return Outcome("checks", figures, {"jpeg_decode_percent": decoding}, reach)


def costs(runs: CheckRuns, workcell: StillWorkcell) -> dict[str, float]:
    """Processor milliseconds of each part and, at the rates they run at, the percent of one core of all."""
    workcell.restart(1)
    watches = [CameraWatch(camera, FPS, runs.reference, LIMITS, on_hand=camera == "gripper") for camera in CAMERAS]
    scene = SceneWatch(runs.reference, LIMITS, px_per_cm=7.2)
    shots = [workcell.views() for _ in range(40)]
    frame_ms = _cpu_ms(lambda k: [w.frame(_again(shots[k][w.camera]), k * 33_000_000) for w in watches], len(shots))
    look_ms = _cpu_ms(lambda k: [w.look(_again(shots[k][w.camera]), in_start_pose=True) for w in watches], len(shots))
    scene_ms = _cpu_ms(
        lambda k: scene.findings(_again(shots[k]["top"]), object_px=None, in_start_pose=True), len(shots)
    )
    signals = runs.demonstration(1).signals
    after_ms = _cpu_ms(lambda k: runs.after(signals), 5)
    find_ms = _cpu_ms(lambda k: runs.find(_again(shots[k]["top"])), len(shots))
    percent = (frame_ms * FPS + look_ms / LOOK_EVERY_S + (scene_ms + find_ms) / SCENE_EVERY_S) / 10
    return {
        "frame_ms": round(frame_ms, 3),
        "look_ms": round(look_ms, 2),
        "scene_ms": round(scene_ms, 2),
        "find_object_ms": round(find_ms, 2),
        "after_ms": round(after_ms, 2),
        "cpu_percent": round(percent, 2),
        "jpeg_decode_percent": _decoding(workcell),
    }


def _cpu_ms(once: object, times: int) -> float:
    """Mean processor milliseconds of one call, the first two left out."""
    call = once
    assert callable(call)
    call(0)
    call(1)
    began = time.process_time()
    for index in range(times):
        call(index)
    return 1000 * (time.process_time() - began) / times


def _again(view: object) -> object:
    """The same picture as a fresh view, so that nothing is remembered from the last look."""
    return type(view)(view.i420)  # type: ignore[attr-defined, call-arg]


def _decoding(workcell: StillWorkcell) -> float:
    """Percent of one core to decode three cameras' JPEGs at full rate."""
    jpegs = [cv2.imencode(".jpg", view.bgr)[1] for view in workcell.views().values()]
    spent = _cpu_ms(lambda k: [cv2.imdecode(np.asarray(jpeg), cv2.IMREAD_COLOR) for jpeg in jpegs], 30)
    return round(spent * FPS / 10, 2)


if __name__ == "__main__":
    sys.exit(main())
