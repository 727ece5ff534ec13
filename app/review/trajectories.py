"""How one episode moved, in a few numbers: length, way, jerk, and its course at equal shares of its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

POINTS = 32
_SMOOTH = 5  # frames; a third difference of a raw encoder is mostly its steps

type Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trajectory:
    """Of the joints but the gripper: `way` is the sum of what they travelled, `jerk` the RMS of the third derivative.

    Units are those of the dataset's states (degrees on an SO-101), and per s3.
    `course` is (POINTS, D). `way` and `jerk` are NaN where there are no states.
    """

    duration_s: float
    way: float
    jerk: float
    course: Floats


def trajectory(columns: Mapping[str, np.ndarray], joints: Sequence[str], fps: float) -> Trajectory:
    """From an episode's signals; actions stand in where there are no states."""
    values = np.asarray(columns.get("observation.state", columns.get("action", np.zeros((0, 1)))), dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    arm = [i for i in range(values.shape[1]) if i >= len(joints) or "gripper" not in joints[i]]
    moved = _finite(values[:, arm])
    rows = len(columns["timestamp"]) if "timestamp" in columns else len(values)
    if len(moved) < 2 or not moved.shape[1]:
        return Trajectory(rows / fps, float("nan"), float("nan"), np.zeros((POINTS, 0)))
    smooth = smoothed(moved)
    way = float(np.abs(np.diff(smooth, axis=0)).sum())
    third = np.diff(smooth, n=3, axis=0) * fps**3
    jerk = float(np.sqrt((third**2).mean())) if len(third) else float("nan")
    return Trajectory(rows / fps, way, jerk, resampled(moved))


def smoothed(values: Floats) -> Floats:
    """A running mean over _SMOOTH frames, (N, D); short episodes as they are."""
    if len(values) < _SMOOTH:
        return values
    kernel = np.full(_SMOOTH, 1 / _SMOOTH)
    return np.stack([np.convolve(column, kernel, mode="valid") for column in values.T], axis=1)


def resampled(values: Floats, points: int = POINTS) -> Floats:
    """(N, D) at `points` equal shares of its time."""
    old, new = np.linspace(0, 1, len(values)), np.linspace(0, 1, points)
    return np.stack([np.interp(new, old, column) for column in values.T], axis=1)


def distance(one: Floats, other: Floats) -> float:
    """RMS difference of two courses over points and joints, in joint units; NaN where they cannot be compared."""
    if one.shape != other.shape or not one.size:
        return float("nan")
    return float(np.sqrt(((one - other) ** 2).mean()))


def warped_distance(one: Floats, other: Floats) -> float:
    """The same, but where one may wait for the other (dynamic time warping): what differs beside the timing."""
    if one.ndim != 2 or one.shape[1:] != other.shape[1:] or not one.size or not other.size:
        return float("nan")
    cost = ((one[:, None, :] - other[None, :, :]) ** 2).mean(axis=2)
    total = np.full((len(one) + 1, len(other) + 1), np.inf)
    steps = np.zeros_like(total)
    total[0, 0] = 0
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            before = min(((i - 1, j - 1), (i - 1, j), (i, j - 1)), key=lambda at: total[at])
            total[i, j] = total[before] + cost[i - 1, j - 1]
            steps[i, j] = steps[before] + 1
    return float(np.sqrt(total[-1, -1] / steps[-1, -1]))


def _finite(values: Floats) -> Floats:
    """Unknown values continue the last known one; a joint that was never known stands still."""
    if np.isfinite(values).all():
        return values
    filled = values.copy()
    for column in filled.T:
        known = np.isfinite(column)
        column[:] = np.interp(np.arange(len(column)), np.flatnonzero(known), column[known]) if known.any() else 0.0
    return filled
