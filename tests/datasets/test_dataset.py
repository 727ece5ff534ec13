"""Commit, undo, refusals and lists, seen through our own reader."""

from __future__ import annotations

import dataclasses
import gc
import json
import math
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.datasets import (
    CameraFormat,
    Dataset,
    DatasetBusy,
    DatasetExists,
    DatasetFormatMismatch,
    DatasetNameInvalid,
    DatasetNotFound,
    DatasetStore,
    DatasetUnreadable,
    EpisodeFacts,
    EpisodeNotFound,
    TakeNotFound,
    VideoCodec,
    decode,
    minutes_left,
    restore_take,
    unfinished_takes,
)
from app.datasets.episodes import episode_files, identity
from app.datasets.intent import INTENT
from app.datasets.layout import INFO
from app.datasets.lock import dataset_lock
from tests.datasets.scenes import QUICK, DyingDisk, Killed, i420_code, record, small_format

FORMAT = small_format()
FACTS = EpisodeFacts(
    uuid="",
    session="s1",
    plan_version=3,
    cluster="B2",
    position=7,
    target_x_cm=12.5,
    placed_source="simulator",
    kind="recovery",
    recovery_cause="dropped",
    outcome="partial",
    operator="Ada",
    driver="person",
    checks='{"still": "ok"}',
    recorded_at="2026-11-20T10:00:00+00:00",
)


@pytest.fixture
def takes(tmp_path: Path) -> Path:
    return tmp_path / "takes"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)


def save(dataset: Dataset, takes: Path, first: int, rows: int = 4, facts: EpisodeFacts = FACTS) -> None:
    record(takes, f"take-{first}", rows=rows, first=first).stop()
    dataset.commit(takes, f"take-{first}", facts)


def codes(dataset: Dataset, index: int, camera: CameraFormat = FORMAT.cameras[0]) -> list[int]:
    path, begin, end = dataset.video_file(index, camera.name)
    return [i420_code(picture, camera) for picture in decode(path, round(begin * 30), round(end * 30))]


def test_a_receipt_counts_the_files(dataset: Dataset, takes: Path) -> None:
    record(takes, "one", rows=11).stop()
    receipt = dataset.commit(takes, "one", FACTS)
    assert (receipt.dataset, receipt.episode_index, receipt.uuid) == ("bricks", 0, "one")
    assert (receipt.rows, receipt.repeated, receipt.saved_episodes) == (11, 2, 1)
    paths = [*(dataset.folder / "data").rglob("*.parquet"), *(dataset.folder / "meta/episodes").rglob("*.parquet")]
    paths += (dataset.folder / "videos").rglob("*.mp4")
    assert receipt.bytes == sum(path.stat().st_size for path in paths)
    assert unfinished_takes(takes, QUICK) == []
    assert list(takes.iterdir()) == []


def test_facts_have_fixed_types_from_the_first_episode_and_are_never_null(dataset: Dataset, takes: Path) -> None:
    save(dataset, takes, 0, facts=EpisodeFacts(""))
    save(dataset, takes, 100)
    schemas = [pq.read_schema(path) for path in episode_files(dataset.folder)]
    assert schemas[0].equals(schemas[1])
    kinds = {"int": pa.int64(), "float": pa.float64(), "str": pa.string()}
    for field in dataclasses.fields(EpisodeFacts):
        assert schemas[0].field(f"studio/{field.name}").type == kinds[str(field.type)]
    for path in episode_files(dataset.folder):
        table = pq.read_table(path)
        assert not [name for name in table.column_names if table.column(name).null_count]
    assert dataset.episode(0).facts.operator == ""
    assert math.isnan(dataset.episode(0).facts.target_x_cm)
    told = dataset.episode(1).facts
    assert dataclasses.astuple(told)[:6] == ("take-100", "s1", 3, "B2", 7, 12.5)
    assert dataclasses.replace(told, uuid="") == dataclasses.replace(
        FACTS, target_y_cm=told.target_y_cm, target_yaw_deg=told.target_yaw_deg, uuid="",
        placed_x_cm=told.placed_x_cm, placed_y_cm=told.placed_y_cm, placed_yaw_deg=told.placed_yaw_deg,
    )  # fmt: skip


def test_saving_writes_no_file_anew_but_the_small_ones(dataset: Dataset, takes: Path) -> None:
    """LeRobot #1434 #2066: saving grew with the dataset."""
    for first in range(0, 300, 100):
        save(dataset, takes, first)
    before = {path: identity(path) for path in dataset.folder.rglob("*") if path.is_file()}
    save(dataset, takes, 300)
    changed = {path.name for path, known in before.items() if identity(path) != known}
    assert changed == {"info.json", "stats.json"}
    assert (dataset.folder / "meta/stats.json").stat().st_size < 40_000


def test_what_was_taken_back_is_a_take_again(dataset: Dataset, takes: Path) -> None:
    save(dataset, takes, 0, rows=5)
    before = {path: path.read_bytes() for path in dataset.folder.rglob("*") if path.is_file()}
    save(dataset, takes, 100, rows=7)

    assert dataset.undo_last() == "take-100"

    assert (dataset.total_episodes, dataset.total_frames) == (1, 5)
    after = {path: path.read_bytes() for path in dataset.folder.rglob("*") if path.is_file()}
    assert after.keys() == before.keys()
    assert {path.name for path in before if before[path] != after[path]} <= {"stats.json"}
    assert unfinished_takes(takes, QUICK) == []
    restore_take(takes, "take-100", QUICK)
    (again,) = unfinished_takes(takes, QUICK)
    assert (again.rows, again.repeated) == (7, {"top": 1, "gripper": 1})
    dataset.commit(takes, "take-100", EpisodeFacts("", outcome="failure"))
    assert codes(dataset, 1) == list(range(100, 107))
    assert dataset.episode(1).facts.outcome == "failure"


def test_undo_down_to_nothing_and_up_again(dataset: Dataset, takes: Path) -> None:
    for first in (0, 100, 200):
        save(dataset, takes, first)
    assert [dataset.undo_last() for _ in range(3)] == ["take-200", "take-100", "take-0"]
    assert (dataset.total_episodes, dataset.total_frames) == (0, 0)
    assert not (dataset.folder / "meta/stats.json").exists()
    with pytest.raises(EpisodeNotFound, match="no episode to take back"):
        dataset.undo_last()
    save(dataset, takes, 300)
    assert codes(dataset, 0) == [300, 301, 302, 303]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fps": 50}, "fps 30 instead of 50"),
        ({"robot_type": "koch"}, "robot type 'so_follower' instead of 'koch'"),
        ({"joints": ("a", "b")}, "observation.state shape"),
        ({"cameras": (CameraFormat("top", 96, 64),)}, "a further column observation.images.gripper"),
        ({"cameras": (CameraFormat("top", 64, 64), CameraFormat("gripper", 64, 64))}, "observation.images.top shape"),
        ({"codec": VideoCodec.av1}, "video.codec 'h264' instead of 'av1'"),
    ],
)
def test_another_format_is_refused_in_words(dataset: Dataset, takes: Path, change: dict, said: str) -> None:
    other = dataclasses.replace(FORMAT, **change)
    with pytest.raises(DatasetFormatMismatch) as refused:
        dataset.require_format(other)
    assert said in refused.value.message
    assert "new dataset" in refused.value.todo
    dataset.require_format(FORMAT)


def test_a_take_of_another_format_stays_a_take(dataset: Dataset, takes: Path) -> None:
    record(takes, "one", rows=3, format=small_format(fps=50)).stop()
    with pytest.raises(DatasetFormatMismatch, match="fps"):
        dataset.commit(takes, "one", FACTS)
    assert dataset.total_episodes == 0
    assert [summary.uuid for summary in unfinished_takes(takes, QUICK)] == ["one"]


def test_a_take_is_saved_once(dataset: Dataset, takes: Path) -> None:
    save(dataset, takes, 0)
    with pytest.raises(TakeNotFound):
        dataset.commit(takes, "take-0", FACTS)
    assert dataset.total_episodes == 1


def test_a_second_writer_is_refused_in_words(dataset: Dataset, takes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(takes, "one", rows=3).stop()
    monkeypatch.setattr("app.datasets.lock.WAIT_S", 0.0)
    monkeypatch.setattr(dataset_lock.__wrapped__, "__kwdefaults__", {"what": "write", "wait_s": 0.0})
    with dataset_lock(dataset.folder):
        for attempt in (lambda: dataset.commit(takes, "one", FACTS), dataset.undo_last, dataset.compact):
            with pytest.raises(DatasetBusy, match="is being written by process"):
                attempt()
    assert dataset.commit(takes, "one", FACTS).episode_index == 0


@pytest.mark.parametrize("at", range(14))
def test_a_save_killed_at_any_step_is_whole_or_undone_after_opening(tmp_path: Path, takes: Path, at: int) -> None:
    folder = tmp_path / "datasets/bricks"
    save(Dataset.create(folder, FORMAT, QUICK), takes, 0)
    record(takes, "one", rows=6, first=100).stop()
    try:
        Dataset.open(folder, DyingDisk(at)).commit(takes, "one", FACTS)
    except Killed:
        assert at < 13
    DatasetStore(tmp_path / "datasets", QUICK).recover()
    left = [summary.uuid for summary in unfinished_takes(takes, QUICK)]
    dataset = Dataset.open(folder, QUICK)
    assert (dataset.total_episodes, left) in ((1, ["one"]), (2, []))
    if left:
        dataset.commit(takes, "one", FACTS)
    assert (codes(dataset, 0), codes(dataset, 1)) == ([0, 1, 2, 3], list(range(100, 106)))
    assert not (folder / INTENT).exists()


# ---- the folder of datasets ----


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/b", "a\\b", ".hidden", "a b", "ä", "a\0b", "-a", "a" * 81, "a..b", "a.", "x\n", "con:"],
)
def test_odd_names_are_refused(tmp_path: Path, name: str) -> None:
    store = DatasetStore(tmp_path / "datasets", QUICK)
    for attempt in (lambda: store.create(name, FORMAT), lambda: store.open(name), lambda: store.summary(name)):
        with pytest.raises(DatasetNameInvalid, match="cannot name a dataset"):
            attempt()
    assert not (tmp_path / "x").exists()


def test_the_store_lists_what_is_there(tmp_path: Path, takes: Path) -> None:
    store = DatasetStore(tmp_path / "datasets", QUICK)
    assert store.names() == []
    dataset = store.create("bricks", FORMAT)
    with pytest.raises(DatasetExists):
        store.create("bricks", FORMAT)
    with pytest.raises(DatasetNotFound):
        store.open("missing")
    save(dataset, takes, 0, rows=6)
    save(dataset, takes, 100, rows=9)

    summary = store.summary("bricks")

    assert (summary.episodes, summary.frames, summary.duration_s) == (2, 15, 0.5)
    assert (summary.fps, summary.robot_type, summary.codec) == (30, "so_follower", "h264")
    assert summary.cameras == FORMAT.cameras
    assert summary.studio_columns
    assert summary.last_recorded == FACTS.recorded_at
    assert summary.bytes > 50_000
    opened = store.open("bricks")
    assert [episode.length for episode in opened.episodes()] == [6, 9]
    assert [episode.index for episode in opened.episodes(offset=1, limit=5)] == [1]
    save(dataset, takes, 200, rows=3)
    assert [episode.length for episode in store.open("bricks").episodes()] == [6, 9, 3]
    for index in (-1, 3):
        with pytest.raises(EpisodeNotFound):
            opened.signals(index)
    with pytest.raises(EpisodeNotFound, match="no camera 'side'"):
        opened.video_file(0, "side")


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "missing or damaged"), ("{", "missing or damaged"), ('{"codebase_version": "v2.1"}', "format v2.1")],
)
def test_a_folder_that_is_no_dataset_does_not_break_the_list(tmp_path: Path, content: str | None, said: str) -> None:
    store = DatasetStore(tmp_path / "datasets", QUICK)
    store.create("good", FORMAT)
    broken = tmp_path / "datasets/broken/meta"
    broken.mkdir(parents=True)
    if content is not None:
        (broken / "info.json").write_text(content)
    listed = {summary.name: summary for summary in store.summaries()}
    assert said in listed["broken"].problem
    assert listed["good"].problem == ""
    with pytest.raises(DatasetUnreadable):
        store.open("broken")
    assert store.recover() == []


def test_a_damaged_file_is_named(dataset: Dataset, takes: Path) -> None:
    save(dataset, takes, 0)
    (dataset.folder / "data/chunk-000/file-000.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DatasetUnreadable, match=r"data/chunk-000/file-000\.parquet"):
        dataset.signals(0)
    next(iter(episode_files(dataset.folder))).write_bytes(b"PAR1 no")
    with pytest.raises(DatasetUnreadable, match=r"file-000\.parquet of meta/episodes is damaged"):
        dataset.episodes()


def test_reading_an_episode_leaves_no_footer_in_memory(dataset: Dataset, takes: Path) -> None:
    """A footer that waits for the garbage collector is megabytes of a large dataset, once a reading."""
    save(dataset, takes, 0)
    gc.collect()
    gc.disable()
    try:
        dataset.signals(0)
        left = [one for one in gc.get_objects() if type(one) is pq.FileMetaData]
    finally:
        gc.enable()
    assert left == []


# ---- compaction and generations ----


def test_compaction_follows_its_rule(dataset: Dataset, takes: Path) -> None:
    for number in range(21):
        assert not dataset.worth_compacting
        save(dataset, takes, 100 * number, rows=2)
    assert dataset.worth_compacting
    assert dataset.compact()
    assert not dataset.worth_compacting
    assert not dataset.compact()
    assert [codes(dataset, index) for index in range(21)] == [[100 * n, 100 * n + 1] for n in range(21)]
    assert len(list((dataset.folder / "videos").rglob("*.mp4"))) == 4
    groups = pq.ParquetFile(dataset.folder / "data/chunk-000/file-000.parquet").metadata.num_row_groups
    assert groups == 20


def test_there_is_nothing_to_compact_in_an_empty_dataset(dataset: Dataset) -> None:
    assert not dataset.worth_compacting
    assert not dataset.compact()


def test_compaction_keeps_to_the_size_limit(dataset: Dataset, takes: Path) -> None:
    path = dataset.folder / INFO
    for first in (0, 100, 200, 300, 400):
        save(dataset, takes, first, rows=20)
    size = max(path.stat().st_size for path in (dataset.folder / "videos").rglob("*.mp4"))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"video_files_size_in_mb": 2.2 * size / 2**20}))
    assert dataset.compact()
    videos = sorted(path.name for path in (dataset.folder / "videos/observation.images.top").rglob("*.mp4"))
    assert videos == ["file-000.mp4", "file-001.mp4", "file-002.mp4"]
    assert [codes(dataset, index)[0] for index in range(5)] == [0, 100, 200, 300, 400]


def test_episodes_saved_while_compacting_are_kept(
    dataset: Dataset, takes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for first in (0, 100, 200):
        save(dataset, takes, first)
    saved_between(dataset, takes, monkeypatch, lambda: save(dataset, takes, 300, rows=5))
    assert dataset.compact()
    assert dataset.total_episodes == 4
    assert [codes(dataset, index)[0] for index in range(4)] == [0, 100, 200, 300]
    save(dataset, takes, 400)
    assert [codes(dataset, index)[0] for index in range(5)] == [0, 100, 200, 300, 400]


def test_an_undo_overtakes_a_compaction(dataset: Dataset, takes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.datasets import DatasetChanged

    for first in (0, 100, 200):
        save(dataset, takes, first)

    def take_back_and_save() -> None:
        dataset.undo_last()
        save(dataset, takes, 900)

    saved_between(dataset, takes, monkeypatch, take_back_and_save)
    with pytest.raises(DatasetChanged, match="edited while"):
        dataset.compact()
    assert [codes(dataset, index)[0] for index in range(3)] == [0, 100, 900]
    assert [path.name for path in dataset.folder.parent.iterdir() if path.is_dir()] == ["bricks"]


def saved_between(dataset: Dataset, takes: Path, monkeypatch: pytest.MonkeyPatch, action: object) -> None:
    """Run `action` after a compaction has built its files and before it takes the writer's lock."""
    from app.datasets.snapshot import Layout

    inner = Layout.write

    def write(self: Layout, *args: object, **options: object) -> None:
        inner(self, *args, **options)  # type: ignore[arg-type]
        action()  # type: ignore[operator]

    monkeypatch.setattr(Layout, "write", write)


def test_what_others_put_into_the_folder_survives_a_generation(dataset: Dataset, takes: Path) -> None:
    for first in (0, 100, 200):
        save(dataset, takes, first)
    kept = {"README.md": b"card", "meta/studio/reviews.jsonl": b"{}\n", "meta/studio/reference/top.jpg": b"jpeg"}
    for name, body in kept.items():
        (dataset.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (dataset.folder / name).write_bytes(body)
    assert dataset.compact()
    assert {name: (dataset.folder / name).read_bytes() for name in kept} == kept


# ---- space ----


def test_minutes_left_follows_what_was_recorded(
    tmp_path: Path, dataset: Dataset, takes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=512 * 2**20 + 6_000_000))
    guessed = minutes_left(tmp_path / "not/there/yet", FORMAT)
    assert guessed == minutes_left(dataset.folder, FORMAT) > 0
    save(dataset, takes, 0, rows=30)
    size = sum(path.stat().st_size for part in ("data", "videos") for path in (dataset.folder / part).rglob("file-*"))
    assert minutes_left(dataset.folder, FORMAT) == pytest.approx(6_000_000 / size / 60, rel=0.01)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert minutes_left(dataset.folder, FORMAT) == 0.0
