"""Datasets that LeRobot wrote without us open, play and can be reviewed; what they do not say is unknown."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.datasets import Dataset, DatasetStore, Review, ReviewLog, ReviewVerdict
from app.datasets.models import CameraFormat
from app.review.queue import Order, entries, ordered
from app.web.pages.datasets.datasets import episode_detail
from app.web.pages.datasets.signals import signals_answer
from app.web.pages.review.compare import unit_of
from tests.datasets.oracle import Oracle
from tests.datasets.scenes import coded_rgb

pytestmark = pytest.mark.lerobot

SIZE = CameraFormat("any", 96, 64)


def by_lerobot(
    oracle: Oracle, folder: Path, cameras: list[str], *, names: list[str] | None, state: bool = True, lengths=(6, 9)
) -> Dataset:
    """What `lerobot-record` leaves, with these video features."""
    vector = {"dtype": "float32", "shape": (2,), "names": names}
    table: dict[str, Any] = {"action": vector} | ({"observation.state": vector} if state else {})
    for camera in cameras:
        table[camera] = {"dtype": "video", "shape": (64, 96, 3), "names": ["height", "width", "channels"]}
    made = oracle.dataset_class.create(
        "local/foreign", 10, table, root=folder, robot_type="koch", use_videos=bool(cameras), video_backend="pyav"
    )
    for episode, rows in enumerate(lengths):
        for row in range(rows):
            values = np.array([row + 10 * episode, -row], np.float32)
            frame: dict[str, Any] = {"action": values, "task": "Stack"} | (
                {"observation.state": values} if state else {}
            )
            made.add_frame(frame | {camera: coded_rgb(row, SIZE) for camera in cameras})
        made.save_episode()
    made.finalize()
    return DatasetStore(folder.parent).open(folder.name)


@pytest.mark.parametrize(
    ("cameras", "names"),
    [
        (["observation.image"], None),
        ([f"observation.images.view_{i}" for i in range(6)], ["a", "b"]),
        ([], ["x.pos", "y.pos"]),
    ],
    ids=["one camera of another name", "six cameras", "no camera"],
)
def test_it_opens_plays_and_is_reviewed(lerobot: Oracle, tmp_path: Path, cameras: list[str], names: list[str]) -> None:
    dataset = by_lerobot(lerobot, tmp_path / "foreign", cameras, names=names)
    detail = episode_detail(dataset, 1)
    assert (detail.rows, detail.fps, detail.outcome, detail.kind, detail.studio) == (9, 10, "", "", {})
    assert len(detail.videos) == len(cameras)
    for span in detail.videos.values():
        assert span.missing == ""
        assert span.to_s - span.from_s == pytest.approx(0.9)
    signals = signals_answer(dataset, 1)
    assert signals.state[0] == [10.0 + row for row in range(9)]
    assert signals.named == (names is not None)
    assert (signals.age_ms, signals.repeated, any(signals.recovery)) == ({}, {}, False)
    assert unit_of(dataset) == "units"
    log = ReviewLog(dataset.folder)
    log.add(Review(dataset.key(1), ReviewVerdict.rejected, "too short"))
    found = ordered(entries(dataset, log), Order.unreviewed)
    assert [(entry.index, entry.standing.verdict) for entry in found] == [(0, "none"), (1, "rejected")]


def test_a_missing_video_is_said_and_the_rest_stays(lerobot: Oracle, tmp_path: Path) -> None:
    cameras = ["observation.images.front", "observation.images.wrist"]
    dataset = by_lerobot(lerobot, tmp_path / "foreign", cameras, names=None, state=False)
    shutil.rmtree(dataset.folder / "videos/observation.images.wrist")
    videos = episode_detail(dataset, 0).videos
    assert videos["front"].missing == ""
    assert "is missing" in videos["wrist"].missing
    assert signals_answer(dataset, 0).state == []
    assert len(signals_answer(dataset, 0).action) == 2


def test_a_review_stays_with_its_episode_when_lerobot_deletes_another(lerobot: Oracle, tmp_path: Path) -> None:
    dataset = by_lerobot(lerobot, tmp_path / "foreign", ["observation.images.front"], names=None, lengths=(6, 9, 7))
    before = dataset.keys()
    assert len(set(before)) == 3
    theirs = lerobot.open(dataset.folder)
    lerobot.tools.delete_episodes(theirs, [0], output_dir=tmp_path / "less", repo_id="local/less")
    assert DatasetStore(tmp_path).open("less").keys() == before[1:]
