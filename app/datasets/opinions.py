"""What one person says about an episode, what of it stands, and what cannot be said."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.datasets.errors import ReviewInvalid

RATINGS = range(1, 6)
TEXT_LIMIT = 2000
SPANS_LIMIT = 100


class ReviewVerdict(StrEnum):
    none = "none"
    accepted = "accepted"
    rejected = "rejected"


@dataclass(frozen=True)
class Span:
    """Frames `from_frame <= f < to_frame` of a recovery, and what it recovers from."""

    from_frame: int
    to_frame: int
    cause: str = ""


@dataclass(frozen=True)
class Review:
    """One thing that one person said about one episode; what is left at its default was not said.

    `uuid` is the episode's (`Dataset.key` where it has none). `spans` are the
    recovery spans as this person sees them, `()` meaning that there are none;
    `trim` the frames from..to worth keeping. `takes_back` names the record,
    an opinion or an earlier taking back, that this one undoes.
    """

    uuid: str
    verdict: ReviewVerdict = ReviewVerdict.none
    reason: str = ""
    rating: int = 0
    comment: str = ""
    spans: tuple[Span, ...] | None = None
    trim: tuple[int, int] | None = None
    takes_back: str = ""
    reviewer: str = ""
    at: str = ""
    id: str = ""

    @property
    def says_something(self) -> bool:
        said = (self.reason, self.rating, self.comment, self.takes_back)
        return self.verdict is not ReviewVerdict.none or any(said) or not (self.spans is None and self.trim is None)


@dataclass(frozen=True)
class Opinion:
    """A review as a list shows it."""

    review: Review
    taken_back: bool


@dataclass(frozen=True)
class Standing:
    """What holds for an episode now: of each field, what was said last and not taken back.

    `verdicts` has the standing verdict of each reviewer; `disputed` where they differ.
    """

    verdict: ReviewVerdict = ReviewVerdict.none
    reason: str = ""
    rating: int = 0
    comment: str = ""
    spans: tuple[Span, ...] | None = None
    trim: tuple[int, int] | None = None
    reviewer: str = ""
    at: str = ""
    opinions: int = 0
    verdicts: Mapping[str, ReviewVerdict] | None = None

    @property
    def disputed(self) -> bool:
        return len(set((self.verdicts or {}).values())) > 1


UNREVIEWED = Standing()


def taken_back(records: Iterable[Review]) -> set[str]:
    """The ids that do not count: each named by a later record that does."""
    gone: set[str] = set()
    for record in reversed(list(records)):
        if record.takes_back and record.id not in gone:
            gone.add(record.takes_back)
    return gone


def standing_of(records: Iterable[Review]) -> dict[str, Standing]:
    """What holds for each episode after `records`, which are in their order."""
    listed = list(records)
    gone = taken_back(listed)
    found: dict[str, Standing] = {}
    for record in listed:
        if not record.takes_back and record.id not in gone:
            found[record.uuid] = _with(found.get(record.uuid, UNREVIEWED), record)
    return found


def _with(standing: Standing, record: Review) -> Standing:
    changed: dict[str, Any] = {"opinions": standing.opinions + 1, "reviewer": record.reviewer, "at": record.at}
    if record.verdict is not ReviewVerdict.none:
        changed |= {"verdict": record.verdict, "reason": record.reason}
        changed["verdicts"] = {**(standing.verdicts or {}), record.reviewer: record.verdict}
    for name in ("rating", "comment"):
        if said := getattr(record, name):
            changed[name] = said
    for name in ("spans", "trim"):
        if (said := getattr(record, name)) is not None:
            changed[name] = said
    return replace(standing, **changed)


def require_valid(review: Review) -> None:
    """Raise ReviewInvalid, saying what is wrong."""
    spans = review.spans or ()
    texts = (review.uuid, review.reason, review.comment, review.reviewer, *(span.cause for span in spans))
    wrong = ""
    if not review.uuid:
        wrong = "it names no episode"
    elif not review.says_something:
        wrong = "it says nothing"
    elif review.rating and review.rating not in RATINGS:
        wrong = f"a rating is {RATINGS.start} to {RATINGS.stop - 1}"
    elif max(map(len, texts)) > TEXT_LIMIT:
        wrong = f"a text is longer than {TEXT_LIMIT} letters"
    elif len(spans) > SPANS_LIMIT:
        wrong = f"there are more than {SPANS_LIMIT} spans"
    elif any(not 0 <= first < last for first, last in (*((s.from_frame, s.to_frame) for s in spans), *_trims(review))):
        wrong = "a span begins before frame 0 or does not end after its beginning"
    elif any(one.to_frame > other.from_frame for one, other in itertools.pairwise(spans)):
        wrong = "its spans overlap or are out of order"
    if wrong:
        raise ReviewInvalid(f"The review was not kept: {wrong}.", todo="Correct it and send it again.")


def _trims(review: Review) -> tuple[tuple[int, int], ...]:
    return () if review.trim is None else (review.trim,)
