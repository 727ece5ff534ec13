"""The columns of every dataset that somebody looks at, read once and then only what was added."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.datasets import Dataset, DatasetStore, ReviewVerdict, Standing
from app.datasets.episode_parts import EpisodeParts, PartFile, episodes_stamp
from app.datasets.layout import DatasetHead
from app.review.arrow import pc
from app.review.columns import COLUMN_NAMES, Columns, columns_of, joined
from app.review.models import CheckLevel, VerdictCode

_CHECKS = "studio/checks"
_NAMED = {"episode_index", _CHECKS}

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Read:
    """One dataset at one moment. `verdict` holds `VerdictCode`s."""

    name: str
    head: DatasetHead
    columns: Columns
    verdict: Codes


@dataclass
class _Kept:
    """What was read of one dataset; `lock` because two pages may ask at once."""

    parts: EpisodeParts[Columns] = field(
        default_factory=lambda: EpisodeParts(COLUMN_NAMES, lambda file: columns_of(file.table()))
    )
    levels: EpisodeParts[Codes] = field(default_factory=lambda: EpisodeParts(_NAMED, levels_of))
    lock: threading.Lock = field(default_factory=threading.Lock)
    known: list[Columns] = field(default_factory=list)
    read: Read | None = None
    standing: Mapping[str, Standing] | None = None


class CoverageIndex:
    """Methods read the disk: call them in a thread. Nothing is kept that the files do not say."""

    def __init__(self, store: DatasetStore) -> None:
        self._store = store
        self._kept: dict[str, _Kept] = {}

    def read(self, name: str) -> Read:
        """Every episode. Raises DatasetNotFound, DatasetUnreadable."""
        dataset = self._store.open(name)
        head = dataset.head
        standing = self._store.reviews(name).standing()
        kept = self._kept.setdefault(name, _Kept())
        with kept.lock:
            parts = kept.parts.read(dataset.folder)
            same = len(parts) == len(kept.known) and all(a is b for a, b in zip(parts, kept.known, strict=True))
            if kept.read is None or not same or kept.read.head != head or kept.standing is not standing:
                kept.read = _read(dataset, head, joined(parts), standing)
                kept.known, kept.standing = parts, standing
            return kept.read

    def levels(self, name: str, count: int) -> Codes:
        """What the checks said of the first `count` episodes (`CheckLevel`).

        Apart from the columns, because these texts are most of the bytes.
        """
        dataset = self._store.open(name)
        kept = self._kept.setdefault(name, _Kept())
        with kept.lock:
            parts = kept.levels.read(dataset.folder)
        return _cut(np.concatenate(parts) if parts else np.zeros(0, np.int8), count)

    def version(self, name: str) -> str:
        """A short text that changes with every episode, review or plan; cheap enough to ask once a second."""
        folder = self._store.open(name).folder
        stamps: list[object] = [episodes_stamp(folder)]
        for part in ("meta/info.json", "meta/studio/reviews.jsonl", "meta/studio/plan.json"):
            try:
                stat = (folder / part).stat()
                stamps.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
            except OSError:
                stamps.append(None)
        return f"{hash(tuple(stamps)) & 0xFFFFFFFFFFFFFFFF:016x}"


def _read(dataset: Dataset, head: DatasetHead, columns: Columns, standing: Mapping[str, Standing]) -> Read:
    found = columns.rows(slice(0, head.total_episodes)) if len(columns) > head.total_episodes else columns
    keys = _keys(dataset, found) if standing else found.uuid
    return Read(dataset.name, head, _with_spans(found, keys, standing), verdicts_of(keys, standing))


def _keys(dataset: Dataset, columns: Columns) -> npt.NDArray[Any]:
    """What reviews name episodes by: the uuid; where there is none, only the data itself says it."""
    return columns.uuid if (columns.uuid != "").all() else np.array(dataset.keys(), object)


def verdicts_of(uuids: npt.NDArray[Any], standing: Mapping[str, Standing]) -> Codes:
    """The standing verdict of each episode."""
    codes = np.full(len(uuids), VerdictCode.none, np.int8)
    if not standing or not len(uuids):
        return codes
    column = pa.array(uuids, pa.string())
    for verdict, code in (
        (ReviewVerdict.accepted, VerdictCode.accepted),
        (ReviewVerdict.rejected, VerdictCode.rejected),
    ):
        wanted = [uuid for uuid, one in standing.items() if one.verdict is verdict]
        if wanted:
            codes[pc.is_in(column, value_set=pa.array(wanted, pa.string())).to_numpy(zero_copy_only=False)] = code
    return codes


def _with_spans(columns: Columns, keys: npt.NDArray[Any], standing: Mapping[str, Standing]) -> Columns:
    """Recovery spans that a reviewer drew stand for what was marked while recording."""
    from dataclasses import replace

    drawn = {uuid: one.spans for uuid, one in standing.items() if one.spans is not None}
    if not drawn:
        return columns
    frames = columns.recovery_frames.copy()
    for row in np.flatnonzero(np.isin(keys, list(drawn))):
        spans = drawn[str(keys[row])] or ()
        frames[row] = min(columns.length[row], sum(span.to_frame - span.from_frame for span in spans))
    return replace(columns, recovery_frames=frames)


def levels_of(file: PartFile) -> Codes:
    """The worst level in each `studio/checks` text, by its own words: the texts are large and not parsed."""
    pieces = [_levels(piece.column(_CHECKS)) for piece in file.pieces() if _CHECKS in piece.schema.names]
    return np.concatenate(pieces) if pieces else np.zeros(file.rows, np.int8)


def _levels(texts: pa.Array) -> Codes:
    found = np.where(_true(pc.greater(pc.binary_length(texts), len("{}"))), CheckLevel.ok, CheckLevel.none)
    for word, level in (("warn", CheckLevel.warn), ("fail", CheckLevel.fail)):
        found[_true(pc.match_substring(texts, f'"level":"{word}"'))] = level
    return found.astype(np.int8)


def _true(mask: pa.Array) -> npt.NDArray[np.bool_]:
    return pc.fill_null(mask, False).to_numpy(zero_copy_only=False)


def _cut(codes: Codes, count: int) -> Codes:
    return codes[:count] if len(codes) >= count else np.pad(codes, (0, count - len(codes)))
