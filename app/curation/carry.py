"""What of `meta/studio` goes with the episodes: the plan, the reference, the reviews of those that are there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.datasets import ReviewLog, Span
from app.datasets.layout import STUDIO_FOLDER

REVIEWS = "reviews.jsonl"
PLAN = "plan.json"
_OWN = (REVIEWS, "version.json", "intent")


def carry_studio(sources: Sequence[Path], made: Path, uuids: Collection[str]) -> list[str]:
    """Give `made` the studio's files of its sources; what was left out, in words.

    Reviews are those of the episodes that are there. Where several sources
    have a file, the first one's is taken.
    """
    target = made / STUDIO_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    left_out: list[str] = []
    for source in sources:
        for path in sorted((source / STUDIO_FOLDER).glob("*")):
            if path.name in _OWN or path.name.startswith("staging-"):
                continue
            there = target / path.name
            if not there.exists():
                shutil.copytree(path, there) if path.is_dir() else shutil.copy2(path, there)
            elif path.name == PLAN and path.read_bytes() != there.read_bytes():
                left_out.append(f"the plan of {source.name}, which differs from that of {sources[0].name}")
    wanted = set(uuids)
    lines = [line for source in sources for line, uuid in _reviews(source) if uuid in wanted]
    if lines:
        (target / REVIEWS).write_text("".join(f"{line}\n" for line in dict.fromkeys(lines)), encoding="utf-8")
    return left_out


def inherit_reviews(folder: Path, children: Mapping[str, tuple[str, int, int]]) -> int:
    """What holds for an episode is said of what was cut out of it; how many opinions that were.

    `children` has, by the parent's uuid, the child's and the rows that it kept.
    Recovery spans move with the rows; a proposal to trim has been carried out.
    """
    log, count = ReviewLog(folder), 0
    for parent, (child, start, stop) in children.items():
        for opinion in log.opinions(parent):
            spans = opinion.review.spans
            moved = (
                None
                if spans is None
                else tuple(_moved(span, start, stop) for span in spans if _inside(span, start, stop))
            )
            said = replace(opinion.review, uuid=child, id="", trim=None, spans=moved)
            if not opinion.taken_back and said.says_something:
                log.add(said)
                count += 1
    return count


def _inside(span: Span, start: int, stop: int) -> bool:
    return span.from_frame < stop and span.to_frame > start


def _moved(span: Span, start: int, stop: int) -> Span:
    return replace(span, from_frame=max(0, span.from_frame - start), to_frame=min(stop, span.to_frame) - start)


def _reviews(folder: Path) -> Iterator[tuple[str, str]]:
    """The whole lines of the review log with their uuids."""
    try:
        text = (folder / STUDIO_FOLDER / REVIEWS).read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        try:
            raw: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(raw, dict) and isinstance(raw.get("uuid"), str):
            yield line, raw["uuid"]
