"""stop -> saved: how long an operator waits after a take, and whether it grows with the dataset.

Ours: `TakeWriter.stop` and `Dataset.commit` of a 15 s take of three 640x480
cameras, durable on return. Frames are pre-rendered and fed as fast as the
encoders take them; the encoders catch up before the stop, as they have at
30 fps. Anchor: LeRobot's own recorder in its default mode, `save_episode`, of
shorter takes (its time is per recorded second).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.datasets import CameraFormat, Dataset, DatasetFormat, EpisodeFacts, Picture, Row, TakeWriter

FPS = 30
TAKE_S = 15
SAVES = 50
CAMERAS = ("top", "gripper", "left")
JOINTS = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")
FORMAT = DatasetFormat(FPS, "so_follower", JOINTS, tuple(CameraFormat(name, 640, 480) for name in CAMERAS))
REACH = {"stop_to_saved_s": 0.5, "fiftieth_to_first": 1.5}


def rendered(count: int = 30) -> list[np.ndarray]:
    """`count` RGB pictures (480, 640, 3) of a textured table with a moving brick."""
    rng = np.random.default_rng(1)
    table = cv2.GaussianBlur(rng.integers(90, 170, (480, 640, 3), dtype=np.uint8), (0, 0), 2)
    pictures = []
    for number in range(count):
        picture = table.copy()
        x = 100 + 12 * number
        cv2.rectangle(picture, (x, 200), (x + 60, 260), (200, 40, 30), -1)
        cv2.line(picture, (320, 0), (x + 30, 200), (30, 30, 30), 18)
        pictures.append(picture)
    return pictures


def record_and_save(dataset: Dataset, takes: Path, pictures: list[np.ndarray], seconds: float) -> float:
    """Record one take and return the seconds from stop to saved."""
    uuid = f"take-{time.monotonic_ns()}"
    facts = EpisodeFacts(uuid)
    writer = TakeWriter.begin(takes, uuid=uuid, dataset=dataset.name, format=FORMAT, task="Bench", facts=facts)
    for number in range(round(seconds * FPS)):
        joints = np.full(len(JOINTS), number % 90, np.float32)
        shots = {
            name: Picture(pictures[(number + 7 * i) % len(pictures)], 5.0, False) for i, name in enumerate(CAMERAS)
        }
        writer.append(Row(number / FPS, joints, joints), shots)
    writer.sync()
    begin = time.perf_counter()
    writer.stop()
    dataset.commit(takes, uuid, facts)
    return time.perf_counter() - begin


class Anchor:
    """LeRobot's recorder in its default mode."""

    def __init__(self, folder: Path) -> None:
        from lerobot.datasets.lerobot_dataset import LeRobotDataset

        vector = {"dtype": "float32", "shape": (6,), "names": [f"{joint}.pos" for joint in JOINTS]}
        features: dict[str, Any] = {"action": vector, "observation.state": dict(vector)}
        for name in CAMERAS:
            video = {"dtype": "video", "shape": (480, 640, 3), "names": ["height", "width", "channels"]}
            features[f"observation.images.{name}"] = video
        self._dataset = LeRobotDataset.create("bench/anchor", FPS, features, root=folder, image_writer_threads=4)

    def record_and_save(self, pictures: list[np.ndarray], seconds: float) -> float:
        for number in range(round(seconds * FPS)):
            joints = np.full(6, number % 90, np.float32)
            frame: dict[str, Any] = {"task": "Bench", "action": joints, "observation.state": joints}
            frame |= {f"observation.images.{name}": pictures[number % len(pictures)] for name in CAMERAS}
            self._dataset.add_frame(frame)
        begin = time.perf_counter()
        self._dataset.save_episode()
        return time.perf_counter() - begin


def take_lengths(quick: bool) -> list[float]:
    """Fifty takes; in quick mode all but the first and last three are of half a second."""
    if not quick:
        return [TAKE_S] * SAVES
    return [TAKE_S] * 3 + [0.5] * (SAVES - 6) + [TAKE_S] * 3


def measure(folder: Path, quick: bool) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """(recorded seconds, stop-to-saved seconds) of our saves and of the anchor's, alternating."""
    rgb = rendered()
    planes = [cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420) for picture in rgb]
    dataset = Dataset.create(folder / "datasets/bench", FORMAT)
    record_and_save(dataset, folder / "takes", planes, 0.5)  # the first take of a process also loads code
    anchor = Anchor(folder / "anchor")
    anchor_s = 1.0 if quick else 5.0
    ours, theirs = [], []
    for number, seconds in enumerate(take_lengths(quick)):
        ours.append((seconds, record_and_save(dataset, folder / "takes", planes, seconds)))
        if number in (0, SAVES // 2, SAVES - 1):
            theirs.append((anchor_s, anchor.record_and_save(rgb, anchor_s)))
    return ours, theirs


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: most takes are short")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="bench-save-") as folder:
        os.environ.setdefault("HF_HOME", f"{folder}/hf")
        ours, theirs = measure(Path(folder), arguments.quick)
    whole = [taken for seconds, taken in ours if seconds == TAKE_S]
    ratio = statistics.median(whole[-3:]) / statistics.median(whole[:3])
    worst = max(whole)
    figures = {
        "stop_to_saved_s": round(statistics.median(whole), 3),
        "worst_s": round(worst, 3),
        "fiftieth_to_first": round(ratio, 2),
        "takes_of_15_s": len(whole),
        "saves": len(ours),
    }
    anchor = {
        "recorded_s": theirs[0][0],
        "stop_to_saved_s": round(statistics.median(taken for _, taken in theirs), 2),
        "per_recorded_s": round(statistics.median(taken / seconds for seconds, taken in theirs), 2),
    }
    holds = figures["stop_to_saved_s"] <= REACH["stop_to_saved_s"] and ratio <= REACH["fiftieth_to_first"]
    print(json.dumps({"bench": "save", "figures": figures, "anchor": anchor, "reach": REACH, "holds": holds}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
