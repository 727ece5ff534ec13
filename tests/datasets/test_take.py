"""A running take: what is refused, what is counted, what happens when disk or encoder fail."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import av
import numpy as np
import pytest

from app.datasets import (
    Dataset,
    DiskFull,
    EncodingFailed,
    EpisodeFacts,
    Picture,
    Row,
    TakeBusy,
    TakeInvalid,
    TakeNotFound,
    VideoCodec,
    decode,
    discard_take,
    empty_trash,
    restore_take,
    unfinished_takes,
)
from app.datasets.disk import DiskFile
from app.datasets.repair import stopped_take
from app.datasets.rows import read_rows
from app.datasets.take import BALLAST_BYTES
from app.datasets.video import EncoderThread
from tests.datasets.scenes import QUICK, UnsyncedDisk, i420_code, record, record_with, scene, small_format

FORMAT = small_format()


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    return tmp_path / "takes"


def test_every_video_has_as_many_frames_as_there_are_rows(takes: Path) -> None:
    writer = record(takes, "one", rows=23)
    assert writer.rows == 23
    assert writer.elapsed_s == pytest.approx(23 / 30)

    summary = writer.stop()

    assert summary.rows == 23
    assert summary.frames == {"top": 23, "gripper": 23}
    assert summary.repeated == {"top": 4, "gripper": 4}
    assert read_rows(takes / "one/rows.arrow", FORMAT).num_rows == 23
    for camera in FORMAT.cameras:
        with av.open(str(takes / f"one/{camera.name}.mp4")) as video:
            stream = video.streams.video[0]
            assert stream.frames == 23
            assert stream.average_rate == 30
            assert stream.duration is not None
            assert stream.time_base is not None
            assert stream.duration * stream.time_base == pytest.approx(23 / 30)
        codes = [i420_code(picture, camera) for picture in decode(takes / f"one/{camera.name}.mp4")]
        assert codes == list(range(23))


def test_a_video_is_readable_while_it_is_recorded(takes: Path) -> None:
    writer = record(takes, "one", rows=9)
    writer.sync()
    assert read_rows(takes / "one/rows.arrow", FORMAT).num_rows == 9
    codes = [i420_code(picture, FORMAT.cameras[0]) for picture in decode(takes / "one/top.mp4")]
    assert codes == list(range(8))  # the muxer holds the last one back
    writer.stop()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": np.zeros(5, np.float32)}, "6 finite numbers"),
        ({"state": np.full(6, np.nan, np.float32)}, "6 finite numbers"),
        ({"action": np.full(6, np.inf, np.float32)}, "action"),
        ({"monotonic_s": float("nan")}, "instant"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_and_nothing_is_written(
    takes: Path, change: dict[str, object], said: str
) -> None:
    writer = record(takes, "one", rows=3)
    row, pictures = next(scene(FORMAT, 1))
    broken = Row(**{"monotonic_s": 1.0, "state": row.state, "action": row.action, **change})  # type: ignore[arg-type]
    with pytest.raises(TakeInvalid, match=said):
        writer.append(broken, pictures)
    assert writer.stop().rows == 3


def test_pictures_that_do_not_fit_are_refused(takes: Path) -> None:
    writer = record(takes, "one", rows=2)
    row, pictures = next(scene(FORMAT, 1))
    with pytest.raises(TakeInvalid, match="needs pictures of"):
        writer.append(row, {"top": pictures["top"]})
    wrong = {**pictures, "top": Picture(np.zeros((96, 96), np.uint8)[:-1], 1.0, False)}
    with pytest.raises(TakeInvalid, match="Camera top gave"):
        writer.append(row, wrong)
    late = {**pictures, "top": Picture(pictures["top"].i420, float("nan"), False)}
    with pytest.raises(TakeInvalid, match="age of camera top"):
        writer.append(row, late)
    assert writer.stop().frames == {"top": 2, "gripper": 2}


def test_a_slow_encoder_makes_append_wait_and_drops_nothing(takes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EncoderThread, "QUEUE_S", 0.0)  # a queue of four
    writer = record_with(QUICK, takes, "one", FORMAT, rows=0, first=0)
    gate = threading.Event()
    inner = writer._encoders["top"].stats.add
    monkeypatch.setattr(writer._encoders["top"].stats, "add", lambda picture: (gate.wait(), inner(picture)))

    def feed() -> None:
        for row, pictures in scene(FORMAT, 12):
            writer.append(row, pictures)

    feeder = threading.Thread(target=feed)
    feeder.start()
    while writer.rows < 5:
        time.sleep(0.001)
    assert writer.rows < 12
    gate.set()
    feeder.join()
    assert writer.stop().frames == {"top": 12, "gripper": 12}


def test_a_discarded_take_lies_in_the_trash_until_the_rule_empties_it(takes: Path) -> None:
    record(takes, "one", rows=4).discard()
    record(takes, "two", rows=4).stop()
    discard_take(takes, "two", QUICK)
    assert unfinished_takes(takes, QUICK) == []
    assert sorted(path.name.split(".")[0] for path in (takes / ".trash").iterdir()) == ["one", "two"]

    restore_take(takes, "two", QUICK)
    assert [summary.rows for summary in unfinished_takes(takes, QUICK)] == [4]
    assert empty_trash(takes, QUICK) == 0
    later = time.time_ns() + 31 * 86_400 * 10**9
    assert empty_trash(takes, QUICK, now_ns=later) == 1
    assert list((takes / ".trash").iterdir()) == []


def test_a_discarded_take_leaves_nothing_in_the_next_episode(tmp_path: Path, takes: Path) -> None:
    """LeRobot #4109: frames of a discarded take appeared in the next video."""
    dataset = Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)
    record(takes, "bad", rows=9, first=500).discard()
    record(takes, "good", rows=5, first=10).stop()
    dataset.commit(takes, "good", EpisodeFacts("good"))
    path, begin, end = dataset.video_file(0, "top")
    assert (begin, end) == (0.0, pytest.approx(5 / 30))
    assert [i420_code(picture, FORMAT.cameras[0]) for picture in decode(path)] == [10, 11, 12, 13, 14]


def test_a_running_take_is_left_alone(takes: Path) -> None:
    writer = record(takes, "one", rows=4)
    assert unfinished_takes(takes, QUICK) == []
    with pytest.raises(TakeBusy):
        discard_take(takes, "one", QUICK)
    with pytest.raises(TakeBusy):
        stopped_take(takes, "one", QUICK)
    writer.stop()
    assert [summary.uuid for summary in unfinished_takes(takes, QUICK)] == ["one"]


@pytest.mark.parametrize("uuid", ["", "..", "../takes", ".trash", "a/b", "missing"])
def test_a_take_is_named_by_a_plain_name(takes: Path, uuid: str) -> None:
    record(takes, "one", rows=2).stop()
    with pytest.raises(TakeNotFound):
        discard_take(takes, uuid, QUICK)
    assert (takes / "one/take.json").exists()


class SmallDisk(UnsyncedDisk):
    """A disk on which `left` more bytes fit; removing the ballast makes room for as much again."""

    def __init__(self, left: int, ballast: int) -> None:
        self.left = left
        self.ballast = ballast
        self.guard = threading.Lock()

    def create(self, path: Path) -> DiskFile:
        disk = self

        class File(DiskFile):
            def write(self, data: bytes | memoryview) -> int:
                with disk.guard:
                    if not disk.ballast_there(path):
                        disk.left, disk.ballast = disk.left + disk.ballast, 0
                    fits = min(len(data), disk.left)
                    disk.left -= fits
                super().write(bytes(data)[:fits])
                if fits < len(data):
                    raise OSError(errno.ENOSPC, "No space left on device")
                return fits

            def sync(self) -> None:
                pass

        return File(path)

    @staticmethod
    def ballast_there(path: Path) -> bool:
        return (path.parent / "ballast").exists()


@pytest.mark.parametrize("left", [6_000, 20_001, 33_333])
def test_a_disk_that_fills_ends_the_take_cleanly(tmp_path: Path, takes: Path, left: int) -> None:
    disk = SmallDisk(left, ballast=BALLAST_BYTES)
    writer = record_with(disk, takes, "one", FORMAT, rows=0, first=0)
    appended = 0

    def feed() -> None:
        nonlocal appended
        for row, pictures in scene(FORMAT, 3000):
            writer.append(row, pictures)
            appended += 1

    with pytest.raises(DiskFull, match="is full"):
        feed()

    summary = writer.stop()

    assert summary.rows == appended > 3
    assert summary.frames == {"top": appended, "gripper": appended}
    assert "disk filled up" in summary.note
    assert not (takes / "one/ballast").exists()
    dataset = Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)
    assert dataset.commit(takes, "one", EpisodeFacts("one")).rows == appended


def test_a_disk_without_room_to_begin_refuses(takes: Path) -> None:
    with pytest.raises(DiskFull):
        record_with(SmallDisk(100, 0), takes, "one", FORMAT, rows=0, first=0)
    assert unfinished_takes(takes, QUICK) == []


def test_a_disk_too_full_to_save_leaves_take_and_dataset(tmp_path: Path, takes: Path) -> None:
    dataset = Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)
    record(takes, "one", rows=5).stop()
    before = sorted(path.name for path in (takes / "one").iterdir())

    with pytest.raises(DiskFull, match="too full to save"):
        Dataset.open(dataset.folder, SmallDisk(9_000, 0)).commit(takes, "one", EpisodeFacts("one"))

    assert sorted(path.name for path in (takes / "one").iterdir()) == before
    assert dataset.total_episodes == 0
    assert dataset.commit(takes, "one", EpisodeFacts("one")).rows == 5


def test_a_dead_encoder_is_said_and_the_rest_is_kept(takes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = record(takes, "one", rows=6)
    writer.sync()
    monkeypatch.setattr(writer._encoders["top"].stats, "add", lambda _: 1 / 0)

    def feed() -> None:
        for row, pictures in scene(FORMAT, 500, first=6):
            writer.append(row, pictures)

    with pytest.raises(EncodingFailed, match="camera top failed"):
        feed()

    summary = writer.stop()

    assert summary.repaired
    assert 6 <= summary.rows <= 8
    codes = [i420_code(picture, FORMAT.cameras[0]) for picture in decode(takes / "one/top.mp4")]
    assert codes == list(range(summary.rows))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is given real-time threads unasked")
def test_av1_takes_no_real_time_priority(takes: Path) -> None:
    before = set(Path("/proc/self/task").iterdir())
    writer = record_with(QUICK, takes, "one", small_format(VideoCodec.av1), rows=4, first=0)
    writer.sync()
    new = set(Path("/proc/self/task").iterdir()) - before
    policies = {os.sched_getscheduler(int(task.name)) for task in new}
    writer.stop()
    assert new
    assert policies == {os.sched_getscheduler(0)}
