"""LeRobot opens, decodes, merges, edits and agrees with what we write."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.datasets import Dataset, DatasetFormatMismatch, EpisodeFacts, TakeWriter, VideoCodec
from app.datasets.columns import stats_of
from app.datasets.disk import Disk
from app.datasets.episodes import read_episode_tables
from app.datasets.layout import INFO, STATS, video_key
from app.datasets.models import CameraFormat, DatasetFormat, Picture, Row
from app.datasets.tables import read_tasks
from tests.datasets.oracle import Oracle, frames_for_lerobot
from tests.datasets.scenes import JOINTS, QUICK, UnsyncedDisk, i420, record, record_with, small_format

pytestmark = [pytest.mark.lerobot, pytest.mark.filterwarnings("ignore")]
FORMAT = small_format()


def save(dataset: Dataset, takes: Path, first: int, rows: int, task: str = "Stack the bricks") -> tuple[int, int]:
    """Save one episode whose codes begin at `first`; what the oracle expects of it."""
    record(takes, f"take-{first}", rows=rows, first=first, task=task, format=dataset.format).stop()
    dataset.commit(takes, f"take-{first}", EpisodeFacts("", outcome="success", cluster=f"A{first}"))
    return first, rows


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    return tmp_path / "takes"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)


@pytest.mark.parametrize("codec", list(VideoCodec))
def test_every_frame_is_the_one_recorded(tmp_path: Path, takes: Path, lerobot: Oracle, codec: VideoCodec) -> None:
    format = small_format(codec)
    dataset = Dataset.create(tmp_path / "datasets/bricks", format, QUICK)
    episodes = [save(dataset, takes, 0, 13), save(dataset, takes, 200, 1), save(dataset, takes, 400, 8, "Another task")]

    opened = lerobot.check(dataset.folder, format, episodes)

    assert opened[20]["task"] == "Another task"
    assert opened.meta.episodes["studio/outcome"] == ["success"] * 3
    assert opened.meta.video_keys == [video_key(camera.name) for camera in format.cameras]


def test_a_single_episode_can_be_chosen(dataset: Dataset, takes: Path, lerobot: Oracle) -> None:
    for first in (0, 100, 200):
        save(dataset, takes, first, 6)
    chosen = lerobot.open(dataset.folder, episodes=[1])
    assert [float(chosen[index]["observation.state"][0]) for index in range(6)] == [80.0 + n for n in range(6)]


def test_lerobot_opens_after_every_step_of_a_save_and_an_undo(dataset: Dataset, takes: Path, lerobot: Oracle) -> None:
    class Watching(UnsyncedDisk):
        opened = 0

        def rename(self, source: Path, target: Path) -> None:
            super().rename(source, target)
            self.look()

        def remove(self, path: Path) -> None:
            super().remove(path)
            self.look()

        def look(self) -> None:
            seen = lerobot.open(dataset.folder)
            assert seen.num_episodes == json.loads((dataset.folder / INFO).read_text())["total_episodes"]
            for index in (0, len(seen) - 1):
                assert float(seen[index]["observation.state"][0]) in (-20.0, 84.0, 183.0)
            Watching.opened += 1

    save(dataset, takes, 0, 5)
    save(dataset, takes, 100, 5)
    watched = Dataset.open(dataset.folder, Watching())
    record(takes, "watched", rows=4, first=200).stop()

    watched.commit(takes, "watched", EpisodeFacts("watched"))
    after_save = Watching.opened
    watched.undo_last(takes)

    assert after_save > 8
    assert Watching.opened > after_save + 6


def test_compacted_and_taken_back_it_still_opens(dataset: Dataset, takes: Path, lerobot: Oracle) -> None:
    episodes = [save(dataset, takes, 100 * number, 4 + number) for number in range(5)]
    assert dataset.compact()
    lerobot.check(dataset.folder, FORMAT, episodes)

    dataset.undo_last(takes)
    dataset.undo_last(takes)
    lerobot.check(dataset.folder, FORMAT, episodes[:3])

    episodes = [*episodes[:3], save(dataset, takes, 900, 6)]
    lerobot.check(dataset.folder, FORMAT, episodes)


@pytest.mark.parametrize("ours_first", [True, False])
def test_merged_with_one_that_lerobot_recorded(
    tmp_path: Path, dataset: Dataset, takes: Path, lerobot: Oracle, ours_first: bool
) -> None:
    ours = [save(dataset, takes, 0, 7), save(dataset, takes, 100, 5)]
    theirs = [(300, 6), (400, 4)]
    other = lerobot.record(tmp_path / "theirs", dataset.folder, FORMAT, theirs)
    mine = lerobot.open(dataset.folder)
    assert other.meta.features == mine.meta.features

    parts = [(mine, ours), (other, theirs)] if ours_first else [(other, theirs), (mine, ours)]
    merged = tmp_path / "datasets/merged"
    lerobot.tools.merge_datasets([one for one, _ in parts], "local/merged", merged)

    expected = [episode for _, episodes in parts for episode in episodes]
    lerobot.check(merged, FORMAT, expected)
    reopened = Dataset.open(merged, QUICK)
    clusters = [episode.facts.cluster for episode in reopened.episodes()]
    assert clusters == (["A0", "A100", "", ""] if ours_first else ["", "", "A0", "A100"])
    expected.append(save(reopened, takes, 700, 5))
    lerobot.check(merged, FORMAT, expected)
    assert [episode.facts.cluster for episode in reopened.episodes()][:4] == clusters


def test_appending_after_delete_episodes(tmp_path: Path, dataset: Dataset, takes: Path, lerobot: Oracle) -> None:
    episodes = [save(dataset, takes, 100 * number, 5) for number in range(4)]
    known = {new: dataset.episode(old).facts for new, old in enumerate((0, 2, 3))}
    edited = tmp_path / "datasets/edited"
    lerobot.tools.delete_episodes(lerobot.open(dataset.folder), [1], edited, "local/edited")
    episodes.pop(1)
    lerobot.check(edited, FORMAT, episodes)

    opened = Dataset.open(edited, QUICK)
    assert [episode.facts.uuid for episode in opened.episodes()] == ["", "", ""]
    opened.reattach(known)
    assert [episode.facts.cluster for episode in opened.episodes()] == ["A0", "A200", "A300"]
    episodes.append(save(opened, takes, 800, 6))
    lerobot.check(edited, FORMAT, episodes)


def test_appending_after_delete_episodes_without_the_facts(
    tmp_path: Path, dataset: Dataset, takes: Path, lerobot: Oracle
) -> None:
    episodes = [save(dataset, takes, 100 * number, 5) for number in range(3)]
    edited = tmp_path / "datasets/edited"
    lerobot.tools.delete_episodes(lerobot.open(dataset.folder), [0], edited, "local/edited")

    episodes = [*episodes[1:], save(Dataset.open(edited, QUICK), takes, 800, 6)]

    lerobot.check(edited, FORMAT, episodes)


def test_lerobot_resumes_our_dataset_and_we_go_on(dataset: Dataset, takes: Path, lerobot: Oracle) -> None:
    episodes = [save(dataset, takes, 0, 5)]
    features = json.loads((dataset.folder / INFO).read_text())["features"]
    resumed = lerobot.dataset_class.resume("local/test", root=dataset.folder)
    for frame in frames_for_lerobot(features, FORMAT, 500, 4):
        resumed.add_frame(frame)
    resumed.save_episode(parallel_encoding=False)
    resumed.finalize()

    episodes += [(500, 4), save(Dataset.open(dataset.folder, QUICK), takes, 700, 5)]
    lerobot.check(dataset.folder, FORMAT, episodes)


def test_a_foreign_dataset_is_listed_and_refused(tmp_path: Path, dataset: Dataset, lerobot: Oracle) -> None:
    plain = tmp_path / "plain"
    shutil.copytree(dataset.folder, plain)
    head = json.loads((plain / INFO).read_text())
    head["features"] = {
        key: feature for key, feature in head["features"].items() if key.split(".")[0] in ("action", "observation")
    }
    (plain / INFO).write_text(json.dumps(head))
    lerobot.record(tmp_path / "datasets/foreign", plain, FORMAT, [(0, 6), (100, 4)])

    foreign = Dataset.open(tmp_path / "datasets/foreign", QUICK)

    summary = foreign.summary()
    assert (summary.episodes, summary.frames, summary.studio_columns) == (2, 10, False)
    assert summary.joints == JOINTS
    assert foreign.format == FORMAT
    second = foreign.episode(1)
    assert (second.length, second.has_facts, second.facts.outcome) == (4, False, "")
    path, begin, end = foreign.video_file(1, "top")
    assert path.is_file()
    assert (begin, end) == (pytest.approx(6 / 30), pytest.approx(10 / 30))
    assert foreign.signals(1)["observation.state"][:, 0].tolist() == [80.0, 81.0, 82.0, 83.0]
    with pytest.raises(DatasetFormatMismatch, match=r"no column capture\.monotonic_s"):
        foreign.require_format(FORMAT)
    assert not foreign.compact()  # LeRobot packed it into one file each


# ---- statistics ----


def noisy_take(takes: Path, disk: Disk, format: DatasetFormat, rows: int) -> tuple[TakeWriter, dict[str, list]]:
    """A take of drifting noise; also the pictures as RGB."""
    rng = np.random.default_rng(5)
    writer = record_with(disk, takes, "noise", format, rows=0, first=0)
    seen: dict[str, list] = {camera.name: [] for camera in format.cameras}
    base = {
        camera.name: cv2.GaussianBlur(rng.integers(0, 256, (camera.height, camera.width, 3), dtype=np.uint8), (0, 0), 3)
        for camera in format.cameras
    }
    for number in range(rows):
        pictures = {}
        for camera in format.cameras:
            stretched = (base[camera.name].astype(int) - 128) * 5 + 128 + number // 4
            rgb = np.roll(np.clip(stretched, 0, 255).astype(np.uint8), 2 * number, axis=1)
            planes = i420(rgb)
            pictures[camera.name] = Picture(planes, float(rng.uniform(5, 40)), bool(rng.integers(0, 2)))
            seen[camera.name].append(cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420))
        state = rng.normal(size=6).astype(np.float32)
        writer.append(Row(1e5 + number / 30, state, state * 2, bool(number % 3)), pictures)
    return writer, seen


def test_statistics_equal_lerobots(tmp_path: Path, takes: Path, lerobot: Oracle) -> None:
    format = DatasetFormat(30, "so_follower", JOINTS, (CameraFormat("top", 640, 480), CameraFormat("left", 96, 64)))
    dataset = Dataset.create(tmp_path / "datasets/bricks", format, QUICK)
    writer, seen = noisy_take(takes, QUICK, format, rows=60)
    writer.stop()
    dataset.commit(takes, "noise", EpisodeFacts("noise"))
    head = dataset.head
    stored = json.loads((dataset.folder / STATS).read_text())

    columns = dataset.signals(0)
    theirs = lerobot.stats.compute_episode_stats(columns, {key: dict(head.features[key]) for key in columns})
    for key, expected in theirs.items():
        for name, value in expected.items():
            assert np.shape(stored[key][name]) == np.shape(value), (key, name)
            np.testing.assert_allclose(stored[key][name], value, rtol=1e-4, atol=1e-6, err_msg=f"{key} {name}")

    for camera in format.cameras:
        small = [lerobot.stats.auto_downsample_height_width(one.transpose(2, 0, 1)) for one in seen[camera.name]]
        theirs = lerobot.stats.get_feature_stats(np.stack(small), axis=(0, 2, 3), keepdims=True)
        mine = stored[video_key(camera.name)]
        for name, value in theirs.items():
            if name == "count":
                assert mine[name] == [20]  # every third of 60 pictures; LeRobot counts its own sample
            else:
                assert np.shape(mine[name]) == (3, 1, 1)
                np.testing.assert_allclose(mine[name], value[0] / 255, atol=0.02, err_msg=f"{camera.name} {name}")


def test_dataset_statistics_are_lerobots_aggregate(dataset: Dataset, takes: Path, lerobot: Oracle) -> None:
    for first in (0, 100, 250):
        save(dataset, takes, first, 5 + first // 50)
    parts = [stats_of(row) for row in read_episode_tables(dataset.folder).to_pylist()]
    theirs = lerobot.stats.aggregate_stats(parts)

    def same(stored: dict) -> None:
        assert stored.keys() == theirs.keys()
        for key, one in theirs.items():
            for name, value in one.items():
                np.testing.assert_allclose(stored[key][name], value, rtol=1e-5, atol=1e-7, err_msg=f"{key} {name}")

    same(json.loads((dataset.folder / STATS).read_text()))
    save(dataset, takes, 500, 5)
    dataset.undo_last(takes)
    same(json.loads((dataset.folder / STATS).read_text()))


def test_tasks_are_read_as_lerobot_reads_them(dataset: Dataset, takes: Path, lerobot: Oracle) -> None:
    for number, task in enumerate(("One", "Two", "One", "Ünicode / three")):
        save(dataset, takes, 100 * number, 3, task)
    opened = lerobot.open(dataset.folder)
    assert opened.meta.tasks.index.tolist() == read_tasks(dataset.folder) == ["One", "Two", "Ünicode / three"]
    assert [opened[index]["task"] for index in (0, 3, 6, 9)] == ["One", "Two", "One", "Ünicode / three"]
