"""How well the object is found in the top picture, against the simulator's truth, in three lightings.

The anchor is what one would write first: the largest difference to the empty
table, its smallest rectangle, mapped by the table's homography.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

import cv2
import numpy as np

from app.checks.view import View
from app.devices.models import Placement
from app.guidance.detector import ObjectDetector, Seen, learn_look
from app.guidance.next_target import yaw_difference
from app.guidance.plan import PlacedObject
from app.guidance.table_view import TableView
from app.simulation.lockstep import random_placement
from bench.outcome import Outcome, Reach
from bench.workcell import StillWorkcell, true_view

LIGHTINGS = {"reference": (0.0, 5000.0), "dim": (-35.0, 5000.0), "warm": (-10.0, 4000.0)}
RATE_HZ = 4.0
FAR_MM, FAR_DEG = 10.0, 15.0
REACH = {
    "p95_mm": Reach(at_most=4.0),
    "p95_deg": Reach(at_most=5.0),
    "cpu_percent": Reach(at_most=5.0),
}
_LEARNT_AT = Placement(25.0, 15.0, 30.0)


@dataclass
class Tally:
    """Errors of what was found, by method; `abstained` counts pictures it would not answer."""

    mm: list[float] = field(default_factory=list)
    deg: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    abstained: int = 0

    def add(self, found: Placement | None, truth: Placement, symmetry_deg: float) -> None:
        if found is None:
            self.abstained += 1
            return
        self.mm.append(10 * float(np.hypot(found.x_cm - truth.x_cm, found.y_cm - truth.y_cm)))
        self.deg.append(abs(yaw_difference(found.yaw_deg, truth.yaw_deg, symmetry_deg)))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench detector")
    parser.add_argument("--quick", action="store_true")
    placements = 25 if parser.parse_args(arguments).quick else 200
    cv2.setNumThreads(1)
    workcell = StillWorkcell(seed=0)
    try:
        ours, theirs = measure(workcell, placements)
    finally:
        workcell.close()
    print(outcome(ours, theirs, placements, workcell.renderer).line())
    return 0


def measure(workcell: StillWorkcell, placements: int) -> tuple[dict[str, Tally], dict[str, Tally]]:
    """Every lighting sees as many random placements, the whole reach over, any yaw; the arm stands at home."""
    view, placed = true_view(), PlacedObject()
    workcell.take_away()
    reference = workcell.views()["top"]
    workcell.put(_LEARNT_AT)
    look = learn_look(workcell.views()["top"], view, placed, _LEARNT_AT)
    detector = ObjectDetector(view, placed, reference, look)
    random = np.random.default_rng(20)
    tallies, anchors = {name: Tally() for name in LIGHTINGS}, {name: Tally() for name in LIGHTINGS}
    for name, (percent, kelvin) in LIGHTINGS.items():
        workcell.disturb("light", percent)
        workcell.disturb("colour", kelvin)
        for _ in range(placements):
            truth = random_placement(random)
            workcell.put(truth)
            now = workcell.views()["top"]
            began = time.process_time()
            found = detector.find(now)
            tallies[name].cpu_ms.append(1000 * (time.process_time() - began))
            tallies[name].add(found.placement if isinstance(found, Seen) else None, truth, placed.symmetry_deg)
            anchors[name].add(plain_difference(now, reference, view), truth, placed.symmetry_deg)
        print(f"{name}: {len(tallies[name].mm)} of {placements} found", flush=True)
    workcell.disturb("clear", 0)
    return tallies, anchors


def plain_difference(now: View, reference: View, view: TableView) -> Placement | None:
    """The anchor: threshold, largest contour, smallest rectangle, on the table plane."""
    mask = (cv2.absdiff(now.bgr, reference.bgr).max(axis=2) > 40).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return None
    corners = view.px_to_cm(cv2.boxPoints(cv2.minAreaRect(max(contours, key=cv2.contourArea))))
    middle, sides = corners.mean(axis=0), np.diff(corners, axis=0)
    longest = sides[:2][np.argmax(np.linalg.norm(sides[:2], axis=1))]
    return Placement(float(middle[0]), float(middle[1]), float(np.rad2deg(np.arctan2(longest[1], longest[0]))))


def outcome(ours: dict[str, Tally], theirs: dict[str, Tally], placements: int, renderer: str) -> Outcome:
    every = Tally(
        [mm for tally in ours.values() for mm in tally.mm],
        [deg for tally in ours.values() for deg in tally.deg],
        [ms for tally in ours.values() for ms in tally.cpu_ms],
        sum(tally.abstained for tally in ours.values()),
    )
    cpu_ms = float(np.median(every.cpu_ms))
    figures = {
        **_errors(every),
        "wrong": sum(mm > FAR_MM or deg > FAR_DEG for mm, deg in zip(every.mm, every.deg, strict=True)),
        "abstained": every.abstained,
        "pictures": placements * len(LIGHTINGS),
        "cpu_ms": round(cpu_ms, 2),
        "cpu_percent": round(cpu_ms * RATE_HZ / 10, 2),
        "rate_hz": RATE_HZ,
        "painter": float(renderer == "painter"),
    }
    for name, tally in ours.items():
        figures |= {f"{name}_{key}": value for key, value in _errors(tally).items()}
        figures[f"{name}_abstained"] = tally.abstained
    anchor = {f"{name}_{key}": value for name, tally in theirs.items() for key, value in _errors(tally).items()}
    return Outcome("detector", figures, anchor, REACH)


def _errors(tally: Tally) -> dict[str, float]:
    if not tally.mm:
        return {"p50_mm": float("nan"), "p95_mm": float("nan"), "p50_deg": float("nan"), "p95_deg": float("nan")}
    return {
        "p50_mm": round(float(np.percentile(tally.mm, 50)), 2),
        "p95_mm": round(float(np.percentile(tally.mm, 95)), 2),
        "p50_deg": round(float(np.percentile(tally.deg, 50)), 2),
        "p95_deg": round(float(np.percentile(tally.deg, 95)), 2),
    }


if __name__ == "__main__":
    sys.exit(main())
