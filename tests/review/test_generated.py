"""The large datasets of the bench are laid out as recorded ones; following a recording costs what is new."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from app.datasets import Dataset, DatasetStore, EpisodeFacts, Review, ReviewVerdict
from app.datasets.episode_parts import EpisodeParts, PartFile
from app.datasets.episodes import episode_files
from app.guidance.progress import progress_of as naive_progress
from app.guidance.records import Records
from app.review import CoverageIndex, Filter, Layer, survey
from app.review.columns import COLUMN_NAMES
from bench.coverage_data import make_dataset, plan_of
from tests.datasets.scenes import QUICK, record, small_format


def recorded(store: DatasetStore, name: str, takes: Path, before: int, after: int) -> Dataset:
    """A dataset that was really recorded: saves, a compaction, further saves."""
    dataset = store.create(name, small_format())
    for number in range(before + after):
        if number == before:
            assert dataset.compact()
        uuid = f"{number:08d}"
        record(takes, uuid, rows=4, first=number).stop()
        cluster = plan_of().clusters[number % 3].name
        facts = EpisodeFacts(uuid, cluster=cluster, position=number, outcome="success", placed_x_cm=20.0 + number)
        dataset.commit(takes, uuid, replace(facts, placed_y_cm=1.0, placed_source="seen"))
    return dataset


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path / "datasets", QUICK)


def layout(folder: Path) -> list[tuple[str, int, int, str]]:
    found = []
    for path in episode_files(folder):
        meta = pq.ParquetFile(path).metadata
        compression = meta.row_group(0).column(0).compression
        found.append((path.name, meta.num_rows, meta.num_row_groups, compression))
    return found


def test_generated_files_have_the_layout_and_schema_of_recorded_ones(store: DatasetStore, tmp_path: Path):
    real = recorded(store, "real", tmp_path / "takes", before=6, after=3).folder
    made = make_dataset(store, "made", small_format(), 9, since=3)
    assert layout(made) == layout(real)
    for ours, theirs in zip(episode_files(made), episode_files(real), strict=True):
        assert pq.read_schema(ours).equals(pq.read_schema(theirs))
    assert store.open("made").head.features == store.open("real").head.features


def test_a_recorded_dataset_is_counted_as_guidance_counts_it(store: DatasetStore, tmp_path: Path):
    dataset = recorded(store, "real", tmp_path / "takes", before=4, after=2)
    store.reviews("real").add(Review("00000001", verdict=ReviewVerdict.rejected, reviewer="Lea"))
    plan = plan_of()
    found = survey(CoverageIndex(store), ["real"], [plan], Filter(), Layer.progress, now_s=0)
    theirs = naive_progress(plan, Records().read(dataset, {"00000001"}))
    counts = {one.name: (one.nominal, one.rejected) for one in theirs.clusters}
    assert {one.name: (one.filled, one.rejected) for one in found.clusters} == counts
    assert (found.totals.episodes, found.totals.accepted, found.totals.rejected) == (6, 5, 1)
    assert found.totals.recovery_by_frames == pytest.approx(theirs.share.by_frames)
    assert found.remaining == theirs.remaining
    assert len(found.gaps) == 5


def test_a_new_episode_costs_one_small_read(store: DatasetStore, tmp_path: Path):
    dataset = recorded(store, "real", tmp_path / "takes", before=3, after=1)
    read: list[int] = []

    def make(file: PartFile) -> int:
        read.append(file.rows)
        return file.rows

    parts = EpisodeParts(COLUMN_NAMES, make)
    assert sum(parts.read(dataset.folder)) == 4
    read.clear()
    record(tmp_path / "takes", "later", rows=4).stop()
    dataset.commit(tmp_path / "takes", "later", EpisodeFacts("later"))
    assert sum(parts.read(dataset.folder)) == 5
    assert read == [1]


def test_the_version_changes_with_an_episode_and_with_a_review_only(store: DatasetStore, tmp_path: Path):
    dataset = recorded(store, "real", tmp_path / "takes", before=3, after=1)
    index = CoverageIndex(store)
    before = index.version("real")
    assert index.version("real") == before
    store.reviews("real").add(Review("00000001", verdict=ReviewVerdict.accepted, reviewer="Lea"))
    reviewed = index.version("real")
    assert reviewed != before
    dataset.undo_last(tmp_path / "takes")
    assert index.version("real") != reviewed
    assert len(index.read("real").columns) == 3


def test_checks_layer_knows_the_warnings(store: DatasetStore):
    make_dataset(store, "made", small_format(), 200, reviewed=0)
    index = CoverageIndex(store)
    found = survey(index, ["made"], [plan_of()], Filter(), Layer.checks, now_s=0)
    warned = survey(index, ["made"], [plan_of()], Filter(checks=("warn",)), Layer.checks, now_s=0)
    clean = survey(index, ["made"], [plan_of()], Filter(checks=("ok",)), Layer.checks, now_s=0)
    texts = [episode.facts.checks for episode in store.open("made").episodes()]
    assert warned.totals.episodes == sum('"warn"' in text for text in texts) > 0
    assert warned.totals.episodes + clean.totals.episodes == found.totals.episodes == 200
    assert {value for value in clean.cells.value} == {100.0}
    assert {value for value in warned.cells.value} == {0.0}
    of_one = survey(index, ["made"], [plan_of()], Filter(operator=("Ada",)), Layer.checks, now_s=0)
    mine = [episode.facts for episode in store.open("made").episodes() if episode.facts.operator == "Ada"]
    clusters = {one.name: one.value for one in of_one.clusters}
    for name in {one.cluster for one in mine}:
        there = [one for one in mine if one.cluster == name]
        assert clusters[name] == pytest.approx(
            100 * sum('"warn"' not in o.checks for o in there) / len(there), abs=0.01
        )


def test_two_datasets_are_one_map_and_their_differences_are_named(store: DatasetStore):
    make_dataset(store, "one", small_format(), 60)
    make_dataset(store, "two", small_format(fps=25), 40, seed=1)
    plan, other = plan_of(), plan_of(seed=5)
    found = survey(CoverageIndex(store), ["one", "two"], [plan, None], Filter(), Layer.density, now_s=0)
    assert found.totals.episodes == found.total == 100
    assert set(found.marks.dataset) == {0, 1}
    blocking = {one.what: one.values for one in found.differences if one.blocks}
    assert blocking == {"frames per second": ["30 fps", "25 fps"]}
    assert any(one.what == "plan" and not one.blocks for one in found.differences)
    # The plan's places are only those of the dataset it belongs to; the counts on the map are of both.
    alone = survey(CoverageIndex(store), ["one"], [plan], Filter(), Layer.density, now_s=0)
    assert [one.filled for one in found.clusters] == [one.filled for one in alone.clusters]
    assert sum(one.recorded for one in found.clusters) > sum(one.recorded for one in alone.clusters)
    same = survey(CoverageIndex(store), ["one", "two"], [plan, other], Filter(), Layer.density, now_s=0)
    assert sum(one.filled for one in same.clusters) >= sum(one.filled for one in alone.clusters)
