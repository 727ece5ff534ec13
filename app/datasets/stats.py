"""Statistics as LeRobot computes them, accumulated while recording.

Vectors: the same 5000-bin histogram over one pass, so equal to LeRobot's to
rounding. Pictures: LeRobot samples at least 100 pictures of an episode and
every n-th pixel of each; so do we, from the I420 picture before it is encoded,
into exact 256-bin histograms. Against LeRobot's statistics of the same pictures
mean and std differ by the choice of the sampled pictures alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
KEYS = ("min", "max", "mean", "std", "count", *QUANTILES)
_BINS = 5000
_TARGET_PIXELS = 150
_SMALL_PIXELS = 300
_SAMPLES_PER_S = 10

type Array = npt.NDArray[Any]
type FeatureStats = dict[str, Array]


def column_stats(values: Array) -> FeatureStats:
    """Statistics of one data column, (N,) or (N, D), N >= 1; each entry has shape (1,) or (D,)."""
    table = values.reshape(len(values), -1)
    table = table.astype(np.result_type(table.dtype, np.float32), copy=False)
    mean = table.mean(axis=0)
    stats: FeatureStats = {"min": table.min(axis=0), "max": table.max(axis=0), "mean": mean}
    if len(table) < 2:
        stats |= {"std": np.zeros_like(mean), "count": np.array([len(table)])}
        return stats | {key: mean.copy() for key in QUANTILES}
    variance = (table**2).mean(axis=0) - mean**2
    stats |= {"std": np.sqrt(np.maximum(0, variance)), "count": np.array([len(table)])}
    per_dimension = [_quantiles(column, low, high) for column, low, high in zip(table.T, *_range(stats), strict=True)]
    return stats | {key: np.array([one[key] for one in per_dimension]) for key in QUANTILES}


def _range(stats: FeatureStats) -> tuple[Array, Array]:
    return stats["min"], stats["max"]


def _quantiles(column: Array, low: Array, high: Array) -> dict[str, float]:
    edges = np.linspace(low - 1e-10, high + 1e-10, _BINS + 1)
    cumulative = np.cumsum(np.histogram(column, bins=edges)[0])
    return {key: _quantile(cumulative, edges, share * len(column)) for key, share in QUANTILES.items()}


def _quantile(cumulative: Array, edges: Array, target: float) -> float:
    index = int(np.searchsorted(cumulative, target))
    if index == 0:
        return float(edges[0])
    if index >= len(cumulative):
        return float(edges[-1])
    before = cumulative[index - 1]
    inside = cumulative[index] - before
    if inside == 0:
        return float(edges[index])
    return float(edges[index] + (target - before) / inside * (edges[index + 1] - edges[index]))


class PictureStats:
    """Histograms of one camera's sampled pictures; `every` counts pictures from one sample to the next."""

    def __init__(self, every: int, counts: Array | None = None, samples: int = 0, seen: int = 0) -> None:
        self._every = every
        self._counts = np.zeros((3, 256), np.int64) if counts is None else counts
        self._samples = samples
        self._seen = seen

    @classmethod
    def for_rate(cls, fps: int) -> PictureStats:
        """Ten samples a second: 150 of a 15 s take, where LeRobot takes 100."""
        return cls(max(1, round(fps / _SAMPLES_PER_S)))

    def add(self, i420: npt.NDArray[np.uint8]) -> None:
        """Count in one picture, (H*3/2, W) uint8, if it is due."""
        due = self._seen % self._every == 0
        self._seen += 1
        if not due:
            return
        rgb = _thinned_rgb(i420)
        for channel in range(3):
            histogram = cv2.calcHist([rgb], [channel], None, [256], [0, 256])
            self._counts[channel] += histogram[:, 0].astype(np.int64)
        self._samples += 1

    @property
    def samples(self) -> int:
        return self._samples

    def stats(self) -> FeatureStats:
        """Statistics of values in 0..1, each (3, 1, 1) but `count`, which counts pictures."""
        levels = np.arange(256)
        total = max(1, int(self._counts[0].sum()))
        mean = self._counts @ levels / total
        variance = self._counts @ (levels**2) / total - mean**2
        cumulative = np.cumsum(self._counts, axis=1)
        result = {
            "min": np.argmax(self._counts > 0, axis=1),
            "max": 255 - np.argmax(self._counts[:, ::-1] > 0, axis=1),
            "mean": mean,
            "std": np.sqrt(np.maximum(0, variance)),
        }
        for key, share in QUANTILES.items():
            result[key] = np.array([np.searchsorted(row, share * total) for row in cumulative])
        shaped = {key: (value / 255).reshape(3, 1, 1) for key, value in result.items()}
        return {**shaped, "count": np.array([self._samples])}

    def to_json(self) -> dict[str, Any]:
        return {"every": self._every, "samples": self._samples, "seen": self._seen, "counts": self._counts.tolist()}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> PictureStats:
        return cls(raw["every"], np.array(raw["counts"], np.int64), raw["samples"], raw["seen"])


def _thinned_rgb(i420: npt.NDArray[np.uint8]) -> Array:
    """Every n-th pixel as RGB, with LeRobot's n; each sampled pixel keeps its own chroma."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    step = 1 if max(width, height) < _SMALL_PIXELS else int(max(width, height) / _TARGET_PIXELS)
    u, v = i420[height:].reshape(2, height // 2, width // 2)
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    if step == 1:
        return cv2.cvtColor(i420, cv2.COLOR_YUV2RGB_I420)
    luma = i420[:height][::step, ::step].repeat(2, axis=0).repeat(2, axis=1)
    chroma = [plane[np.ix_(rows // 2, columns // 2)].ravel() for plane in (u, v)]
    doubled = np.concatenate([luma.ravel(), *chroma]).reshape(luma.shape[0] * 3 // 2, luma.shape[1])
    return np.ascontiguousarray(cv2.cvtColor(doubled, cv2.COLOR_YUV2RGB_I420)[::2, ::2])


def aggregate(parts: Iterable[Mapping[str, Mapping[str, Array]]]) -> dict[str, FeatureStats]:
    """One dataset's statistics from its parts', weighted by count, as LeRobot's `aggregate_stats`."""
    listed = list(parts)
    keys = [key for index, part in enumerate(listed) for key in part if all(key not in p for p in listed[:index])]
    return {key: _aggregate_feature([part[key] for part in listed if key in part]) for key in keys}


def _aggregate_feature(parts: list[Mapping[str, Array]]) -> FeatureStats:
    means = np.stack([part["mean"] for part in parts])
    counts = np.stack([part["count"] for part in parts])
    total = counts.sum(axis=0)
    weights = counts.reshape(len(parts), *([1] * (means.ndim - 1))) / total.reshape([1] * means.ndim)
    mean = (means * weights).sum(axis=0)
    variances = np.stack([part["std"] for part in parts]) ** 2 + (means - mean) ** 2
    result = {
        "min": np.min(np.stack([part["min"] for part in parts]), axis=0),
        "max": np.max(np.stack([part["max"] for part in parts]), axis=0),
        "mean": mean,
        "std": np.sqrt((variances * weights).sum(axis=0)),
        "count": total,
    }
    for key in QUANTILES:
        if all(key in part for part in parts):
            result[key] = (np.stack([part[key] for part in parts]) * weights).sum(axis=0)
    return result


def stats_to_json(stats: Mapping[str, Mapping[str, Array]]) -> dict[str, dict[str, Any]]:
    return {key: {name: np.asarray(value).tolist() for name, value in one.items()} for key, one in stats.items()}


def stats_from_json(raw: Mapping[str, Mapping[str, Any]]) -> dict[str, FeatureStats]:
    return {key: {name: np.atleast_1d(np.asarray(value)) for name, value in one.items()} for key, one in raw.items()}
