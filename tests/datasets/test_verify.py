"""Verify passes what we and LeRobot write, and finds every corruption that is planted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.datasets import Dataset, VideoCodec
from app.datasets.layout import INFO
from app.datasets.verification import Report, mend, verify
from app.datasets.verification.mending import CannotMend
from tests.datasets.corruptions import ALL, Corruption
from tests.datasets.oracle import Oracle
from tests.datasets.saving import filled, save
from tests.datasets.scenes import QUICK, small_format

FORMAT = small_format()
EPISODES = [(0, 9), (100, 12), (200, 7)]


def quiet(words: str, step: int, steps: int) -> None:
    pass


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("data") / "datasets/bricks", EPISODES).folder


def assert_sound(folder: Path) -> Report:
    report = verify(folder)
    assert report.sound, "\n".join(report.lines())
    return report


@pytest.mark.parametrize("codec", list(VideoCodec))
@pytest.mark.parametrize("compact", [False, True])
def test_what_we_record_is_sound(tmp_path: Path, codec: VideoCodec, compact: bool) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES, format=small_format(codec), compact=compact)
    report = assert_sound(dataset.folder)
    assert (report.episodes, report.frames, report.pictures) == (3, 28, 56)
    assert report.findings == []
    assert report.words == "bricks is sound: 3 episodes, 28 rows and 56 pictures were looked at."


def test_an_empty_dataset_is_sound(tmp_path: Path) -> None:
    assert_sound(Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK).folder)


def test_there_are_twenty_corruptions_and_more() -> None:
    assert len(ALL) >= 20
    assert len({one.code for one in ALL}) >= 20


@pytest.mark.parametrize("planted", ALL, ids=lambda one: one.name)
def test_a_planted_corruption_is_found_and_mended_where_it_can_be(
    tmp_path: Path, sound: Path, planted: Corruption
) -> None:
    folder = tmp_path / "datasets/bricks"
    shutil.copytree(sound, folder)
    planted.plant(folder)

    report = verify(folder)

    found = [one for one in report.findings if one.code == planted.code]
    assert report.sound is (planted.code == "studio_null")
    assert found, "\n".join(report.lines())
    assert all(one.where and one.words for one in report.findings)
    assert bool(report.unmendable) is not planted.mendable, "\n".join(report.lines())
    mended = tmp_path / "mended"
    mended.mkdir()
    if planted.mendable:
        assert mend(folder, mended, report, quiet, QUICK)
        shutil.rmtree(folder)
        assert_sound(mended)
        again = shutil.move(mended, folder)
        save(Dataset.open(Path(again), QUICK), tmp_path / "takes", 800, 4)
        assert_sound(Path(again))
    else:
        assert planted.code in what_is_left(folder, mended, report)


def what_is_left(folder: Path, mended: Path, report: Report) -> set[str]:
    """The faults after a repair that could not mend everything, or that could not even begin."""
    try:
        mend(folder, mended, report, quiet, QUICK)
    except CannotMend:
        return {one.code for one in report.errors}
    return {one.code for one in verify(mended).errors}


def test_a_thousand_faults_of_a_kind_are_counted_not_listed(tmp_path: Path) -> None:
    dataset = filled(tmp_path / "datasets/bricks", [(100 * n, 3) for n in range(30)])
    for path in (dataset.folder / "videos/observation.images.top").glob("*/*.mp4"):
        path.unlink()
    report = verify(dataset.folder)
    assert len(report.findings) == 20
    assert report.more == {"video_missing": 10}
    assert "has 30 faults" in report.words


def test_what_is_no_dataset_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert [one.code for one in verify(tmp_path / "empty").errors] == ["info_unreadable"]


@pytest.mark.lerobot
@pytest.mark.filterwarnings("ignore")
def test_what_lerobot_writes_is_sound(tmp_path: Path, lerobot: Oracle) -> None:
    ours = filled(tmp_path / "datasets/ours", EPISODES, compact=True)
    theirs = lerobot.record(tmp_path / "theirs", ours.folder, FORMAT, [(300, 6), (400, 4), (500, 8)])
    assert_sound(tmp_path / "theirs")

    opened = lerobot.open(ours.folder)
    lerobot.tools.merge_datasets([opened, theirs], "local/merged", tmp_path / "merged")
    assert_sound(tmp_path / "merged")

    lerobot.tools.delete_episodes(theirs, [1], tmp_path / "deleted", "local/deleted")
    assert_sound(tmp_path / "deleted")

    lerobot.tools.split_dataset(theirs, {"a": [0], "b": [1, 2]}, tmp_path / "split")
    assert_sound(tmp_path / "split/a")
    assert_sound(tmp_path / "split/b")

    lerobot.tools.modify_tasks(lerobot.open(tmp_path / "deleted"), new_task="Other words")
    assert_sound(tmp_path / "deleted")

    head = json.loads((tmp_path / "theirs" / INFO).read_text())
    assert "studio" not in head


@pytest.mark.lerobot
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["a_row_is_missing", "pictures_are_missing_at_the_end", "an_episode_is_numbered_twice"]
)
def test_lerobot_opens_what_was_mended(tmp_path: Path, sound: Path, lerobot: Oracle, name: str) -> None:
    folder = tmp_path / "bricks"
    shutil.copytree(sound, folder)
    next(one for one in ALL if one.name == name).plant(folder)
    (tmp_path / "mended").mkdir()
    mend(folder, tmp_path / "mended", verify(folder), quiet, QUICK)
    lengths = {"a_row_is_missing": 11, "pictures_are_missing_at_the_end": 8}
    lerobot.check(tmp_path / "mended", FORMAT, [(0, 9), (100, lengths.get(name, 12)), (200, 7)])
