"""What the consistency checks find of one disturbance each, how often they cry wolf, and what they cost.

The anchor of the cost is decoding: what looking at a camera's JPEG instead of the raw frame would add.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import cv2
import numpy as np

from app.checks.models import Finding
from app.checks.watch import LOOK_EVERY_S, SCENE_EVERY_S, CameraWatch, SceneWatch
from app.simulation.scene import CAMERAS
from bench.check_cases import ALARMS, cases
from bench.check_runs import FPS, LIMITS, CheckRuns, Situation
from bench.outcome import Outcome, Reach
from bench.workcell import StillWorkcell

FOUND = Reach(at_least=0.95)
USUAL_TAKES = 20
_CLEAN_SEEDS = 5000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench checks")
    parser.add_argument("--quick", action="store_true")
    count = 10 if parser.parse_args(arguments).quick else 100
    cv2.setNumThreads(1)
    workcell = StillWorkcell()
    try:
        runs = CheckRuns(workcell)
        runs.learn_usual(USUAL_TAKES)
        print(measure(runs, workcell, count).line())
    finally:
        workcell.close()
    return 0


def measure(runs: CheckRuns, workcell: StillWorkcell, count: int) -> Outcome:
    """`count` seeded runs of every disturbance, twice as many clean takes, and the processor time."""
    figures: dict[str, float] = {"runs": count}
    reach: dict[str, Reach] = {}
    for case in cases():
        found = sum(case.found(runs, seed) for seed in range(count))
        figures[f"found_{case.name}"] = round(found / count, 4)
        if case.demanded:
            reach[f"found_{case.name}"] = FOUND
        print(f"{case.name} ({case.check}): {found} of {count}", flush=True)
    alarms = clean_alarms(runs, 2 * count)
    figures["clean_takes"] = 2 * count
    figures["false_alarm_share"] = round(sum(1 for said in alarms if said) / len(alarms), 4)
    by_check = Counter(finding.key for said in alarms for finding in said)
    print(f"false alarms in {2 * count} clean takes: {dict(by_check)}", flush=True)
    figures |= costs(runs, workcell)
    reach |= {
        "false_alarm_share": Reach(at_most=0.02),
        "cpu_percent": Reach(at_most=5.0),
        "after_ms": Reach(at_most=1000.0),
    }
    return Outcome("checks", figures, {"jpeg_decode_percent": _decoding(workcell)}, reach)


def clean_alarms(runs: CheckRuns, count: int) -> list[list[Finding]]:
    """By clean take: every alarm of all checks together, before, during and after."""
    alarms = []
    for seed in runs.clean_seeds(_CLEAN_SEEDS, count):
        take = runs.demonstration(seed)
        said = [*runs.before(seed, Situation()), *runs.during(take), *runs.after(take.signals)]
        alarms.append([finding for finding in said if finding.level in ALARMS])
    return alarms


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
