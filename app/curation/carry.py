"""What of `meta/studio` goes with the episodes: the plan, the reference, the reviews of those that are there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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


def inherit_reviews(folder: Path, children: Mapping[str, str]) -> int:
    """What was said of an episode is said of what was cut out of it, `{parent: child}`; how many opinions that were."""
    lines = []
    for line, uuid in _reviews(folder):
        if uuid in children:
            lines.append(json.dumps({**json.loads(line), "uuid": children[uuid]}))
    if lines:
        path = folder / STUDIO_FOLDER / REVIEWS
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, "".join(f"{line}\n" for line in lines).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return len(lines)


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
