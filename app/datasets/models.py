"""What a dataset holds, as the rooms above speak of it; the on-disk form stays in this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

NAN = float("nan")


class VideoCodec(StrEnum):
    """How pictures are stored: H.264 by x264 (default) or AV1 by SVT-AV1."""

    h264 = "h264"
    av1 = "av1"


class EpisodeKind(StrEnum):
    nominal = "nominal"
    recovery = "recovery"


class PlacedSource(StrEnum):
    """Who says where the object lay: vision, the operator, or the simulator."""

    seen = "seen"
    operator = "operator"
    simulator = "simulator"
    unknown = ""


class Driver(StrEnum):
    person = "person"
    demonstrator = "demonstrator"
    policy = "policy"


@dataclass(frozen=True)
class CameraFormat:
    """One camera's pictures: the feature is `observation.images.<name>`, (H, W, 3) uint8."""

    name: str
    width: int
    height: int


@dataclass(frozen=True)
class DatasetFormat:
    """What every episode of a dataset must match.

    `joints` are LeRobot's motor names (`shoulder_pan`); the features
    `observation.state` and `action` are (A,) float32 named `<joint>.pos`.
    """

    fps: int
    robot_type: str
    joints: tuple[str, ...]
    cameras: tuple[CameraFormat, ...]
    codec: VideoCodec = VideoCodec.h264


@dataclass(frozen=True)
class Row:
    """One observation and the command for the interval after it.

    `monotonic_s` is the real instant of the observation, seconds on the rig's
    clock; `state` and `action` are (A,) in joint units. `intervention`: a person
    had taken over from a program; `recovery`: inside a marked recovery.
    """

    monotonic_s: float
    state: npt.NDArray[np.float32]
    action: npt.NDArray[np.float32]
    intervention: bool = False
    recovery: bool = False


@dataclass(frozen=True)
class Picture:
    """One camera's picture for a row: `i420` (H*3/2, W) uint8, its age at the row's instant in ms.

    `repeated` says that the same exposure already served the row before: a late camera.
    """

    i420: npt.NDArray[np.uint8]
    age_ms: float
    repeated: bool


@dataclass(frozen=True)
class EpisodeFacts:
    """The immutable `studio/...` columns of one episode. Unknown text is "", an unknown number NaN."""

    uuid: str
    session: str = ""
    plan_version: int = 0
    cluster: str = ""
    position: int = -1
    target_x_cm: float = NAN
    target_y_cm: float = NAN
    target_yaw_deg: float = NAN
    placed_x_cm: float = NAN
    placed_y_cm: float = NAN
    placed_yaw_deg: float = NAN
    placed_source: str = ""
    kind: str = EpisodeKind.nominal
    recovery_cause: str = ""
    outcome: str = ""
    operator: str = ""
    driver: str = ""
    input: str = ""
    rig: str = ""
    checks: str = "{}"
    override_reason: str = ""
    checkpoint: str = ""
    trial: str = ""
    parent_uuid: str = ""
    recorded_at: str = ""


@dataclass(frozen=True)
class TakeSummary:
    """What a stopped take contains, counted from what is on disk."""

    uuid: str
    dataset: str
    task: str
    rows: int
    duration_s: float
    repeated: Mapping[str, int] = field(default_factory=dict)
    frames: Mapping[str, int] = field(default_factory=dict)
    bytes: int = 0
    repaired: bool = False
    note: str = ""


@dataclass(frozen=True)
class SaveReceipt:
    """Said only after the saved files were opened again and counted.

    `repeated` counts the rows in which at least one camera repeated its last picture.
    """

    dataset: str
    episode_index: int
    uuid: str
    rows: int
    duration_s: float
    repeated: int
    bytes: int
    saved_episodes: int


@dataclass(frozen=True)
class Episode:
    """A saved episode as a list shows it; `facts` are unknown where the dataset lacks the studio's columns."""

    index: int
    length: int
    duration_s: float
    tasks: tuple[str, ...]
    facts: EpisodeFacts
    has_facts: bool


@dataclass(frozen=True)
class DatasetSummary:
    """One dataset as a list shows it. `problem` says why it cannot be read; the counts are 0 then."""

    name: str
    episodes: int = 0
    frames: int = 0
    duration_s: float = 0.0
    bytes: int = 0
    fps: int = 0
    cameras: tuple[CameraFormat, ...] = ()
    joints: tuple[str, ...] = ()
    robot_type: str = ""
    codec: str = ""
    studio_columns: bool = False
    last_recorded: str = ""
    problem: str = ""
