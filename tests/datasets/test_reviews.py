"""Reviews: what is kept, what stands, and what a crash, a later version or a frozen copy does to them."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from app.datasets import (
    Dataset,
    DatasetStore,
    Review,
    ReviewInvalid,
    ReviewLog,
    ReviewNotFound,
    ReviewVerdict,
    Span,
    Standing,
)
from app.datasets.opinions import taken_back
from app.datasets.reviewlines import from_line, to_line
from tests.datasets.powerloss import LoggingDisk, ModelDisk
from tests.datasets.scenes import QUICK, small_format

AT = "2026-11-26T23:00:00+00:00"
TEXT = st.text(max_size=20)
SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9), TEXT), max_size=3).map(
    lambda parts: tuple(
        Span(60 * i + first, 60 * i + first + count, why) for i, (first, count, why) in enumerate(parts)
    )
)
REVIEWS = st.builds(
    Review,
    uuid=st.sampled_from(["one", "two", "three"]),
    verdict=st.sampled_from(ReviewVerdict),
    reason=TEXT,
    rating=st.integers(0, 5),
    comment=TEXT,
    spans=st.none() | SPANS,
    trim=st.none() | st.tuples(st.integers(0, 9), st.integers(10, 90)),
    reviewer=st.sampled_from(["ada", "bo"]),
    at=st.just(AT),
).filter(lambda review: review.says_something)


def a_log(folder: Path) -> ReviewLog:
    (folder / "bricks/meta").mkdir(parents=True, exist_ok=True)
    return ReviewLog(folder / "bricks", QUICK)


def naive(history: list[tuple[str, Review]], gone: set[str]) -> dict[str, dict[str, object]]:
    """What stands, said again: of every field the last that somebody said and nobody took back."""
    found: dict[str, dict[str, object]] = {}
    for id, review in history:
        if review.takes_back or id in gone:
            continue
        mine = found.setdefault(
            review.uuid, {"rating": 0, "comment": "", "spans": None, "trim": None, "verdict": "none"}
        )
        mine.update({"rating": review.rating} if review.rating else {})
        mine.update({"comment": review.comment} if review.comment else {})
        mine.update({"spans": review.spans} if review.spans is not None else {})
        mine.update({"trim": review.trim} if review.trim is not None else {})
        if review.verdict != "none":
            mine.update({"verdict": review.verdict, "reason": review.reason})
    return found


class Reviewing(RuleBasedStateMachine):
    """Any order of opinions and takings back, seen by one log that reads on and one that reads anew."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(os.environ["PYTEST_REVIEWS"]) / os.urandom(6).hex()
        self.log = a_log(self.folder)
        self.history: list[tuple[str, Review]] = []
        self.gone: set[str] = set()

    @rule(target=ids, review=REVIEWS)
    def say(self, review: Review) -> str:
        kept = self.log.add(review)
        self.history.append((kept.id, review))
        return kept.id

    @rule(target=ids, id=consumes(ids))
    def take_back(self, id: str) -> str:
        """An opinion, or an earlier taking back, which brings back what that one took."""
        kept = self.log.take_back(id, reviewer="ada", at=AT)
        back = dict(self.history)[id].takes_back
        self.history.append((kept.id, kept))
        self.gone.add(id)
        while back:  # a chain: every second link counts
            self.gone.symmetric_difference_update({back})
            back = dict(self.history)[back].takes_back
        return kept.id

    @rule(garbage=st.binary(max_size=12).filter(lambda data: b"\n" not in data))
    def a_crash_tears_the_last_line(self, garbage: bytes) -> None:
        if self.history:
            with self.log.path.open("ab") as file:
                file.write(b'{"id":"x","uuid":"one","verd' + garbage)

    @rule()
    def a_generation_links_the_file(self) -> None:
        if self.history:
            other = self.folder / "frozen.jsonl"
            other.unlink(missing_ok=True)
            os.link(self.log.path, other)

    @invariant()
    def both_readers_say_the_same_as_the_naive_model(self) -> None:
        for log in (self.log, ReviewLog(self.folder / "bricks", QUICK)):
            stands = log.standing()
            wanted = naive(self.history, self.gone)
            assert set(stands) == set(wanted)
            for uuid, fields in wanted.items():
                assert {name: getattr(stands[uuid], name) for name in fields} == fields

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def test_any_order_of_opinions_and_takings_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_REVIEWS", str(tmp_path))
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Reviewing, settings=settings(max_examples=40, stateful_step_count=15, deadline=None))


@given(REVIEWS)
def test_a_line_says_what_was_said(review: Review) -> None:
    assert from_line(to_line(review.__class__(**{**review.__dict__, "id": "a"}))) == Review(
        **{**review.__dict__, "id": "a", "reason": review.reason}
    )


@given(st.lists(REVIEWS, min_size=1, max_size=5), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_cut_anywhere_keeps_every_whole_line(tmp_path: Path, reviews: list[Review], data: st.DataObject) -> None:
    folder = tmp_path / os.urandom(6).hex()
    log = a_log(folder)
    kept = [log.add(review) for review in reviews]
    text = log.path.read_bytes()
    cut = data.draw(st.integers(0, len(text)))
    log.path.write_bytes(text[:cut])
    whole = text[: cut + 1].count(b"\n") if cut < len(text) else len(kept)
    left = a_log(folder)
    assert list(left.records()) == kept[:whole]
    later = left.add(Review("one", ReviewVerdict.accepted))
    assert list(left.records()) == [*kept[:whole], later] == list(a_log(folder).records())


@given(
    st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=4),
        ).flatmap(
            lambda value: st.sampled_from(["verdict", "rating", "spans", "trim", "reason", "later", "takes_back"]).map(
                lambda name: json.dumps({"id": "a", "uuid": "one", name: value}).encode()
            )
        ),
    )
)
def test_nothing_in_the_file_can_break_a_reader(line: bytes) -> None:
    review = from_line(line)
    assert review is None or isinstance(review.spans, tuple | None)


def test_what_a_later_version_says_is_passed_over_and_stays(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.add(Review("one", ReviewVerdict.accepted, reviewer="ada", at=AT))
    line = {"version": 9, "id": "f", "uuid": "one", "verdict": "maybe", "mood": ["x"], "rating": 4, "reviewer": "bo"}
    with log.path.open("ab") as file:
        file.write(json.dumps(line).encode() + b"\n")
    stands = log.of("one")
    assert (stands.verdict, stands.rating, stands.reviewer) == (ReviewVerdict.accepted, 4, "bo")
    log.add(Review("one", comment="seen"))
    assert b'"mood": ["x"]' in log.path.read_bytes()


def test_opinions_stand_side_by_side_and_differences_are_said(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.add(Review("one", ReviewVerdict.accepted, rating=4, reviewer="ada", at=AT))
    last = log.add(Review("one", ReviewVerdict.rejected, "object slipped", reviewer="bo", at=AT))
    stands = log.of("one")
    assert (stands.verdict, stands.reason, stands.rating, stands.disputed) == ("rejected", "object slipped", 4, True)
    assert stands.verdicts == {"ada": "accepted", "bo": "rejected"}
    log.take_back(last.id, reviewer="bo", at=AT)
    assert [one.taken_back for one in log.opinions("one")] == [False, True]
    assert (log.of("one").verdict, log.of("one").disputed) == ("accepted", False)
    assert log.of("other") == Standing()


def test_what_cannot_be_is_refused_in_words(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    for review, words in [
        (Review(""), "names no episode"),
        (Review("one"), "says nothing"),
        (Review("one", rating=6), "rating is 1 to 5"),
        (Review("one", comment="x" * 2001), "longer than 2000"),
        (Review("one", spans=(Span(5, 5),)), "span begins"),
        (Review("one", spans=(Span(0, 9), Span(8, 12))), "overlap"),
        (Review("one", trim=(9, 3)), "span begins"),
    ]:
        with pytest.raises(ReviewInvalid, match=words):
            log.add(review)
    with pytest.raises(ReviewNotFound):
        log.take_back("gone", reviewer="ada", at=AT)
    kept = log.add(Review("one", rating=1))
    log.take_back(kept.id, reviewer="ada", at=AT)
    with pytest.raises(ReviewInvalid, match="taken back already"):
        log.take_back(kept.id, reviewer="ada", at=AT)
    assert taken_back(log.records()) == {kept.id}


def test_a_frozen_copy_made_by_links_does_not_grow(tmp_path: Path) -> None:
    log = a_log(tmp_path)
    log.add(Review("one", ReviewVerdict.accepted))
    frozen = tmp_path / "frozen.jsonl"
    os.link(log.path, frozen)
    log.add(Review("one", ReviewVerdict.rejected))
    assert frozen.read_bytes().count(b"\n") == 1
    assert log.of("one").verdict == "rejected"


def test_many_reviewers_at_once_lose_nothing(tmp_path: Path) -> None:
    logs = [a_log(tmp_path) for _ in range(4)]

    def say(log: ReviewLog, who: int) -> None:
        for number in range(10):
            log.add(Review(f"{who}-{number}", ReviewVerdict.accepted))
            assert log.of(f"{who}-{number}").verdict == "accepted"

    threads = [threading.Thread(target=say, args=(log, who)) for who, log in enumerate(logs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(logs[0].standing()) == 40


def test_the_store_hands_out_one_log_a_dataset(tmp_path: Path) -> None:
    store = DatasetStore(tmp_path, QUICK)
    store.create("bricks", small_format())
    assert store.reviews("bricks") is store.reviews("bricks")
    assert store.reviews("bricks").records() == ()


@pytest.mark.parametrize("names", ["durable", "now", "zeros"])
def test_power_loss_keeps_every_review_that_was_acknowledged(tmp_path: Path, names: str) -> None:
    disk = LoggingDisk(tmp_path / "real")
    (tmp_path / "real").mkdir()
    log = ReviewLog(Dataset.create(tmp_path / "real/bricks", small_format(), disk).folder, disk)
    for number in range(4):
        log.add(Review(f"episode-{number}", ReviewVerdict.rejected, "blurred"))
        disk.mark(number + 1)
        if number == 1:
            os.link(log.path, log.path.with_name("frozen"))
            disk.log("link", log.path, log.path.with_name("frozen"))
    model, promised = ModelDisk(), 0
    for operation in disk.operations:
        model.apply(operation)
        if isinstance(operation.mark, int):
            promised = operation.mark
        model.write_to(tmp_path / "lost", names=names)
        left = ReviewLog(tmp_path / "lost/bricks", QUICK)
        found = len(left.records())
        assert promised <= found <= promised + 1
        if promised:
            left.add(Review("later", ReviewVerdict.accepted))
            assert len(left.records()) == found + 1
        shutil.rmtree(tmp_path / "lost")
    assert promised == 4
