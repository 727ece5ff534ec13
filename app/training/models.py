"""A run as it stands in `models/RUN/run.json`: everything needed to repeat it, written before it starts."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

VERSION = 1
NOISY_COPIES = 3  # of every episode where the states tremble, each with a tremor of its own
_OPTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
# What the studio itself decides: an option that names one of these is refused.
RESERVED = (
    "dataset.root",
    "dataset.repo_id",
    "output_dir",
    "resume",
    "config_path",
    "steps",
    "batch_size",
    "save_freq",
    "log_freq",
    "seed",
    "num_workers",
    "policy.type",
    "policy.path",
    "policy.device",
    "policy.push_to_hub",
    "rename_map",
    "job.target",
)

type Scalar = bool | int | float | str | None


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Precision(StrEnum):
    fp32 = "fp32"
    bf16 = "bf16"


class Device(StrEnum):
    """`auto` is the graphics card where there is one."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class Scoring(_Model):
    """How each checkpoint is scored. 0 trials leaves the closed loop out; the last one gets `final` times as many.

    `settle` trials more, in all, tell the best apart where so few cannot.
    `scene` is what differs on the table while trying, as the simulator's disturbances are named.
    """

    trials_training: Annotated[int, Field(ge=0, le=1000)] = 22
    trials_held_out: Annotated[int, Field(ge=0, le=1000)] = 10
    final: Annotated[int, Field(ge=1, le=20)] = 1
    settle: Annotated[int, Field(ge=0, le=2000)] = 60
    limit_s: Annotated[float, Field(gt=0, le=120)] = 15.0
    frames: Annotated[int, Field(ge=0, le=5000)] = 200
    scene: dict[str, float] = {}


class RunSettings(_Model):
    """What a person chooses. 0 means: size and rate as recorded, every episode; no cameras means all.

    `state_noise`: joint positions in the view tremble by so many of their standard deviations, so that the policy
    looks at the pictures instead of remembering where the arm went.
    """

    preset: str = "custom"
    policy: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")] = "act"
    base: Annotated[str, Field(max_length=300)] = ""
    rename: dict[str, str] = {}
    from_run: Annotated[str, Field(max_length=80)] = ""
    cameras: tuple[str, ...] = ()
    width: Annotated[int, Field(ge=0, le=1920)] = 0
    height: Annotated[int, Field(ge=0, le=1080)] = 0
    fps: Annotated[int, Field(ge=0, le=60)] = 0
    execute: Annotated[int, Field(ge=0, le=200)] = 0
    recovery_times: Annotated[int, Field(ge=0, le=10)] = 1
    first_episodes: Annotated[int, Field(ge=0)] = 0
    state_noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    accepted_only: bool = False
    successes_only: bool = True
    steps: Annotated[int, Field(ge=1, le=10_000_000)] = 1000
    batch: Annotated[int, Field(ge=1, le=4096)] = 8
    precision: Precision = Precision.fp32
    save_every: Annotated[int, Field(ge=1)] = 500
    log_every: Annotated[int, Field(ge=1)] = 10
    seed: Annotated[int, Field(ge=0)] = 1000
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    augmentation: bool = False
    device: Device = Device.auto
    processes: Annotated[int, Field(ge=1, le=64)] = 1
    options: dict[str, Scalar] = {}
    scoring: Scoring = Scoring()

    @field_validator("options")
    @classmethod
    def _known_shape(cls, options: dict[str, Scalar]) -> dict[str, Scalar]:
        for name in options:
            if not _OPTION.fullmatch(name):
                raise ValueError(f"{name[:60]!r} is no option of lerobot-train")
            if name in RESERVED:
                raise ValueError(f"{name} is set by the studio")
        return options


class EpisodeUse(_Model):
    """One episode of the dataset: `times` it stands in the view (0: left out), and `why`."""

    index: int
    uuid: str
    cluster: str
    kind: str
    frames: int
    times: int
    why: str = ""


class JointUse(_Model):
    name: str
    unit: str


class CameraUse(_Model):
    name: str
    width: int
    height: int


class PolicySection(_Model):
    """What a checkpoint of this run takes and gives; `app/policies/checkpoint.py` reads it."""

    fps: float
    execute: int
    joints: tuple[JointUse, ...]
    cameras: tuple[CameraUse, ...]
    task: str
    robot_type: str


class Expected(_Model):
    """From a short measured probe, or from an earlier run alike; null while nothing was measured."""

    seconds_per_step: float | None = None
    total_s: float | None = None
    memory_bytes: int | None = None
    gpu_memory_bytes: int | None = None
    disk_bytes: int | None = None
    measured: str = ""


class Run(_Model):
    """`dataset_hash` is of the used episodes' data; `command` is lerobot-train's, with {run} for the run's folder.

    `base` is what `{run}/base` is made from: `RUN/STEP` of an earlier run, or a
    folder. `runner` is the place it is trained at, as `runners/places.py` writes it.
    """

    version: Literal[1] = VERSION
    name: str
    created_at: str
    by: str
    dataset: str
    dataset_hash: str
    plan_version: int
    held_out: tuple[str, ...]
    clusters: tuple[str, ...]
    settings: RunSettings
    episodes: tuple[EpisodeUse, ...]
    policy: PolicySection
    command: tuple[str, ...]
    environment: dict[str, str]
    expected: Expected = Expected()
    base: str = ""
    runner: str = "local"
    sim: bool = True
    lerobot: str = ""
    recorded_fps: float = 0.0

    @property
    def used(self) -> tuple[EpisodeUse, ...]:
        return tuple(use for use in self.episodes if use.times)

    @property
    def copies(self) -> int:
        """How often an episode that counts once stands in the view."""
        return NOISY_COPIES if self.settings.state_noise else 1

    @property
    def view_episodes(self) -> int:
        return self.copies * sum(use.times for use in self.episodes)

    @property
    def recorded_frames(self) -> int:
        """Of the episodes as often as they stand in the view, at the rate of the recording."""
        return self.copies * sum(use.frames * use.times for use in self.episodes)

    @property
    def view_frames(self) -> int:
        """At the policy's rate; 0 where an older run does not say what it was recorded at."""
        if not self.recorded_fps:
            return 0
        stride = max(1, round(self.recorded_fps / self.policy.fps))
        return self.copies * sum(use.frames // stride * use.times for use in self.episodes)

    @property
    def left_out(self) -> tuple[EpisodeUse, ...]:
        return tuple(use for use in self.episodes if not use.times)
