"""stop -> saved: how long an operator waits after a take, and whether it grows with the dataset.

Ours: `TakeWriter.stop` and `Dataset.commit` of a 15 s take of three 640x480
cameras, durable on return. Frames are pre-rendered and fed as fast as the
encoders take them; the encoders catch up before the stop, as they have at
30 fps. Anchor: LeRobot's own recorder in its default mode, `save_episode`, of
shorter takes (its time is per recorded second).
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from app.datasets import CameraFormat, Dataset, DatasetFormat, EpisodeFacts, Picture, Row, TakeWriter
from bench.outcome import Outcome, Reach

FPS = 30
TAKE_S = 15
SAVES = 50
CAMERAS = ("top", "gripper", "left")
JOINTS = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")
FORMAT = DatasetFormat(FPS, "so_follower", JOINTS, tuple(CameraFormat(name, 640, 480) for name in CAMERAS))
REACH = {"stop_to_saved_s": Reach(at_most=0.5), "fiftieth_to_first": Reach(at_most=1.5)}


@dataclass(frozen=True)
class Save:
    """A take of `recorded_s`, and what it cost from stop to saved; the processor's share tells load from work."""

    recorded_s: float
    wall_s: float
    cpu_s: float


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


def record_and_save(dataset: Dataset, takes: Path, pictures: list[np.ndarray], seconds: float) -> Save:
    """Record one take of `seconds` and save it."""
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
    begin, begin_cpu = time.perf_counter(), time.process_time()
    writer.stop()
    dataset.commit(takes, uuid, facts)
    return Save(seconds, time.perf_counter() - begin, time.process_time() - begin_cpu)


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

    def record_and_save(self, pictures: list[np.ndarray], seconds: float) -> Save:
        for number in range(round(seconds * FPS)):
            joints = np.full(6, number % 90, np.float32)
            frame: dict[str, Any] = {"task": "Bench", "action": joints, "observation.state": joints}
            frame |= {f"observation.images.{name}": pictures[number % len(pictures)] for name in CAMERAS}
            self._dataset.add_frame(frame)
        begin, begin_cpu = time.perf_counter(), time.process_time()
        self._dataset.save_episode()
        return Save(seconds, time.perf_counter() - begin, time.process_time() - begin_cpu)


def take_lengths(quick: bool) -> list[float]:
    """Fifty takes; in quick mode all but the first and last two are of a fifth of a second."""
    if not quick:
        return [TAKE_S] * SAVES
    return [TAKE_S] * 2 + [0.2] * (SAVES - 4) + [TAKE_S] * 2


def measure(folder: Path, quick: bool) -> tuple[list[Save], list[Save]]:
    """Our saves and the anchor's, alternating."""
    rgb = rendered()
    planes = [cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420) for picture in rgb]
    dataset = Dataset.create(folder / "datasets/bench", FORMAT)
    record_and_save(dataset, folder / "takes", planes, 0.5)  # the first take of a process also loads code
    anchor = Anchor(folder / "anchor")
    anchor_s = 0.5 if quick else 5.0
    ours, theirs = [], []
    for number, seconds in enumerate(take_lengths(quick)):
        ours.append(record_and_save(dataset, folder / "takes", planes, seconds))
        if number in (0, SAVES - 1):
            theirs.append(anchor.record_and_save(rgb, anchor_s))
    return ours, theirs


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute: most takes are short")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    av.logging.set_libav_level(av.logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="bench-save-") as folder:
        os.environ.setdefault("HF_HOME", f"{folder}/hf")
        ours, theirs = measure(Path(folder), arguments.quick)
    whole = [save for save in ours if save.recorded_s == TAKE_S]
    ends = len(whole) // 2 if arguments.quick else 5
    first, last = whole[:ends], whole[-ends:]
    figures = {
        "stop_to_saved_s": round(statistics.median(save.wall_s for save in whole), 3),
        "worst_s": round(max(save.wall_s for save in whole), 3),
        "stop_to_saved_cpu_s": round(statistics.median(save.cpu_s for save in whole), 3),
        "fiftieth_to_first": round(
            statistics.median(save.wall_s for save in last) / statistics.median(save.wall_s for save in first), 2
        ),
        "fiftieth_to_first_cpu": round(
            statistics.median(save.cpu_s for save in last) / statistics.median(save.cpu_s for save in first), 2
        ),
        "takes_of_15_s": len(whole),
        "saves": len(ours),
    }
    anchor = {
        "recorded_s": theirs[0].recorded_s,
        "stop_to_saved_s": round(statistics.median(save.wall_s for save in theirs), 2),
        "per_recorded_s": round(statistics.median(save.wall_s / save.recorded_s for save in theirs), 2),
    }
    print(Outcome("save", figures, anchor, REACH).line())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
