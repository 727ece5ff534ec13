"""The dataset view of a run: its own LeRobot dataset, at the policy's size and rate, of the chosen episodes alone.

Its own, because LeRobot normalises by the statistics of a whole dataset whatever
episodes are trained on: a held-out cluster would leak into them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.datasets import CameraFormat, Dataset, DatasetFormat, EpisodeFacts, Picture, Row, TakeWriter, decode
from app.datasets.pictureset import PictureDataset, PictureEpisode, pictures_stats, png
from app.policies.pictures import fit, i420, rgb
from app.training.errors import RunInvalid
from app.training.models import NOISY_COPIES, EpisodeUse, Run

_SMALL = 128 * 128  # pixels: up to here PNGs in the data files load faster than video, and are small enough
STATE, ACTION = "observation.state", "action"


@dataclass(frozen=True)
class Sample:
    """One episode at the policy's rate: (N, A) states, the actions to have reached a step later, pictures by camera."""

    state: np.ndarray
    action: np.ndarray
    pictures: dict[str, list[np.ndarray]]


def stride_of(recorded_fps: int, fps: float) -> int:
    """Recorded rows to one step of the policy. Raises RunInvalid when the rates do not divide."""
    if fps <= 0 or recorded_fps % fps:
        rates = ", ".join(str(rate) for rate in range(1, recorded_fps + 1) if recorded_fps % rate == 0)
        raise RunInvalid(
            f"A policy at {fps:g} Hz cannot be taught from recordings at {recorded_fps} fps.",
            todo=f"Choose {rates} Hz.",
        )
    return int(recorded_fps // fps)


def rows_of(dataset: Dataset, index: int, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """States (N, A) at each step's beginning, and the last target sent within the step, (N, A)."""
    signals = dataset.signals(index)
    state, action = (np.asarray(signals[name], np.float32) for name in (STATE, ACTION))
    steps = len(state) // stride
    return state[: steps * stride : stride], action[stride - 1 : steps * stride : stride]


def pictures_of(dataset: Dataset, index: int, camera: CameraFormat, stride: int, steps: int) -> Iterator[np.ndarray]:
    """RGB (H, W, 3) of `camera`, one a step, area-averaged to its size here."""
    path, since_s, _ = dataset.video_file(index, camera.name)
    first = round(since_s * dataset.format.fps)
    for number, picture in enumerate(decode(path, first, first + steps * stride)):
        if number % stride == 0:
            yield fit(rgb(picture), camera.width, camera.height)


def sample(dataset: Dataset, index: int, cameras: tuple[CameraFormat, ...], fps: float) -> Sample:
    stride = stride_of(dataset.format.fps, fps)
    state, action = rows_of(dataset, index, stride)
    pictures = {camera.name: list(pictures_of(dataset, index, camera, stride, len(state))) for camera in cameras}
    steps = min([len(state), *(len(found) for found in pictures.values())])
    return Sample(state[:steps], action[:steps], {name: found[:steps] for name, found in pictures.items()})


@dataclass(frozen=True)
class Tremor:
    """What `state_noise` adds to the states: `sigma` (A,) in joint units, drawn anew for every copy of an episode."""

    sigma: np.ndarray
    seed: int

    @classmethod
    def of(cls, run: Run, dataset: Dataset) -> Tremor:
        share, stride = run.settings.state_noise, stride_of(dataset.format.fps, run.policy.fps)
        joints = len(dataset.format.joints)
        if not share:
            return cls(np.zeros(joints), run.settings.seed)
        states = np.concatenate([rows_of(dataset, use.index, stride)[0] for use in run.used])
        return cls(share * states.std(axis=0), run.settings.seed)

    def states(self, clean: np.ndarray, use: EpisodeUse) -> Iterator[np.ndarray]:
        """(N, A) states of every copy of one episode."""
        copies = use.times * (NOISY_COPIES if self.sigma.any() else 1)
        for copy in range(copies):
            random = np.random.default_rng((self.seed, use.index, copy))
            yield (clean + random.normal(0.0, 1.0, clean.shape) * self.sigma).astype(np.float32)


def cameras_of(run: Run) -> tuple[CameraFormat, ...]:
    return tuple(CameraFormat(camera.name, camera.width, camera.height) for camera in run.policy.cameras)


def is_small(run: Run) -> bool:
    return all(camera.width * camera.height <= _SMALL for camera in run.policy.cameras)


def worked_frames(run: Run) -> int:
    """Recorded frames that are read to write the view: a small picture is made once for all its copies."""
    return sum(use.frames for use in run.used) if is_small(run) else run.recorded_frames


def build_view(
    run: Run, dataset: Dataset, folder: Path, tell: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Write the view into `folder`, which must not exist. Episodes that count twice stand in it twice."""
    cameras = cameras_of(run)
    (_small_view if is_small(run) else _video_view)(run, dataset, folder, cameras, tell)


def _small_view(
    run: Run, dataset: Dataset, folder: Path, cameras: tuple[CameraFormat, ...], tell: Callable[[int, int], None]
) -> None:
    tremor = Tremor.of(run, dataset)
    made = PictureDataset(folder, round(run.policy.fps), run.policy.robot_type, dataset.format.joints, cameras)
    for number, use in enumerate(run.used, start=1):
        found, episode = sample(dataset, use.index, cameras, run.policy.fps), dataset.episode(use.index)
        bodies = {name: [png(image) for image in images] for name, images in found.pictures.items()}
        stats = {name: pictures_stats(images) for name, images in found.pictures.items()}
        task = episode.tasks[0] if episode.tasks else run.policy.task
        for state in tremor.states(found.state, use):
            made.add(PictureEpisode(task, episode.facts, state, found.action, bodies, stats))
        tell(number, len(run.used))
    made.finish()


def _video_view(
    run: Run, dataset: Dataset, folder: Path, cameras: tuple[CameraFormat, ...], tell: Callable[[int, int], None]
) -> None:
    """Large pictures stay video: written as takes and committed, like anybody's recordings."""
    recorded = dataset.format
    form = DatasetFormat(round(run.policy.fps), recorded.robot_type, recorded.joints, cameras, recorded.codec)
    view, takes = Dataset.create(folder, form), folder.with_name(f".{folder.name}.takes")
    stride, tremor = stride_of(recorded.fps, run.policy.fps), Tremor.of(run, dataset)
    for number, use in enumerate(run.used, start=1):
        episode = dataset.episode(use.index)
        clean, action = rows_of(dataset, use.index, stride)
        for time, state in enumerate(tremor.states(clean, use)):
            _commit(run, dataset, view, takes, use, time, episode.tasks, episode.facts, cameras, state, action)
        tell(number, len(run.used))
    view.compact()


def _commit(
    run: Run,
    dataset: Dataset,
    view: Dataset,
    takes: Path,
    use: EpisodeUse,
    time: int,
    tasks: tuple[str, ...],
    facts: EpisodeFacts,
    cameras: tuple[CameraFormat, ...],
    state: np.ndarray,
    action: np.ndarray,
) -> None:
    stride = stride_of(dataset.format.fps, run.policy.fps)
    own = f"{facts.uuid or use.index}-{time}"
    task = tasks[0] if tasks else run.policy.task
    take = TakeWriter.begin(takes, uuid=own, dataset=view.name, format=view.format, task=task, facts=facts)
    streams = [pictures_of(dataset, use.index, camera, stride, len(state)) for camera in cameras]
    for step, images in enumerate(zip(*streams, strict=False)):
        pictures = {
            camera.name: Picture(i420(image), 0.0, False) for camera, image in zip(cameras, images, strict=True)
        }
        take.append(Row(step / run.policy.fps, state[step], action[step]), pictures)
    take.stop()
    view.commit(takes, own, replace(facts, uuid=own))
