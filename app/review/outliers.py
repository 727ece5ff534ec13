"""Episodes that are unlike the others of their cluster and kind, and in what, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.review.trajectories import Floats, Trajectory, distance

LIMIT = 3.5  # robust z; of a normal distribution one episode in 2,000 lies beyond
FEWEST = 5  # fewer do not say what is usual
_FLOOR = 0.05  # of log values: a spread under 5 % would make an outlier of every tremor
_NORMAL = 1.4826


@dataclass(frozen=True)
class Measured:
    """One episode's trajectory and the group it is compared in: its cluster and kind, "" where unknown."""

    key: str
    index: int
    cluster: str
    kind: str
    trajectory: Trajectory


@dataclass(frozen=True)
class Outlier:
    """`z` is the largest robust z of the measures, `reasons` sentences for each beyond the limit, the worst first."""

    key: str
    index: int
    z: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """`outliers` worst first; `judged` episodes had enough of their like, `few` did not."""

    outliers: tuple[Outlier, ...]
    judged: int
    few: int


@dataclass(frozen=True)
class _Measure:
    """One number of every member of a group, and how it is said."""

    words: str
    unit: str
    values: Floats
    both_ways: bool = True


def judge(episodes: Sequence[Measured], unit: str = "deg") -> Judgement:
    """Compare each episode with those of its cluster and kind, or where they are few with all of its kind."""
    groups = _groups(episodes)
    found: list[Outlier] = []
    judged = 0
    for name, (judged_here, group) in groups.items():
        judged += len(judged_here)
        found += _judge_group(judged_here, group, name, unit)
    ordered = tuple(sorted(found, key=lambda one: (-one.z, one.index)))
    return Judgement(ordered, judged, len(episodes) - judged)


type _Groups = Mapping[str, tuple[list[Measured], list[Measured]]]


def _groups(episodes: Sequence[Measured]) -> _Groups:
    """By the words for the group: who is judged in it, and everybody that says what is usual there."""
    by_cluster: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    by_kind: dict[str, list[Measured]] = defaultdict(list)
    for one in episodes:
        by_cluster[one.cluster, one.kind].append(one)
        by_kind[one.kind].append(one)
    found: dict[str, tuple[list[Measured], list[Measured]]] = {}
    for (cluster, kind), members in by_cluster.items():
        what = f"{kind} episodes".strip() if kind else "episodes"
        if cluster and len(members) >= FEWEST:
            found[f"{what} of cluster {cluster}"] = (members, members)
        elif len(by_kind[kind]) >= FEWEST:
            found.setdefault(what, ([], by_kind[kind]))[0].extend(members)
    return found


def _judge_group(judged: Sequence[Measured], group: Sequence[Measured], name: str, unit: str) -> list[Outlier]:
    measures = _measures(group, unit)
    scores = [robust_z(measure.values) for measure in measures]
    place = {one.key: i for i, one in enumerate(group)}
    found = []
    for one in judged:
        at = place[one.key]
        beyond = sorted(
            (
                (abs(z[at]), _sentence(measure, at, name, len(group)))
                for measure, z in zip(measures, scores, strict=True)
                if (abs(z[at]) if measure.both_ways else z[at]) > LIMIT
            ),
            reverse=True,
        )
        if beyond:
            found.append(Outlier(one.key, one.index, float(beyond[0][0]), tuple(words for _, words in beyond)))
    return found


def _measures(group: Sequence[Measured], unit: str) -> list[_Measure]:
    moved = [one.trajectory for one in group]
    return [
        _Measure("takes", "s", np.array([one.duration_s for one in moved])),
        _Measure("its joints travel", unit, np.array([one.way for one in moved])),
        _Measure("its jerk is", f"{unit}/s³", np.array([one.jerk for one in moved])),
        _Measure("its course lies off the usual one by", unit, _from_usual(moved), both_ways=False),
    ]


def _from_usual(moved: Sequence[Trajectory]) -> Floats:
    """Each one's distance from the middle course of the group."""
    shapes = {one.course.shape for one in moved}
    if len(shapes) != 1:
        return np.full(len(moved), np.nan)
    usual = np.median(np.stack([one.course for one in moved]), axis=0)
    return np.array([distance(one.course, usual) for one in moved])


def robust_z(values: Floats) -> Floats:
    """By median and median deviation of the logarithms, so that half and double are equally far; 0 where unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.maximum(values, 1e-9))
    known = np.isfinite(logs)
    if known.sum() < FEWEST:
        return np.zeros(len(values))
    middle = np.median(logs[known])
    spread = max(_FLOOR, _NORMAL * float(np.median(np.abs(logs[known] - middle))))
    return np.where(known, (logs - middle) / spread, 0.0)


def _sentence(measure: _Measure, at: int, name: str, count: int) -> str:
    value, usual = float(measure.values[at]), float(np.nanmedian(measure.values))
    words = measure.words[0].upper() + measure.words[1:]
    return f"{words} {_number(value)} {measure.unit}; {_number(usual)} {measure.unit} is usual of {count} {name}."


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"
