"""A trimmed episode is a whole episode, and everybody else is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.datasets import Cut, Dataset, decode, editing, entries, freeze, put_in_place, restore, trim
from app.datasets.cuts import CutInvalid
from app.datasets.errors import DatasetChanged, EpisodeNotFound
from app.datasets.layout import INFO, STATS
from app.datasets.store import DatasetStore
from app.datasets.video import count_frames
from tests.datasets.oracle import Oracle
from tests.datasets.saving import filled, save, uuids
from tests.datasets.scenes import QUICK, DyingDisk, Killed, i420_code, small_format

FORMAT = small_format()
EPISODES = [(0, 9), (100, 12), (200, 7), (300, 6)]


def cut(folder: Path, cuts: list[Cut], work: Path, disk=QUICK) -> None:
    """What the job does, without the job."""
    with editing(folder, disk):
        source = freeze(folder, work / "source", disk)
        made = work / "made"
        disk.make_folder(made)
        trim(source.copy, made, cuts, lambda words, step, steps: None, disk)
        put_in_place(source, made, "Before a trim", "local", disk)


def codes(dataset: Dataset, index: int, camera: str = "top") -> list[int]:
    """The numbers in the pictures of an episode, as its video spans say."""
    path, begin, end = dataset.video_file(index, camera)
    fps = dataset.head.fps
    format = next(one for one in FORMAT.cameras if one.name == camera)
    return [i420_code(picture, format) for picture in decode(path, round(begin * fps), round(end * fps))]


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize(("start", "stop"), [(2, 12), (3, 12), (0, 7), (5, 9), (0, 2)])
def test_rows_and_pictures_are_the_kept_ones(tmp_path: Path, compact: bool, start: int, stop: int) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES, compact=compact)
    before = dataset.episodes()
    cut(dataset.folder, [Cut(1, start, stop, "new")], tmp_path)

    after = dataset.episodes()
    assert [episode.length for episode in after] == [9, stop - start, 7, 6]
    assert uuids(dataset) == [before[0].facts.uuid, "new", before[2].facts.uuid, before[3].facts.uuid]
    assert after[1].facts.parent_uuid == before[1].facts.uuid
    assert after[1].facts.cluster == before[1].facts.cluster
    assert dataset.total_frames == 22 + stop - start
    for index, (first, rows) in enumerate(EPISODES):
        expected = list(range(first, first + rows))[start if index == 1 else 0 : stop if index == 1 else rows]
        signals = dataset.signals(index)
        assert (signals["observation.state"][:, 0] + 20).tolist() == expected
        assert signals["frame_index"].tolist() == list(range(len(expected)))
        for camera in ("top", "gripper"):
            assert codes(dataset, index, camera) == expected
    everything = np.concatenate([dataset.signals(index)["index"] for index in range(4)])
    assert everything.tolist() == list(range(22 + stop - start))


def test_statistics_are_those_of_what_is_left(tmp_path: Path) -> None:
    dataset = filled(tmp_path / "datasets/bricks", [(0, 10), (100, 10)])
    cut(dataset.folder, [Cut(1, 4, 10, "new")], tmp_path)
    stats = json.loads((dataset.folder / STATS).read_text())
    assert stats["action"]["count"] == [16]
    assert stats["action"]["max"][0] == pytest.approx(109 - 20 + 0.5)
    assert stats["index"]["max"] == [15]
    assert stats["observation.images.top"]["count"][0] < 10


def test_several_cuts_in_one_file_leave_no_dead_pictures(tmp_path: Path) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES, compact=True)
    cut(dataset.folder, [Cut(0, 1, 8, "a"), Cut(1, 3, 9, "b")], tmp_path)
    videos = sorted((dataset.folder / "videos/observation.images.top").glob("*/*.mp4"))
    assert sum(count_frames(video) for video in videos) == dataset.total_frames == 7 + 6 + 7 + 6
    assert codes(dataset, 2) == list(range(200, 207))
    assert dataset.compact()
    assert codes(dataset, 1) == list(range(103, 109))


def test_recording_goes_on_after_a_trim(tmp_path: Path) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES[:2])
    cut(dataset.folder, [Cut(0, 2, 9, "new")], tmp_path)
    save(dataset, tmp_path / "takes", 500, 5)
    assert codes(dataset, 2) == list(range(500, 505))
    dataset.undo_last(tmp_path / "takes")
    assert [episode.length for episode in dataset.episodes()] == [7, 12]


def test_what_stood_there_before_lies_in_the_trash(tmp_path: Path) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES)
    (dataset.folder / "meta/studio/reviews.jsonl").write_text('{"uuid": "bricks-0"}\n')
    cut(dataset.folder, [Cut(1, 2, 8, "new")], tmp_path)
    assert (dataset.folder / "meta/studio/reviews.jsonl").read_text() == '{"uuid": "bricks-0"}\n'
    (entry,) = entries(tmp_path / "datasets")
    assert (entry.name, entry.what, entry.episodes, entry.frames) == ("bricks", "Before a trim", 4, 34)
    restore(tmp_path / "datasets", entry.id, "bricks-before", QUICK)
    assert codes(Dataset.open(tmp_path / "datasets/bricks-before"), 1) == list(range(100, 112))


def test_a_save_meanwhile_wins(tmp_path: Path) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES[:2])
    source = freeze(dataset.folder, tmp_path / "source", QUICK)
    (tmp_path / "made").mkdir()
    trim(source.copy, tmp_path / "made", [Cut(0, 2, 9, "new")], lambda words, step, steps: None, QUICK)
    save(dataset, tmp_path / "takes", 500, 5)
    with pytest.raises(DatasetChanged, match="changed while"):
        put_in_place(source, tmp_path / "made", "Before a trim", "local", QUICK)
    assert [episode.length for episode in dataset.episodes()] == [9, 12, 5]
    assert entries(tmp_path / "datasets") == []


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Cut(9, 0, 5, "x"), EpisodeNotFound),
        (Cut(0, 0, 9, "x"), CutInvalid),
        (Cut(0, 5, 6, "x"), CutInvalid),
        (Cut(0, 5, 20, "x"), CutInvalid),
        (Cut(0, -1, 5, "x"), CutInvalid),
    ],
)
def test_a_cut_that_makes_no_sense_is_refused(tmp_path: Path, wrong: Cut, error: type[Exception]) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES[:1])
    with pytest.raises(error):
        cut(dataset.folder, [wrong], tmp_path)
    assert dataset.episode(0).length == 9


def test_a_crash_at_any_step_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Killed before every rename, removal and swap, then started again; until an edit gets through."""
    outcomes = []
    for at in range(200):
        root = tmp_path / str(at)
        dataset = filled(root / "datasets/bricks", EPISODES[:3])
        try:
            cut(dataset.folder, [Cut(1, 3, 9, "new")], root, DyingDisk(at))
            died = False
        except Killed:
            died = True
        DatasetStore(root / "datasets", QUICK).recover()
        again = Dataset.open(dataset.folder, QUICK)
        lengths = [episode.length for episode in again.episodes()]
        assert lengths in ([9, 12, 7], [9, 6, 7]), at
        assert codes(again, 1) == list(range(100, 112) if lengths[1] == 12 else range(103, 109)), at
        assert json.loads((again.folder / INFO).read_text())["total_frames"] == sum(lengths)
        assert not [path.name for path in (root / "datasets").glob(".*.g*")], at
        save(again, root / "takes", 700, 4)
        outcomes.append(lengths[1])
        if not died:
            break
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {12, 6}


@pytest.mark.lerobot
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("compact", [False, True])
def test_lerobot_finds_the_kept_frames(tmp_path: Path, lerobot: Oracle, compact: bool) -> None:
    dataset = filled(tmp_path / "datasets/bricks", EPISODES, compact=compact)
    cut(dataset.folder, [Cut(1, 3, 12, "b"), Cut(3, 0, 4, "d")], tmp_path)
    opened = lerobot.open(dataset.folder)
    assert opened.num_episodes == 4
    expected = [*range(9), *range(103, 112), *range(200, 207), *range(300, 304)]
    assert [round(float(opened[n]["observation.state"][0]) + 20) for n in range(len(opened))] == expected
    for n in (0, 8, 9, 13, 17, 18, 24, 25, 28):
        picture = (opened[n]["observation.images.top"].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        from tests.datasets.scenes import read_code

        assert read_code(picture, FORMAT.cameras[0]) == expected[n]
    lerobot.tools.merge_datasets([opened], "local/again", tmp_path / "again")
