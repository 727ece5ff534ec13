"""Power loss at every operation of the writer's own log: nothing saved is lost, everything opens."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.datasets import Dataset, DatasetStore, EpisodeFacts, TakeWriter, decode, unfinished_takes
from app.datasets.disk import DISK
from tests.datasets.powerloss import LoggingDisk, ModelDisk
from tests.datasets.scenes import QUICK, i420_code, record_with, scene, small_format

FORMAT = small_format()


class World:
    """A data folder on a logging disk, and the checks of what power loss leaves of it."""

    def __init__(self, folder: Path) -> None:
        self.real = folder / "real"
        self.real.mkdir()
        self.disk = LoggingDisk(self.real)
        self.takes = self.real / "takes"
        self.dataset = Dataset.create(self.real / "datasets/bricks", FORMAT, self.disk)
        self.saved = 0

    def take(self, uuid: str, rows: int, first: int) -> TakeWriter:
        return record_with(self.disk, self.takes, uuid, FORMAT, rows=rows, first=first)

    def save(self, rows: int) -> None:
        uuid = f"take-{self.saved}"
        self.take(uuid, rows, 100 * self.saved).stop()
        self.dataset.commit(self.takes, uuid, EpisodeFacts(uuid, outcome="success"))
        self.saved += 1
        self.disk.mark(("saved", self.saved))

    def every_loss(self, folder: Path, names: str, check: Callable[[Path, dict[str, int]], None], start: int) -> int:
        """Lose power after each operation from `start` on; return how many worlds were checked."""
        model, promised, checked = ModelDisk(), {"saved": 0, "synced": 0}, 0
        for number, operation in enumerate(self.disk.operations):
            model.apply(operation)
            if operation.kind == "mark":
                what, value = operation.mark  # type: ignore[misc]
                promised[what] = value
            if number < start or operation.kind in ("create", "content", "link", "mark"):
                continue
            if operation.kind == "write" and (names != "zeros" or number % 11):
                continue  # changes nothing that is durable; of the lengths that zeros may have, every eleventh
            if names != "durable" and operation.kind != "write" and number % 2:
                continue  # a sync changes little here; every second is enough
            world = folder / "lost"
            model.write_to(world, names=names)
            check(world, dict(promised))
            shutil.rmtree(world)
            checked += 1
        return checked


def open_recovered(world: Path) -> Dataset:
    store = DatasetStore(world / "datasets", QUICK)
    store.recover()
    return store.open("bricks")


def check_episodes(dataset: Dataset, count: int) -> None:
    """Every episode has the rows and pictures it was recorded with."""
    assert dataset.total_episodes == count
    episodes = dataset.episodes()
    assert [episode.index for episode in episodes] == list(range(count))
    for episode in episodes:
        assert episode.facts.uuid == f"take-{episode.index}"
        signals = dataset.signals(episode.index)
        assert signals["frame_index"].tolist() == list(range(episode.length))
        for camera in FORMAT.cameras:
            path, begin, end = dataset.video_file(episode.index, camera.name)
            pictures = list(decode(path, round(begin * 30), round(end * 30)))
            wanted = [100 * episode.index + frame for frame in range(episode.length)]
            assert [i420_code(picture, camera) for picture in pictures] == wanted
    assert dataset.total_frames == sum(episode.length for episode in episodes)


@pytest.mark.parametrize("names", ["durable", "now", "zeros"])
def test_power_loss_during_a_save_leaves_it_whole_or_undone(tmp_path: Path, names: str) -> None:
    world = World(tmp_path)
    world.save(rows=6)
    start = len(world.disk.operations)
    world.save(rows=5)

    def check(lost: Path, promised: dict[str, int]) -> None:
        dataset = open_recovered(lost)
        count = dataset.total_episodes
        assert promised["saved"] <= count <= 2
        check_episodes(dataset, count)
        left = unfinished_takes(lost / "takes", QUICK)
        assert all(summary.uuid != f"take-{index}" for summary in left for index in range(count))
        if count == 1 and [summary.rows for summary in left] == [5]:
            dataset.commit(lost / "takes", "take-1", EpisodeFacts("take-1"))
            check_episodes(dataset, 2)

    assert world.every_loss(tmp_path, names, check, start) > 15


@pytest.mark.parametrize("names", ["durable", "now", "zeros"])
def test_power_loss_during_a_take_keeps_what_was_synced(tmp_path: Path, names: str) -> None:
    world = World(tmp_path)
    world.save(rows=4)
    start = len(world.disk.operations)
    writer = world.take("take-1", 0, 0)
    for number, (row, pictures) in enumerate(scene(FORMAT, 12, first=100), start=1):
        writer.append(row, pictures)
        if number % 4 == 0:
            writer.sync()
            world.disk.mark(("synced", number))
    writer.stop()
    world.disk.mark(("synced", 13))

    def check(lost: Path, promised: dict[str, int]) -> None:
        check_episodes(open_recovered(lost), 1)
        if promised["synced"]:
            (left,) = unfinished_takes(lost / "takes", QUICK)
            assert left.rows >= promised["synced"] - 1
            assert set(left.frames.values()) == {left.rows}
            open_recovered(lost).commit(lost / "takes", "take-1", EpisodeFacts("take-1"))
            check_episodes(open_recovered(lost), 2)

    assert world.every_loss(tmp_path, names, check, start) > 10


@pytest.mark.parametrize("names", ["durable", "now"])
def test_power_loss_during_an_undo_leaves_the_episode_or_its_take(tmp_path: Path, names: str) -> None:
    world = World(tmp_path)
    world.save(rows=4)
    world.save(rows=5)
    start = len(world.disk.operations)
    world.dataset.undo_last(world.takes)

    def check(lost: Path, promised: dict[str, int]) -> None:
        del promised
        dataset = open_recovered(lost)
        count = dataset.total_episodes
        assert count in (1, 2)
        check_episodes(dataset, count)
        if count == 1:
            (kept,) = (lost / "takes/.trash").iterdir()
            kept.rename(lost / "takes/take-1")
            dataset.commit(lost / "takes", "take-1", EpisodeFacts("take-1"))
            check_episodes(dataset, 2)

    assert world.every_loss(tmp_path, names, check, start) > 8


@pytest.mark.parametrize(("names", "swap"), [("durable", "exchange"), ("now", "exchange"), ("durable", "two steps")])
def test_power_loss_during_a_compaction_leaves_the_old_or_the_new(
    tmp_path: Path, names: str, swap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    for _ in range(3):
        world.save(rows=2)
    if swap == "two steps":
        monkeypatch.setattr(LoggingDisk, "exchange", lambda *_: False)
    start = len(world.disk.operations)
    assert world.dataset.compact()
    assert len(list((world.dataset.folder / "data").glob("*/*.parquet"))) == 2

    def check(lost: Path, promised: dict[str, int]) -> None:
        del promised
        check_episodes(open_recovered(lost), 3)
        assert not [path for path in (lost / "datasets").iterdir() if path.is_dir() and path.name != "bricks"]

    assert world.every_loss(tmp_path, names, check, start) > 10


def test_the_real_disk_syncs_what_it_is_told(tmp_path: Path) -> None:
    DISK.write(tmp_path / "file", b"content")
    DISK.sync_folder(tmp_path)
    assert (tmp_path / "file").read_bytes() == b"content"
