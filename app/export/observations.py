"""Recorded moments to calibrate on and to measure on: never the same episodes for both."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.datasets import Dataset, Episode, decode
from app.export.errors import CalibrationTooSmall
from app.export.runner.models import Camera
from app.export.stages import Interface, Observation
from app.policies.pictures import fit, rgb

CALIBRATION_EPISODES = 8
HELD_OUT_EPISODES = 4
FRAMES_PER_EPISODE = 4


@dataclass(frozen=True)
class Chosen:
    """Which episodes are for what; two calibration episodes can rescue or ruin an export, so it is stored."""

    calibration: tuple[int, ...]
    held_out: tuple[int, ...]
    clusters: Mapping[int, str]

    def as_json(self) -> dict[str, object]:
        return {
            "calibration": [{"episode": e, "cluster": self.clusters.get(e, "")} for e in self.calibration],
            "held_out": [{"episode": e, "cluster": self.clusters.get(e, "")} for e in self.held_out],
        }


def choose(
    episodes: Sequence[Episode],
    held_out_clusters: Collection[str] = (),
    calibration: int = CALIBRATION_EPISODES,
    held_out: int = HELD_OUT_EPISODES,
) -> Chosen:
    """Held-out episodes from the plan's held-out clusters, else the last of each cluster; calibration from the rest,
    one cluster after another. Raises `CalibrationTooSmall` below two episodes.
    """
    if len(episodes) < 2:
        raise CalibrationTooSmall(
            f"The dataset has {len(episodes)} episode: one to calibrate on and another to measure on are needed.",
            todo="Record more, or choose another dataset.",
        )
    clusters = {episode.index: episode.facts.cluster for episode in episodes}
    spared = [index for index, cluster in clusters.items() if cluster in held_out_clusters]
    by_cluster = list(_around(clusters, reverse=True))
    kept = (spared or by_cluster)[: min(held_out, len(episodes) - 1)]
    free = {index: cluster for index, cluster in clusters.items() if index not in {*kept, *spared}}
    return Chosen(tuple(list(_around(free))[:calibration]), tuple(kept), clusters)


def _around(clusters: Mapping[int, str], *, reverse: bool = False) -> Iterator[int]:
    """Episodes one cluster after another, in the order of their index within each."""
    groups: dict[str, list[int]] = {}
    for index in sorted(clusters, reverse=reverse):
        groups.setdefault(clusters[index], []).append(index)
    while any(groups.values()):
        for members in groups.values():
            if members:
                yield members.pop(0)


def evenly(count: int, most: int) -> list[int]:
    """At most `most` of `count`, from the first to the last: where not all can be used, none is favoured."""
    return np.linspace(0, count - 1, min(most, count)).round().astype(int).tolist()


def observations(
    dataset: Dataset,
    episodes: Sequence[int],
    interface: Interface,
    per_episode: int = FRAMES_PER_EPISODE,
    earlier: int = 0,
) -> list[Observation]:
    """Moments spread evenly over each episode, in the policy's size; or the moments `earlier` frames before."""
    found: list[Observation] = []
    for index in episodes:
        episode, rows = dataset.episode(index), dataset.signals(index)
        frames = [max(frame - earlier, 0) for frame in evenly(episode.length, per_episode)]
        pictures = {camera.name: _pictures(dataset, index, camera, frames) for camera in interface.cameras}
        for frame in frames:
            found.append(
                Observation(
                    {name: shots[frame] for name, shots in pictures.items()},
                    np.asarray(rows["observation.state"][frame], np.float32),
                    episode.tasks[0] if episode.tasks else "",
                    index,
                    frame,
                )
            )
    return found


def _pictures(dataset: Dataset, episode: int, camera: Camera, frames: Sequence[int]) -> dict[int, np.ndarray]:
    """RGB pictures at `frames` in the policy's own size, decoded in one pass up to the last of them."""
    path, begin_s, _ = dataset.video_file(episode, camera.name)
    first = round(begin_s * dataset.format.fps)
    wanted = set(frames)
    found: dict[int, np.ndarray] = {}
    for offset, i420 in enumerate(decode(path, first, first + max(frames) + 1)):
        if offset in wanted:
            found[offset] = fit(rgb(i420), camera.width, camera.height)
    missing = wanted - set(found)
    if missing:
        raise CalibrationTooSmall(
            f"Episode {episode} has no picture {min(missing)} of {camera.name}.",
            todo="Repair the dataset, then try again.",
        )
    return found
