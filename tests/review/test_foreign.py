"""A dataset that LeRobot wrote, without any column of ours, opens on the map and says what is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.datasets import DatasetStore, Review, ReviewVerdict
from app.review import CoverageIndex, Filter, Layer, TablePictures, bounds_of, gather, hand_paths, listing, survey
from tests.datasets.oracle import Oracle
from tests.datasets.scenes import QUICK, small_format


@pytest.mark.lerobot
def test_what_lerobot_recorded_is_shown_with_its_unknowns(lerobot: Oracle, tmp_path: Path):
    store = DatasetStore(tmp_path / "datasets", QUICK)
    like = store.create("like", small_format()).folder
    lerobot.record(tmp_path / "datasets/theirs", like, small_format(), [(0, 5), (5, 7)])
    index = CoverageIndex(store)
    for layer in Layer:
        found = survey(index, ["theirs"], [None], Filter(), layer, now_s=0)
        assert (found.total, found.known, found.has_plan) == (2, 0, False)
        assert (found.marks.of, found.marks.unplaced) == (0, 2)
        assert found.cells.i == []
    assert found.totals.frames == 12
    assert found.totals.recovery_by_episodes is None
    assert [choice.name for choice in found.choices.operators] == ["unknown"]
    all, _ = gather(index, ["theirs"])
    assert {one.verdict for one in listing(all, 0, 10).episodes} == {"none"}
    paths = hand_paths(store.open("theirs"), all.columns)
    assert [len(path.x_cm) for path in paths.paths] == [5, 7]
    assert not TablePictures(store).ground("theirs").picture
    assert bounds_of(None, all.columns).x_to_cm > 30
    # It can be reviewed by its content's name, and the map shows that.
    key = store.open("theirs").key(1)
    store.reviews("theirs").add(Review(key, verdict=ReviewVerdict.rejected, reviewer="Lea"))
    rejected = survey(index, ["theirs"], [None], Filter(verdict=("rejected",)), Layer.density, now_s=0)
    assert (rejected.totals.episodes, rejected.totals.rejected) == (1, 1)
