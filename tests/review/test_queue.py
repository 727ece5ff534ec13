"""Which episode comes next, and what a selection admits."""

from __future__ import annotations

import json
from pathlib import Path

from app.datasets import Review, ReviewLog, ReviewVerdict
from app.review.queue import Order, check_words, chosen, entries, ordered
from tests.datasets.folders import a_dataset


def checks(level: str, text: str) -> str:
    return json.dumps({"light": {"level": "ok", "text": ""}, "mount:top": {"level": level, "text": text}})


FACTS = [
    {"checks": checks("ok", ""), "cluster": "near"},
    {"checks": checks("fail", "The top camera moved."), "cluster": "far", "kind": "recovery"},
    {"checks": checks("warn", "The light changed."), "cluster": "far"},
    {"checks": "{damaged", "cluster": ""},
]


def indexes(found: list) -> list[int]:
    return [entry.index for entry in found]


def test_the_worst_come_first_and_the_unreviewed_before_the_decided(tmp_path: Path) -> None:
    dataset = a_dataset(tmp_path, lengths=(4, 4, 4, 4), facts=FACTS)
    log = ReviewLog(dataset.folder)
    assert indexes(ordered(entries(dataset, log), Order.worst)) == [1, 2, 0, 3]
    log.add(Review("bricks-1", ReviewVerdict.rejected, "camera"))
    found = entries(dataset, log)
    assert indexes(ordered(found, Order.unreviewed)) == [2, 0, 3, 1]
    assert indexes(ordered(found, Order.recorded)) == [0, 1, 2, 3]
    assert indexes(chosen(found, cluster="far")) == [1, 2]
    assert indexes(chosen(found, verdict="rejected")) == [1]
    assert indexes(chosen(found, verdict="none", cluster="far")) == [2]
    assert indexes(chosen(found, kind="recovery")) == [1]
    assert indexes(chosen(found, indexes=[3], keys=["bricks-0"])) == [0, 3]


def test_a_second_look_draws_the_same_episodes_for_the_same_seed(tmp_path: Path) -> None:
    dataset = a_dataset(tmp_path, lengths=(3,) * 8)
    log = ReviewLog(dataset.folder)
    for index in range(6):
        log.add(Review(f"bricks-{index}", ReviewVerdict.accepted))
    found = entries(dataset, log)
    first = indexes(ordered(found, Order.second, seed=1, sample=4))
    assert first == indexes(ordered(list(reversed(found)), Order.second, seed=1, sample=4))
    assert len(set(first)) == 4
    assert set(first) <= set(range(6))
    assert len({tuple(indexes(ordered(found, Order.second, seed=seed, sample=4))) for seed in range(5)}) > 1


def test_checks_are_read_worst_first_and_damage_is_no_check() -> None:
    words = check_words(json.dumps({"a": {"level": "warn", "text": "Dark."}, "b": {"level": "fail", "text": "Moved."}}))
    assert (words.level, words.reasons) == ("fail", ("Moved.", "Dark."))
    for column in ("", "{}", "[1]", "{", "7", '{"a": 3}', '{"a": {"level": 4, "text": "x"}}'):
        assert check_words(column).reasons == ()
