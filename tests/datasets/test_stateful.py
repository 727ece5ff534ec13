"""Any order of saving, killing, undoing, compacting, editing, merging and appending leaves what LeRobot opens."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from app.datasets import Dataset, DatasetStore, EpisodeFacts, discard_take, new_generation, unfinished_takes
from app.datasets.disk import Disk
from app.datasets.generation import link_tree
from tests.datasets.oracle import Oracle
from tests.datasets.scenes import QUICK, DyingDisk, Killed, record, small_format

pytestmark = [pytest.mark.lerobot, pytest.mark.filterwarnings("ignore")]
FORMAT = small_format()
AT = st.integers(0, 16)


class Recording(RuleBasedStateMachine):
    """`episodes` is the model: (first code, length) of each episode that must be there."""

    oracle: Oracle
    merged_with: Path

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="stateful-"))
        self.takes = self.home / "takes"
        self.folder = self.home / "datasets/bricks"
        Dataset.create(self.folder, FORMAT, QUICK)
        self.episodes: list[tuple[int, int]] = []
        self.next_code = 0

    def teardown(self) -> None:
        try:
            self.reopen_by_lerobot()
        finally:
            shutil.rmtree(self.home)

    # ---- rules ----

    @rule(rows=st.integers(1, 9))
    def save(self, rows: int) -> None:
        name, episode = self._take(rows)
        self._open().commit(self.takes, name, EpisodeFacts(name))
        self.episodes.append(episode)

    @rule(rows=st.integers(1, 6), at=AT, keep=st.booleans())
    def kill_while_saving(self, rows: int, at: int, keep: bool) -> None:
        name, episode = self._take(rows)
        self._die(lambda disk: Dataset.open(self.folder, disk).commit(self.takes, name, EpisodeFacts(name)), at)
        if not (left := unfinished_takes(self.takes, QUICK)):
            self.episodes.append(episode)
        else:
            assert [(take.uuid, take.rows) for take in left] == [(name, rows)]
            self._keep_or_discard(name, episode, keep)

    @rule(rows=st.integers(3, 9), cut=st.floats(0, 1), keep=st.booleans())
    def kill_while_recording(self, rows: int, cut: float, keep: bool) -> None:
        name = uuid.uuid4().hex
        first = self._codes(rows)
        writer = record(self.takes, name, rows=rows, first=first)
        writer.sync()
        shutil.copytree(self.takes / name, self.home / "crashed")
        writer.discard()
        (self.home / "crashed").rename(self.takes / name)
        video = self.takes / name / "gripper.mp4"
        video.write_bytes(video.read_bytes()[: round(cut * video.stat().st_size)])
        (left,) = unfinished_takes(self.takes, QUICK)
        assert left.rows < rows
        self._keep_or_discard(name, (first, left.rows), keep and left.rows > 0)

    @precondition(lambda self: self.episodes)
    @rule()
    def undo(self) -> None:
        self._open().undo_last(self.takes)
        self.episodes.pop()

    @precondition(lambda self: self.episodes)
    @rule(at=AT)
    def kill_while_undoing(self, at: int) -> None:
        self._die(lambda disk: Dataset.open(self.folder, disk).undo_last(self.takes), at)
        if self._open().total_episodes < len(self.episodes):
            self.episodes.pop()

    @rule()
    def compact(self) -> None:
        self._open().compact()

    @precondition(lambda self: len(self.episodes) > 2)
    @rule(at=AT)
    def kill_while_compacting(self, at: int) -> None:
        self._die(lambda disk: Dataset.open(self.folder, disk).compact(), at)

    @precondition(lambda self: len(self.episodes) > 1)
    @rule(data=st.data())
    def edit_by_lerobot(self, data: st.DataObject) -> None:
        gone = data.draw(st.integers(0, len(self.episodes) - 1))
        edited = self.home / "edited"
        self.oracle.tools.delete_episodes(self.oracle.open(self.folder), [gone], edited, "local/edited")
        self._replace_by(edited)
        self.episodes.pop(gone)

    @precondition(lambda self: 0 < len(self.episodes) < 12)
    @rule()
    def merge_by_lerobot(self) -> None:
        # LeRobot's merge leaves the file numbers of its parts in meta/episodes and then cannot merge its own result:
        # as after every edit, the studio writes them anew.
        self._open().reattach({})
        merged = self.home / "merged"
        parts = [self.oracle.open(self.folder), self.oracle.open(self.merged_with)]
        self.oracle.tools.merge_datasets(parts, "local/merged", merged)
        self._replace_by(merged)
        self.episodes += [(60_000, 4), (60_100, 3)]

    @precondition(lambda self: self.episodes)
    @rule()
    def reopen_by_lerobot(self) -> None:
        if self.episodes:
            self.oracle.check(self.folder, FORMAT, self.episodes, at_most=12)

    @invariant()
    def our_reader_agrees(self) -> None:
        dataset = self._open()
        assert [(episode.index, episode.length) for episode in dataset.episodes()] == [
            (index, length) for index, (_, length) in enumerate(self.episodes)
        ]
        assert unfinished_takes(self.takes, QUICK) == []

    # ---- inside ----

    def _open(self) -> Dataset:
        return DatasetStore(self.folder.parent, QUICK).open("bricks")

    def _codes(self, rows: int) -> int:
        first, self.next_code = self.next_code, self.next_code + rows
        return first

    def _take(self, rows: int) -> tuple[str, tuple[int, int]]:
        name, first = uuid.uuid4().hex, self._codes(rows)
        record(self.takes, name, rows=rows, first=first).stop()
        return name, (first, rows)

    def _die(self, change: object, at: int) -> None:
        """Perform `change` on a disk that dies, then start up again."""
        disk: Disk = DyingDisk(at)
        try:
            change(disk)  # type: ignore[operator]
        except Killed:
            DatasetStore(self.folder.parent, QUICK).recover()

    def _keep_or_discard(self, name: str, episode: tuple[int, int], keep: bool) -> None:
        if keep:
            self._open().commit(self.takes, name, EpisodeFacts(name))
            self.episodes.append(episode)
        else:
            discard_take(self.takes, name, QUICK)

    def _replace_by(self, edited: Path) -> None:
        with new_generation(self.folder, QUICK) as beside:
            link_tree(edited, beside, QUICK)
        shutil.rmtree(edited)


def test_any_history_leaves_what_lerobot_opens(
    tmp_path: Path, lerobot: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = Dataset.create(tmp_path / "base", FORMAT, QUICK)
    lerobot.record(tmp_path / "theirs", base.folder, FORMAT, [(60_000, 4), (60_100, 3)])
    monkeypatch.setattr(Recording, "oracle", lerobot, raising=False)
    monkeypatch.setattr(Recording, "merged_with", tmp_path / "theirs", raising=False)
    run_state_machine_as_test(
        Recording,
        settings=settings(
            max_examples=8,
            stateful_step_count=10,
            phases=(Phase.generate,),  # a failing history is short enough to read as it is
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
