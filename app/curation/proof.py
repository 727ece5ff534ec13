"""An edit's result against its source, before it takes anybody's place: counts, uuids, rows, pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.errors import StudioError
from app.datasets import Dataset, decode

SAMPLES = 12
BLOCK = 8
BLOCK_ERROR = 24.0  # of 0..255, the brightness of the block of 8 x 8 that differs most: encoding again costs less
_MOVED = ("index", "episode_index", "task_index")


class EditUnproved(StudioError):
    """The result is not what the source says; it was thrown away."""

    code = "edit_unproved"


@dataclass(frozen=True)
class Kept:
    """Episode `new` of the result is episode `old` of `source`, its rows `start..` on when it was cut."""

    source: Path
    old: int
    new: int
    start: int = 0
    length: int | None = None
    uuid: str | None = None


def prove(made: Path, kept: Sequence[Kept]) -> int:
    """Compare every count and uuid, and rows and pictures of a sample; the pictures compared. Raises EditUnproved."""
    result = Dataset.open(made)
    sources: dict[Path, Dataset] = {one.source: Dataset.open(one.source) for one in kept}
    lists = {path: dataset.episodes() for path, dataset in sources.items()}
    mine = result.episodes()
    if len(mine) != len(kept) or result.total_frames != sum(episode.length for episode in mine):
        raise _unproved(f"it has {len(mine)} episodes and {result.total_frames} frames, not {len(kept)} episodes")
    for one in kept:
        before, after = lists[one.source][one.old], mine[one.new]
        if after.length != (before.length if one.length is None else one.length):
            raise _unproved(f"episode {one.new} has {after.length} rows")
        if before.has_facts and after.facts.uuid != (one.uuid or before.facts.uuid):
            raise _unproved(f"episode {one.new} is {after.facts.uuid!r}")
    pictures = 0
    for one in _sample(kept):
        _same_rows(sources[one.source], result, one)
        pictures += _same_pictures(sources[one.source], result, one)
    return pictures


def _sample(kept: Sequence[Kept]) -> list[Kept]:
    """The first, the last, and some between."""
    places = np.unique(np.linspace(0, len(kept) - 1, min(SAMPLES, len(kept))).round().astype(int))
    return [kept[place] for place in places]


def _same_rows(source: Dataset, result: Dataset, one: Kept) -> None:
    before, after = source.signals(one.old), result.signals(one.new)
    count = len(after["frame_index"])
    moved = (*_MOVED, "timestamp", "frame_index") if one.start else _MOVED
    for name, values in before.items():
        if name in moved:
            continue
        wanted = values[one.start : one.start + count]
        if name not in after or _digest(after[name].astype(values.dtype)) != _digest(wanted):
            raise _unproved(f"{name} of episode {one.new} differs from episode {one.old} of its source")


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def _same_pictures(source: Dataset, result: Dataset, one: Kept) -> int:
    count, fps = 0, result.head.fps
    length = result.episode(one.new).length
    for camera in result.head.cameras:
        for row in sorted({0, length - 1}):
            before = _picture(source, one.old, camera.name, one.start + row, fps)
            after = _picture(result, one.new, camera.name, row, fps)
            if before is None and after is None:
                continue
            if before is None or after is None or before.shape != after.shape:
                raise _unproved(f"picture {row} of camera {camera.name} of episode {one.new} cannot be compared")
            if _distance(before, after) > BLOCK_ERROR:
                raise _unproved(f"picture {row} of camera {camera.name} of episode {one.new} is another one")
            count += 1
    return count


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """How far the brightness of any block of two I420 pictures differs; encoding again blurs, but moves no block."""
    height, width = one.shape[0] * 2 // 3 // BLOCK * BLOCK, one.shape[1] // BLOCK * BLOCK
    difference = one[:height, :width].astype(np.float32) - other[:height, :width]
    blocks = difference.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
    return float(np.abs(blocks).max(initial=0.0))


def _picture(dataset: Dataset, episode: int, camera: str, row: int, fps: int) -> np.ndarray | None:
    path, begin, _ = dataset.video_file(episode, camera)
    frame = round(begin * fps) + row
    return next(decode(path, frame, frame + 1), None) if path.exists() else None


def _unproved(what: str) -> EditUnproved:
    return EditUnproved(
        f"The result was not what it should be: {what}.",
        todo="Nothing was changed. Verify the dataset, then try again; its log says more.",
    )
