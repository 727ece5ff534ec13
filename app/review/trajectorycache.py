"""Trajectories of a dataset's episodes, computed a few at a time and kept over restarts."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import zipfile
from pathlib import Path

import numpy as np

from app.core.errors import StudioError
from app.datasets import Dataset
from app.review.outliers import Measured
from app.review.trajectories import POINTS, Trajectory, trajectory

SLICE_S = 1.0


class TrajectoryCache:
    """Of one dataset, by its episodes' keys: an episode never changes without a new key or a new length.

    Everything here can be computed anew, so a damaged file is thrown away
    without a word, and writing it need not be durable.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.Lock()
        self._known: dict[str, Trajectory] | None = None

    def measure(self, dataset: Dataset, slice_s: float = SLICE_S) -> tuple[list[Measured], int]:
        """What is known after at most about `slice_s` of work, and how many episodes there are."""
        with self._guard:
            if self._known is None:
                self._known = _load(self._path)
            episodes, keys = dataset.episodes(), dataset.keys()
            head = dataset.head
            until = time.monotonic() + slice_s
            fresh = 0
            names = {f"{key}:{episode.length}": episode for key, episode in zip(keys, episodes, strict=True)}
            for name, episode in names.items():
                if name in self._known:
                    continue
                if time.monotonic() > until:
                    break
                self._known[name] = _measured(dataset, episode.index, head.joints, head.fps)
                fresh += 1
            if fresh:
                self._known = {name: one for name, one in self._known.items() if name in names}
                _store(self._path, self._known)
            found = [
                Measured(
                    name.rpartition(":")[0],
                    episode.index,
                    episode.facts.cluster,
                    episode.facts.kind if episode.has_facts else "",
                    self._known[name],
                )
                for name, episode in names.items()
                if name in self._known
            ]
            return found, len(names)


def _measured(dataset: Dataset, index: int, joints: tuple[str, ...], fps: float) -> Trajectory:
    try:
        return trajectory(dataset.signals(index), joints, fps)
    except StudioError:  # unreadable rows: unknown, and `verify` says so
        return Trajectory(float("nan"), float("nan"), float("nan"), np.zeros((POINTS, 0)))


def _load(path: Path) -> dict[str, Trajectory]:
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            numbers, courses = file["numbers"], file["courses"]
            return {
                str(name): Trajectory(float(duration_s), float(way), float(jerk), course)
                for name, (duration_s, way, jerk), course in zip(file["names"], numbers, courses, strict=True)
            }
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return {}


def _store(path: Path, known: dict[str, Trajectory]) -> None:
    widths = {one.course.shape[1] for one in known.values()}
    if len(widths) != 1:
        return  # episodes without rows among others: not worth a format of its own
    beside = path.with_name(f".{path.name}.making")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "wb") as file:
            np.savez(
                file,
                names=np.array(list(known)),
                numbers=np.array([[one.duration_s, one.way, one.jerk] for one in known.values()]),
                courses=np.stack([one.course for one in known.values()]),
            )
        os.replace(beside, path)
