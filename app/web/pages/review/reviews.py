"""HTTP for reviews: say something about an episode, take it back, see who said what, and which episode is next."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from app.core.errors import Conflict
from app.core.identity import Identity, Role
from app.datasets import Dataset, Opinion, Review, ReviewInvalid, ReviewLog, ReviewVerdict, Span, Standing
from app.review.queue import Entry, Order, check_words, chosen, entries, ordered
from app.web.access.identity import identity_of
from app.web.protocol import Model
from app.web.studio import studio_of

router = APIRouter(prefix="/api/datasets/{name}", tags=["reviews"])

Name = Annotated[str, Path(max_length=80)]
Index = Annotated[int, Path(ge=0)]
Text = Annotated[str, Field(max_length=2000)]
Who = Annotated[str, Field(max_length=80)]
SpanBody = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=1)], Text]
MOST = 5000
_NUMBER = re.compile(r" *[0-9]{1,9} *")


class EpisodeMoved(Conflict):
    """The index names another episode than the page showed."""

    code = "episode_moved"


class NotYours(Conflict):
    code = "not_yours"


class ReviewBody(Model):
    """What is said about the episode with this `key`; what is left out is not said.

    `spans`: recovery spans as [from_frame, to_frame, cause], the end not included.
    `trim`: the frames worth keeping. `reviewer` names the person while everybody
    is the same local user.
    """

    key: Annotated[str, Field(max_length=120)]
    verdict: ReviewVerdict = ReviewVerdict.none
    reason: Text = ""
    rating: Annotated[int, Field(ge=0, le=5)] = 0
    comment: Text = ""
    spans: list[SpanBody] | None = None
    trim: tuple[int, int] | None = None
    reviewer: Who = ""


class UndoBody(Model):
    reviewer: Who = ""


class SaidAnswer(Model):
    """What a reviewer says of an episode; null spans and trim where nothing was said of them."""

    verdict: ReviewVerdict
    reason: str
    rating: int
    comment: str
    spans: list[tuple[int, int, str]] | None
    trim: tuple[int, int] | None
    reviewer: str
    at: str


class StandingAnswer(SaidAnswer):
    """What holds now: of each thing, what was said last; `disputed` where reviewers differ."""

    disputed: bool


class OpinionAnswer(SaidAnswer):
    id: str
    taken_back: bool


class EpisodeReviews(Model):
    """`key` is what reviews of the episode go by; `checks_level` is "" where nothing was checked."""

    key: str
    standing: StandingAnswer
    opinions: list[OpinionAnswer]
    checks_level: str
    checks: list[str]


class QueueEntry(Model):
    index: int
    key: str
    verdict: ReviewVerdict
    disputed: bool
    rating: int
    checks_level: str
    checks: list[str]
    cluster: str
    kind: str
    outcome: str
    operator: str


class QueueAnswer(Model):
    """`counts` by standing verdict of all that the filter admits; `entries` are of `total`, from `offset` on."""

    order: Order
    total: int
    counts: dict[ReviewVerdict, int]
    entries: list[QueueEntry]


@router.get("/reviews/queue")
async def queue(
    request: Request,
    name: Name,
    order: Order = Order.unreviewed,
    seed: int = 0,
    sample: Annotated[int, Query(ge=1, le=1000)] = 20,
    episodes: Annotated[str, Query(max_length=20_000)] = "",
    uuids: Annotated[str, Query(max_length=40_000)] = "",
    cluster: Annotated[str, Query(max_length=80)] = "",
    verdict: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 2000,
) -> QueueAnswer:
    """Which episodes to look at, in order. `episodes` and `uuids` are lists with commas, as the map hands them on."""
    store = studio_of(request).store
    indexes = [int(part) for part in episodes.split(",") if _NUMBER.fullmatch(part)]
    keys = [part for part in uuids.split(",") if part]

    def read() -> QueueAnswer:
        found = entries(store.open(name), store.reviews(name))
        admitted = chosen(found, indexes=indexes, keys=keys, cluster=cluster, verdict=verdict, kind=kind)
        listed = ordered(admitted, order, seed=seed, sample=sample)
        counts = Counter(entry.standing.verdict for entry in admitted)
        return QueueAnswer(
            order=order,
            total=len(listed),
            counts={each: counts[each] for each in ReviewVerdict},
            entries=[_entry(entry) for entry in listed[offset : offset + limit]],
        )

    return await asyncio.to_thread(read)


@router.get("/episodes/{index}/reviews")
async def reviews(request: Request, name: Name, index: Index) -> EpisodeReviews:
    """What people and checks said about an episode."""
    store = studio_of(request).store
    return await asyncio.to_thread(lambda: _reviews(store.open(name), store.reviews(name), index))


@router.post("/episodes/{index}/reviews", status_code=201)
async def review(request: Request, name: Name, index: Index, body: ReviewBody) -> EpisodeReviews:
    """Say something about an episode; possible at any time, also while this dataset is recorded."""
    store = studio_of(request).store
    reviewer = _reviewer(identity_of(request), body.reviewer)

    def keep() -> EpisodeReviews:
        dataset, log = store.open(name), store.reviews(name)
        _require_same(dataset, index, body.key)
        said = _review(body, reviewer)
        _require_inside(said, dataset.episode(index).length)
        log.add(said)
        return _reviews(dataset, log, index)

    return await asyncio.to_thread(keep)


@router.post("/episodes/{index}/reviews/{id}/undo", status_code=201)
async def undo(request: Request, name: Name, index: Index, id: Name, body: UndoBody) -> EpisodeReviews:
    """Take back what one said; a lead may take back what others said."""
    store = studio_of(request).store
    who = identity_of(request)
    reviewer = _reviewer(who, body.reviewer)

    def take_back() -> EpisodeReviews:
        dataset, log = store.open(name), store.reviews(name)
        mine = next((record for record in log.records() if record.id == id), None)
        if mine is not None and mine.reviewer != reviewer and who.role not in (Role.lead, Role.admin):
            raise NotYours(f"{mine.reviewer} said that.", todo="Say what you think beside it, or ask a lead.")
        log.take_back(id, reviewer=reviewer, at=_now())
        return _reviews(dataset, log, index)

    return await asyncio.to_thread(take_back)


def _reviewer(who: Identity, name: str) -> str:
    """Until people sign in, the one local user may say which person is at the keyboard."""
    return name.strip() or who.user if who.user == "local" else who.user


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _require_same(dataset: Dataset, index: int, key: str) -> None:
    if dataset.key(index) != key:
        raise EpisodeMoved(
            f"Episode {index + 1} of {dataset.name} is another one now: the dataset was edited.",
            todo="Load the page again; nothing was kept.",
        )


def _require_inside(review: Review, rows: int) -> None:
    ends = [span.to_frame for span in review.spans or ()] + ([review.trim[1]] if review.trim else [])
    if max(ends, default=0) > rows:
        raise ReviewInvalid(f"The episode has {rows} frames; a span ends later.", todo="Correct it.")


def _review(body: ReviewBody, reviewer: str) -> Review:
    return Review(
        uuid=body.key,
        verdict=body.verdict,
        reason=body.reason.strip(),
        rating=body.rating,
        comment=body.comment.strip(),
        spans=None if body.spans is None else tuple(Span(*span) for span in body.spans),
        trim=body.trim,
        reviewer=reviewer,
        at=_now(),
    )


def _reviews(dataset: Dataset, log: ReviewLog, index: int) -> EpisodeReviews:
    key = dataset.key(index)
    words = check_words(dataset.episode(index).facts.checks)
    return EpisodeReviews(
        key=key,
        standing=_standing(log.of(key)),
        opinions=[_opinion(one) for one in log.opinions(key)],
        checks_level=words.level,
        checks=list(words.reasons),
    )


def _standing(standing: Standing) -> StandingAnswer:
    return StandingAnswer(**_said(standing), disputed=standing.disputed)


def _opinion(opinion: Opinion) -> OpinionAnswer:
    return OpinionAnswer(id=opinion.review.id, **_said(opinion.review), taken_back=opinion.taken_back)


def _said(one: Standing | Review) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in SaidAnswer.model_fields}
    return said | {"spans": _spans(one.spans)}


def _spans(spans: tuple[Span, ...] | None) -> list[tuple[int, int, str]] | None:
    return None if spans is None else [(span.from_frame, span.to_frame, span.cause) for span in spans]


def _entry(entry: Entry) -> QueueEntry:
    facts = entry.episode.facts
    return QueueEntry(
        index=entry.index,
        key=entry.key,
        verdict=entry.standing.verdict,
        disputed=entry.standing.disputed,
        rating=entry.standing.rating,
        checks_level=entry.checks.level,
        checks=list(entry.checks.reasons),
        cluster=facts.cluster,
        kind=facts.kind if entry.episode.has_facts else "",
        outcome=facts.outcome,
        operator=facts.operator,
    )
