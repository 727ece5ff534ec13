"""The view of a run: the right rows, the right pictures, statistics without the held-out; LeRobot is the oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.datasets import Dataset
from app.datasets.layout import DatasetHead
from app.datasets.tables import read_stats
from app.training.view import build_view, sample
from tests.datasets.scenes import read_code
from tests.training.recorded import ROWS, TINY, dataset, described


def test_a_step_holds_its_first_observation_and_the_last_target_sent_in_it(tmp_path: Path) -> None:
    made = dataset(tmp_path)
    found = sample(made, 0, made.format.cameras, 10)
    recorded = made.signals(0)
    assert len(found.state) == ROWS // 3
    np.testing.assert_array_equal(found.state, recorded["observation.state"][::3])
    np.testing.assert_array_equal(found.action, recorded["action"][2::3])
    for camera in made.format.cameras:
        codes = [read_code(image, camera) for image in found.pictures[camera.name]]
        assert codes == list(range(0, ROWS, 3))


def test_an_episode_in_a_shared_file_gives_its_own_pictures(tmp_path: Path) -> None:
    made = dataset(tmp_path)
    made.compact()
    camera = made.format.cameras[0]
    assert [read_code(image, camera) for image in sample(made, 4, (camera,), 10).pictures["top"]][:2] == [400, 403]


def test_the_view_has_the_statistics_of_its_episodes_alone(tmp_path: Path) -> None:
    made, run = dataset(tmp_path), described(tmp_path)
    build_view(run, made, tmp_path / "view")
    stats = read_stats(tmp_path / "view")
    assert stats is not None
    states = [sample(made, use.index, (), 10).state for use in run.used for _ in range(use.times)]
    assert [use.uuid for use in run.used] == ["a", "e", "f"]
    np.testing.assert_allclose(stats["observation.state"]["mean"], np.concatenate(states).mean(axis=0), rtol=1e-5)
    head = DatasetHead.read(tmp_path / "view")
    assert (head.fps, head.total_episodes, head.total_frames) == (10, 4, 4 * ROWS // 3)


def test_states_that_tremble_differ_in_every_copy_and_their_actions_do_not(tmp_path: Path) -> None:
    made, run = dataset(tmp_path), described(tmp_path, settings=TINY.model_copy(update={"state_noise": 0.1}))
    build_view(run, made, tmp_path / "view")
    copies = [use for use in run.used for _ in range(3 * use.times)]
    view = Dataset.open(tmp_path / "view")
    assert len(view.episodes()) == len(copies)
    clean = np.concatenate([sample(made, use.index, (), 10).state for use in run.used])
    off = []
    for episode, use in enumerate(copies):
        found = sample(made, use.index, (), 10)
        np.testing.assert_array_equal(view.signals(episode)["action"], found.action)
        off.append(view.signals(episode)["observation.state"] - found.state)
    assert np.abs(off[0] - off[1]).min(axis=0).max() > 0
    np.testing.assert_allclose(np.concatenate(off).std(axis=0), 0.1 * clean.std(axis=0), rtol=0.25)


@pytest.mark.lerobot
def test_lerobot_reads_the_small_view_picture_by_picture(tmp_path: Path) -> None:
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    made, run = dataset(tmp_path), described(tmp_path)
    build_view(run, made, tmp_path / "view")
    opened = LeRobotDataset("local/view", root=tmp_path / "view", delta_timestamps={"action": [0.0, 0.1]})
    assert (opened.num_episodes, opened.num_frames, opened.fps) == (4, 4 * ROWS // 3, 10)
    found = sample(made, 0, tuple(run_cameras(made)), 10)
    item = opened[2]
    np.testing.assert_allclose(item["observation.state"].numpy(), found.state[2])
    np.testing.assert_allclose(item["action"].numpy(), found.action[2:4])
    top = (item["observation.images.top"].numpy() * 255).round().astype(np.uint8).transpose(1, 2, 0)
    np.testing.assert_array_equal(top, found.pictures["top"][2])
    assert item["task"] == "Put the lego brick into the transparent box"


@pytest.mark.lerobot
def test_a_view_of_large_pictures_is_video_that_lerobot_reads(tmp_path: Path) -> None:
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    made = dataset(tmp_path)
    run = described(tmp_path, settings=TINY.model_copy(update={"width": 192, "height": 128}))
    build_view(run, made, tmp_path / "view")
    opened = LeRobotDataset("local/view", root=tmp_path / "view", video_backend="pyav")
    assert (opened.num_episodes, opened.num_frames) == (4, 4 * ROWS // 3)
    assert tuple(opened[5]["observation.images.top"].shape) == (3, 128, 192)
    assert Dataset.open(tmp_path / "view").episode(0).facts.uuid == "a-0"


def run_cameras(made: Dataset) -> list:
    from app.datasets import CameraFormat

    return [CameraFormat(camera.name, 64, 32) for camera in made.format.cameras]
