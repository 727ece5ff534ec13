"""One review as one line of JSON, and back: what cannot be read is passed over, never guessed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from app.datasets.opinions import RATINGS, Review, ReviewVerdict, Span

VERSION = 1


def to_line(review: Review) -> bytes:
    """One line of the file; only what was said is written."""
    body: dict[str, Any] = {"version": VERSION, "id": review.id, "uuid": review.uuid}
    body |= {"reviewer": review.reviewer, "at": review.at}
    if review.verdict is not ReviewVerdict.none:
        body["verdict"] = str(review.verdict)
    body |= {name: said for name in ("reason", "rating", "comment", "takes_back") if (said := getattr(review, name))}
    if review.spans is not None:
        body["spans"] = [[span.from_frame, span.to_frame, span.cause] for span in review.spans]
    if review.trim is not None:
        body["trim"] = list(review.trim)
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def from_line(line: bytes) -> Review | None:
    """None for a line that is torn or says neither who it is nor about which episode."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not _text(body, "id") or not _text(body, "uuid"):
        return None
    verdict = body.get("verdict")
    rating = body.get("rating")
    return Review(
        uuid=body["uuid"],
        verdict=ReviewVerdict(verdict) if verdict in list(ReviewVerdict) else ReviewVerdict.none,
        rating=rating if isinstance(rating, int) and rating is not True and rating in RATINGS else 0,
        spans=_spans(body.get("spans")),
        trim=_range(body.get("trim")),
        **{name: _text(body, name) for name in ("reason", "comment", "takes_back", "reviewer", "at", "id")},
    )


def parsed(lines: Iterable[bytes]) -> list[Review]:
    return [review for review in map(from_line, lines) if review is not None]


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _range(value: Any) -> tuple[int, int] | None:
    if not isinstance(value, list) or len(value) < 2 or not all(map(_whole, value[:2])):
        return None
    return (value[0], value[1]) if 0 <= value[0] < value[1] else None


def _spans(value: Any) -> tuple[Span, ...] | None:
    if not isinstance(value, list):
        return None
    spans: list[Span] = []
    for one in value:
        frames = _range(one)
        if frames is None:
            return None
        spans.append(Span(*frames, one[2] if len(one) > 2 and isinstance(one[2], str) else ""))
    return tuple(spans)
