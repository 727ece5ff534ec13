"""A finished take as the checks see it, and what is usual in its dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class JointRange:
    """A joint's limits and unit ("deg" or "percent"); the gripper is the joint in percent."""

    name: str
    unit: str
    lower: float
    upper: float


@dataclass(frozen=True)
class EpisodeSignals:
    """`time_s` (T,), `state` and `action` (T, A) in joint units, `tool_mm` (T, 3) or (0, 3) where it is unknown.

    `frames` counts pictures by camera; `object_seen` says of some instants of the
    take whether the object was in view (empty: nobody looked).
    """

    time_s: Array
    state: Array
    action: Array
    joints: Sequence[JointRange]
    tool_mm: Array = field(default_factory=lambda: np.zeros((0, 3)))
    frames: Mapping[str, int] = field(default_factory=dict)
    object_seen: Sequence[bool] = ()

    @property
    def rows(self) -> int:
        return len(self.time_s)

    @property
    def duration_s(self) -> float:
        return float(self.time_s[-1] - self.time_s[0]) if self.rows > 1 else 0.0

    @property
    def gripper(self) -> int | None:
        """The index of the joint in percent."""
        return next((index for index, joint in enumerate(self.joints) if joint.unit == "percent"), None)


@dataclass(frozen=True)
class Usual:
    """What the dataset's episodes are like: one number each, per accepted episode of the same kind."""

    durations_s: Sequence[float] = ()
    jerks: Sequence[float] = ()


def jerk_rms(signals: EpisodeSignals) -> float:
    """RMS of the body joints' jerk, deg/s^3, after a smoothing of five rows; 0 for a take too short to tell."""
    if signals.rows < 12:
        return 0.0
    body = [index for index, joint in enumerate(signals.joints) if joint.unit != "percent"]
    kernel = np.ones(5) / 5
    smooth = np.stack([np.convolve(signals.state[:, index], kernel, "valid") for index in body], axis=1)
    step_s = signals.duration_s / (signals.rows - 1)
    return float(np.sqrt((np.diff(smooth, 3, axis=0) ** 2).sum(axis=1).mean()) / step_s**3)


def longest_idle_s(signals: EpisodeSignals, slower_than: float) -> float:
    """The longest stretch in which no joint moves faster than `slower_than` units a second."""
    if signals.rows < 3:
        return 0.0
    step_s = np.maximum(np.diff(signals.time_s), 1e-3)
    speed = np.abs(np.diff(signals.state, axis=0)).max(axis=1) / step_s
    width = min(5, len(speed))
    smooth = np.convolve(speed, np.ones(width) / width, "same")
    longest = current = 0.0
    for moves, seconds in zip(smooth >= slower_than, step_s, strict=True):
        current = 0.0 if moves else current + float(seconds)
        longest = max(longest, current)
    return longest


class Swing(StrEnum):
    opens = "opens"
    closes = "closes"


def gripper_swings(travel: Array, least: float) -> list[Swing]:
    """The gripper's movements of at least `least` percent, in order; smaller ones between them do not count."""
    swings: list[Swing] = []
    low = high = float(travel[0])
    for value in map(float, travel):
        low, high = min(low, value), max(high, value)
        if value - low >= least and (not swings or swings[-1] is Swing.closes):
            swings.append(Swing.opens)
            high = value
        elif high - value >= least and (not swings or swings[-1] is Swing.opens):
            swings.append(Swing.closes)
            low = value
        if swings and swings[-1] is Swing.opens:
            low = value
        elif swings:
            high = value
    return swings
