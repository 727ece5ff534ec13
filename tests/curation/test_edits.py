"""Split, delete, merge, rename: LeRobot's tools do it, LeRobot opens the result, the studio's facts are all there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import Refused
from app.curation import refusals
from app.curation.arguments import CutArgument, Delete, Merge, RenameTask, Split, Trim
from app.curation.proof import EditUnproved, Kept, prove
from app.curation.refusals import CodecsDiffer
from app.curation.selection import SplitBy
from app.datasets import (
    Dataset,
    DatasetExists,
    Review,
    ReviewLog,
    ReviewVerdict,
    Span,
    VideoCodec,
    entries,
    restore,
)
from app.datasets.layout import STUDIO_FOLDER
from app.guidance.plan import Cluster, Plan
from app.guidance.plan_json import versions_to_bytes
from app.guidance.store import PLAN
from app.jobs import Work
from app.storage.paths import DataFolder
from tests.datasets.oracle import Oracle
from tests.datasets.saving import filled, save, uuids
from tests.datasets.scenes import QUICK, small_format

FORMAT = small_format()
EPISODES = [(0, 9), (100, 12), (200, 7), (300, 6)]
by_lerobot = pytest.mark.usefixtures("bars_restored")
pytestmark = pytest.mark.filterwarnings("ignore")


def review(dataset: Dataset, first: int, verdict: str, **said: object) -> str:
    uuid = f"{dataset.name}-{first}"
    log = ReviewLog(dataset.folder, QUICK)
    log.add(Review(uuid, ReviewVerdict(verdict), reviewer="lead", **said))  # type: ignore[arg-type]
    return log.path.read_text().splitlines()[-1]


def reviews(dataset: Dataset) -> list[str]:
    path = dataset.folder / STUDIO_FOLDER / "reviews.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def plan(dataset: Dataset, *held_out: str) -> None:
    clusters = tuple(Cluster(f"A{first}", 20.0, first / 20) for first, _ in [*EPISODES, (500, 5), (600, 8)])
    made = Plan("Stack the bricks", ((10, -30), (40, -30), (40, 60), (10, 60)), clusters, held_out)
    (dataset.folder / PLAN).write_bytes(versions_to_bytes((made,)))


@pytest.mark.lerobot
@by_lerobot
@pytest.mark.parametrize("compact", [False, True])
def test_the_held_out_cluster_is_split_off(
    data: DataFolder, work: Callable[[], Work], lerobot: Oracle, compact: bool
) -> None:
    from app.curation import edits

    dataset = filled(data.datasets / "bricks", EPISODES, compact=compact)
    plan(dataset, "A100", "A300")
    kept = review(dataset, 100, "accepted")
    review(dataset, 0, "rejected")
    split = Split(dataset="bricks", by=SplitBy.held_out)
    refusals.refuse_split(split, data)

    outcome = edits.split(split, work())

    assert outcome.values == {"datasets": ["bricks-train", "bricks-held-out"]}
    lerobot.check(data.datasets / "bricks-train", FORMAT, [EPISODES[0], EPISODES[2]])
    lerobot.check(data.datasets / "bricks-held-out", FORMAT, [EPISODES[1], EPISODES[3]])
    held_out = Dataset.open(data.datasets / "bricks-held-out")
    assert uuids(held_out) == ["bricks-100", "bricks-300"]
    assert [episode.facts.cluster for episode in held_out.episodes()] == ["A100", "A300"]
    assert reviews(held_out) == [kept]
    assert (held_out.folder / PLAN).exists()
    lerobot.check(dataset.folder, FORMAT, EPISODES)
    save(held_out, data.takes, 700, 5)
    lerobot.check(held_out.folder, FORMAT, [EPISODES[1], EPISODES[3], (700, 5)])
    with pytest.raises(DatasetExists):
        refusals.refuse_split(split, data)


@pytest.mark.lerobot
@by_lerobot
def test_rejected_episodes_are_deleted_and_can_come_back(
    data: DataFolder, work: Callable[[], Work], lerobot: Oracle
) -> None:
    from app.curation import edits

    dataset = filled(data.datasets / "bricks", EPISODES, compact=True)
    for first in (100, 300):
        review(dataset, first, "rejected")
    delete = Delete(dataset="bricks", rejected=True)
    refusals.refuse_delete(delete, data)

    edits.delete(delete, work())

    lerobot.check(dataset.folder, FORMAT, [EPISODES[0], EPISODES[2]])
    assert uuids(dataset) == ["bricks-0", "bricks-200"]
    assert len(reviews(dataset)) == 2
    (entry,) = entries(data.datasets)
    assert entry.episodes == 4
    restore(data.datasets, entry.id, "before", QUICK)
    lerobot.check(data.datasets / "before", FORMAT, EPISODES)
    save(dataset, data.takes, 700, 5)
    lerobot.check(dataset.folder, FORMAT, [EPISODES[0], EPISODES[2], (700, 5)])


@pytest.mark.lerobot
@by_lerobot
def test_two_datasets_become_one(data: DataFolder, work: Callable[[], Work], lerobot: Oracle) -> None:
    from app.curation import edits

    one = filled(data.datasets / "one", EPISODES[:2])
    two = filled(data.datasets / "two", [(500, 5), (600, 8)], compact=True)
    plan(one, "A0")
    plan(two, "A600")
    lines = [review(one, 100, "accepted"), review(two, 600, "rejected")]
    arguments = Merge(datasets=["one", "two"], name="both")
    refusals.refuse_merge(arguments, data)

    outcome = edits.merge(arguments, work())

    both = Dataset.open(data.datasets / "both")
    lerobot.check(both.folder, FORMAT, [*EPISODES[:2], (500, 5), (600, 8)])
    assert uuids(both) == [*uuids(one), *uuids(two)]
    assert reviews(both) == lines
    assert (both.folder / PLAN).read_bytes() == (one.folder / PLAN).read_bytes()
    assert "the plan of two" in outcome.words
    save(both, data.takes, 900, 4)
    lerobot.check(both.folder, FORMAT, [*EPISODES[:2], (500, 5), (600, 8), (900, 4)])


@pytest.mark.lerobot
@by_lerobot
def test_another_codec_is_named_and_encoded_again(data: DataFolder, work: Callable[[], Work], lerobot: Oracle) -> None:
    from app.curation import edits

    filled(data.datasets / "one", EPISODES[:1])
    filled(data.datasets / "two", [(500, 5)], format=small_format(VideoCodec.av1))
    with pytest.raises(CodecsDiffer, match="two is av1, one is h264"):
        refusals.refuse_merge(Merge(datasets=["one", "two"], name="both"), data)
    arguments = Merge(datasets=["one", "two"], name="both", encode_again=True)
    refusals.refuse_merge(arguments, data)

    edits.merge(arguments, work())

    lerobot.check(data.datasets / "both", FORMAT, [EPISODES[0], (500, 5)])
    assert Dataset.open(data.datasets / "both").head.codec is VideoCodec.h264
    assert Dataset.open(data.datasets / "two").head.codec is VideoCodec.av1
    lerobot.check(data.datasets / "two", small_format(VideoCodec.av1), [(500, 5)])


@pytest.mark.lerobot
@by_lerobot
def test_a_task_gets_other_words(data: DataFolder, work: Callable[[], Work], lerobot: Oracle) -> None:
    from app.curation import edits

    dataset = filled(data.datasets / "bricks", EPISODES[:2], compact=True)
    save(dataset, data.takes, 200, 6, "Another task")
    rename = RenameTask(dataset="bricks", old="Stack the bricks", new="Put it into the box")
    refusals.refuse_rename_task(rename, data)

    edits.rename_task(rename, work())

    opened = lerobot.check(dataset.folder, FORMAT, [*EPISODES[:2], (200, 6)])
    assert [opened[n]["task"] for n in (0, 20, 21)] == ["Put it into the box"] * 2 + ["Another task"]
    assert uuids(dataset) == ["bricks-0", "bricks-100", "bricks-200"]
    save(dataset, data.takes, 700, 5, "Put it into the box")
    assert lerobot.open(dataset.folder).meta.total_tasks == 2


@pytest.mark.lerobot
@by_lerobot
def test_a_foreign_dataset_is_split_too(data: DataFolder, work: Callable[[], Work], lerobot: Oracle) -> None:
    from app.curation import edits

    ours = filled(data.datasets / "ours", EPISODES[:1])
    lerobot.record(data.datasets / "theirs", ours.folder, FORMAT, [(0, 6), (100, 4), (200, 5)])
    edits.delete(Delete(dataset="theirs", episodes=[1]), work())
    lerobot.check(data.datasets / "theirs", FORMAT, [(0, 6), (200, 5)])


@pytest.mark.lerobot
@by_lerobot
def test_what_lerobot_merged_behind_our_back_is_edited(
    data: DataFolder, work: Callable[[], Work], lerobot: Oracle
) -> None:
    """Its merge names files of meta/episodes that are not there, and its own delete fails on them."""
    from app.curation import edits

    ours = filled(data.datasets / "ours", EPISODES[:3], compact=True)
    theirs = lerobot.record(data.root / "theirs", ours.folder, FORMAT, [(500, 6)])
    lerobot.tools.merge_datasets([lerobot.open(ours.folder), theirs], "local/merged", data.datasets / "merged")
    edits.delete(Delete(dataset="merged", episodes=[1]), work())
    lerobot.check(data.datasets / "merged", FORMAT, [EPISODES[0], EPISODES[2], (500, 6)])


def test_a_trim_is_reviewed_as_its_parent_was(data: DataFolder, work: Callable[[], Work]) -> None:
    from app.curation import edits

    dataset = filled(data.datasets / "bricks", EPISODES)
    review(dataset, 100, "accepted", spans=(Span(1, 5), Span(8, 12)))
    trim = Trim(dataset="bricks", cuts=[CutArgument(episode=1, start=3, stop=10)])
    refusals.refuse_trim(trim, data)
    edits.trim_episodes(trim, work())
    new = dataset.episode(1).facts
    assert new.parent_uuid == "bricks-100"
    standing = ReviewLog(dataset.folder).of(new.uuid)
    assert (standing.verdict, standing.reviewer) == ("accepted", "lead")
    assert standing.spans == (Span(0, 2), Span(5, 7))


def test_trims_that_reviews_propose_are_carried_out_at_once(data: DataFolder, work: Callable[[], Work]) -> None:
    from app.curation import edits

    dataset = filled(data.datasets / "bricks", EPISODES)
    trim = Trim(dataset="bricks", proposed=True)
    with pytest.raises(Refused, match="nothing to cut"):
        refusals.refuse_trim(trim, data)
    review(dataset, 0, "none", trim=(2, 8))
    review(dataset, 200, "accepted", trim=(0, 4))
    refusals.refuse_trim(trim, data)
    edits.trim_episodes(trim, work())
    assert [episode.length for episode in dataset.episodes()] == [6, 12, 4, 6]
    with pytest.raises(Refused, match="nothing to cut"):
        refusals.refuse_trim(trim, data)


# ---- what is refused ----


def test_splits_that_make_no_sense_are_refused(data: DataFolder) -> None:
    dataset = filled(data.datasets / "bricks", EPISODES[:2])
    with pytest.raises(Refused, match="holds no cluster out"):
        refusals.refuse_split(Split(dataset="bricks", by=SplitBy.held_out), data)
    with pytest.raises(Refused, match="every episode is undecided"):
        refusals.refuse_split(Split(dataset="bricks", by=SplitBy.verdict), data)
    with pytest.raises(Refused, match="no part 'B'"):
        refusals.refuse_split(Split(dataset="bricks", by=SplitBy.cluster, names={"B": "b"}), data)
    with pytest.raises(Refused, match="same name"):
        refusals.refuse_split(Split(dataset="bricks", by=SplitBy.cluster, names={"A0": "b", "A100": "b"}), data)
    refusals.refuse_split(Split(dataset="bricks", by=SplitBy.cluster), data)
    assert dataset.total_episodes == 2


def test_a_merge_of_two_rigs_is_refused_with_every_reason(data: DataFolder) -> None:
    filled(data.datasets / "one", EPISODES[:1])
    filled(data.datasets / "two", [(0, 4)], format=small_format(fps=20))
    with pytest.raises(Refused, match="two has 20 as its rate"):
        refusals.refuse_merge(Merge(datasets=["one", "two"], name="both"), data)


def test_deleting_everything_is_refused(data: DataFolder) -> None:
    filled(data.datasets / "bricks", EPISODES[:2])
    for delete in (
        Delete(dataset="bricks", episodes=[0, 1]),
        Delete(dataset="bricks"),
        Delete(dataset="bricks", uuids=["x"]),
    ):
        with pytest.raises(Refused):
            refusals.refuse_delete(delete, data)


@pytest.mark.parametrize("what", ["row", "uuid", "picture", "count"])
def test_a_result_that_is_not_its_source_is_thrown_away(data: DataFolder, tmp_path: Path, what: str) -> None:
    one = filled(data.datasets / "one", EPISODES[:2])
    first = {"row": 50, "picture": 0}.get(what, 0)
    other = filled(tmp_path / "else/datasets/one", [(first, 9), (100, 12)])
    kept = [Kept(one.folder, 0, 0), Kept(one.folder, 1, 1)]
    if what == "count":
        kept = kept[:1]
    if what == "uuid":
        kept = [Kept(one.folder, 1, 0), Kept(one.folder, 0, 1)]
    if what == "picture":
        for video in (other.folder / "videos/observation.images.top").glob("*/file-001.mp4"):
            video.with_name("file-000.mp4").write_bytes(video.read_bytes())
    with pytest.raises(EditUnproved):
        prove(other.folder, kept)
