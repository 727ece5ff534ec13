"""kill -9 of a recording process at random moments: what is lost, and whether the dataset loads.

A child records takes of three 640x480 cameras in real time and saves them; it
says what it has appended and saved. The parent kills it, recovers as the studio
does at start-up, and compares. LeRobot itself opens the dataset after every
kill. A share of the kills is of everything: a whole studio with its three
processes (`crash_studio.py`). Anchor: LeRobot's own recorder, killed after three
saved episodes.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.datasets import DatasetFormat, DatasetStore, EpisodeFacts, Picture, Row, TakeWriter, unfinished_takes
from app.datasets.video import count_frames
from bench.crash_studio import kill_studios
from bench.outcome import Outcome, Reach
from bench.save import CAMERAS, FORMAT, FPS, JOINTS, Anchor, rendered

REACH = {"saved_lost": Reach(at_most=0), "take_lost_s": Reach(at_most=1.0), "loads_share": Reach(at_least=1.0)}
NAME = "bench"


@dataclass(frozen=True)
class Said:
    """What the child had reported before it died."""

    saved: int
    uuid: str
    rows: int


def child(folder: Path, format: DatasetFormat = FORMAT) -> None:
    """Record and save until killed."""
    planes = [cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420) for picture in rendered()]
    store = DatasetStore(folder / "datasets")
    dataset = store.open(NAME) if NAME in store.names() else store.create(NAME, format)
    dice = random.Random()
    while True:
        uuid = f"take-{time.monotonic_ns()}"
        facts = EpisodeFacts(uuid)
        writer = TakeWriter.begin(folder / "takes", uuid=uuid, dataset=NAME, format=format, task="Bench", facts=facts)
        begin = time.monotonic()
        for number in range(dice.randint(10, 75)):
            time.sleep(max(0.0, begin + number / FPS - time.monotonic()))
            joints = np.full(len(JOINTS), number, np.float32)
            shots = {
                name: Picture(planes[(number + 7 * i) % len(planes)], 5.0, False) for i, name in enumerate(CAMERAS)
            }
            writer.append(Row(time.monotonic(), joints, joints), shots)
            say("row", uuid, number + 1)
        writer.stop()
        dataset.commit(folder / "takes", uuid, facts)
        say("saved", uuid, dataset.total_episodes)


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def anchor_child(folder: Path) -> None:
    """LeRobot's recorder: three saved episodes, then a fourth until killed."""
    anchor, pictures = Anchor(folder / "anchor"), rendered()
    for number in range(3):
        anchor.record_and_save(pictures, 0.3)
        say("saved", "-", number + 1)
    while True:
        time.sleep(1)


def run_and_kill(arguments: list[str], seconds: float) -> list[list[str]]:
    """Start this script with `arguments`, kill it `seconds` after its first word; its words."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.crash", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.wait()
    process.stdout.close()
    return [line.split() for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]


def said(words: list[list[str]], before: int) -> Said:
    saved, uuid, rows = before, "", 0
    for what, who, count in words:
        if what == "saved":
            saved, uuid, rows = int(count), "", 0
        else:
            uuid, rows = who, int(count)
    return Said(saved, uuid, rows)


def examine(folder: Path, before: int, told: Said) -> tuple[int, int, float]:
    """Recover as at start-up; (episodes now, saved episodes lost, seconds of the running take lost)."""
    store = DatasetStore(folder / "datasets")
    store.recover()
    dataset = store.open(NAME)
    takes = {take.uuid: take for take in unfinished_takes(folder / "takes")}
    uuids = [episode.facts.uuid for episode in dataset.episodes()]
    whole = sum(is_whole(dataset, index) for index in range(before, len(uuids)))
    lost = max(0, told.saved - before - whole)
    if not told.uuid or told.uuid in uuids:
        return len(uuids), lost, 0.0
    kept = takes[told.uuid].rows if told.uuid in takes else 0
    for uuid in takes:
        dataset.commit(folder / "takes", uuid, EpisodeFacts(uuid)) if takes[uuid].rows else None
    return dataset.total_episodes, lost, max(0, told.rows - kept) / FPS


def is_whole(dataset: Any, index: int) -> bool:
    """Whether an episode's rows and every camera's frames are all there."""
    length = dataset.episode(index).length
    rows = len(dataset.signals(index)["index"])
    return rows == length and all(count_frames(dataset.video_file(index, name)[0]) == length for name in CAMERAS)


def loads(folder: Path) -> bool:
    """Whether LeRobot opens the dataset and reads its last item."""
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    try:
        dataset = LeRobotDataset("bench/local", root=folder, video_backend="pyav")
        dataset[len(dataset) - 1]
    except Exception as error:  # whatever LeRobot raises, it did not load
        logging.getLogger(__name__).info("%s", error)
        return False
    return True


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="eight kills instead of a hundred and twenty")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--anchor-child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    if arguments.child or arguments.anchor_child:
        child(arguments.child) if arguments.child else anchor_child(arguments.anchor_child)
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-crash-") as folder:
        os.environ["HF_HOME"] = f"{folder}/hf"
        report(Path(folder), *((6, 2) if arguments.quick else (100, 20)))
    return 0


def report(folder: Path, kills: int, studio_kills: int) -> None:
    dice = random.Random(time.time_ns())
    episodes, lost, worst, loaded, tried = 0, 0, 0.0, 0, 0
    anchor_words: list[list[str]] = []
    for number in range(kills):
        told = said(run_and_kill(["--child", str(folder)], dice.uniform(0.05, 4.0)), episodes)
        episodes, gone, seconds = examine(folder, episodes, told)
        lost, worst = lost + gone, max(worst, seconds)
        if episodes:
            tried += 1
            loaded += loads(folder / "datasets" / NAME)
        if number == kills // 2:
            anchor_words = run_and_kill(["--anchor-child", str(folder)], 0.5 if kills > 10 else 6.0)
    everything = kill_studios(folder / "studio", studio_kills, loads)
    lost, worst = lost + everything.saved_lost, max(worst, everything.take_s)
    loaded, tried = loaded + everything.loaded, tried + everything.kills
    anchor_saved = sum(words[0] == "saved" for words in anchor_words)
    figures = {
        "kills": kills,
        "kills_of_everything": studio_kills,
        "saved": episodes + everything.saved,
    }
    figures |= {"saved_lost": lost, "take_lost_s": round(worst, 3), "studio_take_lost_s": round(everything.take_s, 3)}
    figures["loads_share"] = loaded / tried if tried else float("nan")
    anchor = {"saved": anchor_saved, "loads_share": float(loads(folder / "anchor"))}
    print(Outcome("crash", figures, anchor, REACH).line())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
