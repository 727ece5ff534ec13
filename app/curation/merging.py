"""What stands between datasets that are to be merged, in words, before anything is copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.datasets.layout import DatasetHead

_CODEC = ("video.codec", "video.pix_fmt")


@dataclass(frozen=True)
class Difference:
    """`mendable` by encoding the videos again."""

    words: str
    mendable: bool


def differences(heads: Mapping[str, DatasetHead]) -> list[Difference]:
    """Every difference from the first dataset that LeRobot would refuse or merge wrongly."""
    (first, base), *others = heads.items()
    return [difference for name, head in others for difference in _between(first, base, name, head)]


def _between(first: str, base: DatasetHead, name: str, head: DatasetHead) -> list[Difference]:
    found = [
        Difference(f"{name} has {mine!r} as its {label}, {first} has {theirs!r}", False)
        for label, mine, theirs in (
            ("rate in frames per second", head.fps, base.fps),
            ("robot type", head.robot_type, base.robot_type),
        )
        if mine != theirs
    ]
    for key in [*base.features, *(key for key in head.features if key not in base.features)]:
        mine, theirs = head.features.get(key), base.features.get(key)
        if mine is None or theirs is None:
            has, lacks = (first, name) if mine is None else (name, first)
            found.append(Difference(f"{has} has a column {key}, {lacks} has not", False))
            continue
        found += _feature(first, name, key, theirs, mine)
    return found


def _feature(first: str, name: str, key: str, theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> list[Difference]:
    found = [
        Difference(f"{key}: {name} has {field} {_plain(mine.get(field))}, {first} {_plain(theirs.get(field))}", False)
        for field in ("dtype", "shape", "names")
        if _plain(mine.get(field)) != _plain(theirs.get(field))
    ]
    if mine.get("dtype") == "video":
        here, there = mine.get("info") or {}, theirs.get("info") or {}
        found += [
            Difference(f"{key}: {name} is {here.get(field)}, {first} is {there.get(field)}", True)
            for field in _CODEC
            if here.get(field) != there.get(field)
        ]
    return found


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
