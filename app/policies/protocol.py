"""What a policy is to the studio: an observation goes in, a chunk of actions in joint units comes out.

A raw LeRobot checkpoint and an exported artifact both answer to `Policy`.
numpy only: whoever executes chunks needs neither torch nor LeRobot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from app.policies.continuation import Continuation
from app.policies.errors import ObservationInvalid, PolicyMismatch, PolicyOutputInvalid

type Picture = npt.NDArray[np.uint8]  # (H, W, 3) RGB
type Actions = npt.NDArray[np.float32]  # (H, A) in joint units


@dataclass(frozen=True)
class PolicyJoint:
    """One joint of the state and of an action: LeRobot's motor name, "deg" or "percent" ("" where nobody knows)."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class PolicyCamera:
    """One picture the policy looks at, at the size it was trained on; larger ones are area-averaged down to it."""

    name: str
    width: int
    height: int


@dataclass(frozen=True)
class PolicyInfo:
    """What a policy takes and gives.

    It looks every `1 / fps` seconds and answers with `horizon` (H) actions: row k
    is the target to have reached at the end of step k, `(k + 1) / fps` after the
    observation. `execute` of them are meant to be executed before it looks again.
    One that `continues` is a flow policy that heeds an observation's `continuation`.
    """

    kind: str
    fps: float
    horizon: int
    execute: int
    joints: tuple[PolicyJoint, ...]
    cameras: tuple[PolicyCamera, ...]
    task: str = ""
    robot_type: str = ""
    takes_task: bool = False
    source: str = ""
    continues: bool = False

    @property
    def joint_names(self) -> tuple[str, ...]:
        return tuple(joint.name for joint in self.joints)

    @property
    def camera_names(self) -> tuple[str, ...]:
        return tuple(camera.name for camera in self.cameras)


@dataclass(frozen=True)
class PolicyObservation:
    """What the policy looks at: `state` (A,) in joint units, pictures by camera, the task in words.

    `monotonic_ns` is the instant it shows, `age_ms` how old it was when it was handed over.
    `continuation` is what the answer should go on from, for a policy that `continues`.
    """

    state: npt.NDArray[np.float32]
    images: Mapping[str, Picture]
    task: str = ""
    monotonic_ns: int = 0
    age_ms: float = 0.0
    continuation: Continuation | None = None


@dataclass(frozen=True)
class Chunk:
    """`actions` (H, A) float32 in joint units; `observed_ns` is the instant of the observation they answer.

    `stages_ms` says where the time went, by stage in the order they ran (a raw
    checkpoint has `prepare`, `policy`, `finish`).
    """

    actions: Actions
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    observed_ns: int = 0

    @property
    def latency_ms(self) -> float:
        return sum(self.stages_ms.values())


@runtime_checkable
class Policy(Protocol):
    """One thread uses it. `reset` forgets everything of the episode before; `close` frees what it holds."""

    info: PolicyInfo

    def chunk(self, observation: PolicyObservation) -> Chunk: ...
    def reset(self) -> None: ...
    def close(self) -> None: ...


def require_rig(
    info: PolicyInfo, joints: Sequence[PolicyJoint], cameras: Sequence[str], *, robot_type: str = ""
) -> None:
    """Refuse, in words, to run the policy on a rig it was not made for. Raises PolicyMismatch, all named."""
    differences = []
    if info.robot_type and robot_type and info.robot_type != robot_type:
        differences.append(f"it was made for a {info.robot_type}, this is a {robot_type}")
    names = tuple(joint.name for joint in joints)
    if info.joint_names != names:
        differences.append(f"its joints are {', '.join(info.joint_names)}, the arm's {', '.join(names)}")
    else:
        differences += [
            f"{ours.name} is in {theirs.unit} for it and in {ours.unit} on this arm"
            for theirs, ours in zip(info.joints, joints, strict=True)
            if theirs.unit and ours.unit and theirs.unit != ours.unit
        ]
    missing = [name for name in info.camera_names if name not in cameras]
    if missing:
        differences.append(f"it looks at {', '.join(missing)}, the rig has {', '.join(cameras) or 'no camera'}")
    if differences:
        raise PolicyMismatch(
            f"This policy does not fit this rig: {'; '.join(differences)}.",
            todo="Choose a policy trained on this rig's datasets, or rename the cameras as they were.",
            differences=differences,
        )


def require_observation(info: PolicyInfo, observation: PolicyObservation) -> None:
    """Raises ObservationInvalid for a state or a picture that the policy does not take."""
    state = np.asarray(observation.state)
    if state.shape != (len(info.joints),) or not np.isfinite(state).all():
        raise ObservationInvalid(
            f"The state must be {len(info.joints)} finite numbers ({', '.join(info.joint_names)})."
        )
    for name in info.camera_names:
        image = observation.images.get(name)
        if image is None:
            raise ObservationInvalid(f"The policy looks at camera {name}, and there is no picture of it.")
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ObservationInvalid(f"The picture of {name} is {image.shape} {image.dtype}, not (H, W, 3) uint8 RGB.")


def checked(info: PolicyInfo, actions: npt.ArrayLike, stages_ms: Mapping[str, float], observed_ns: int) -> Chunk:
    """The chunk, if its actions may be executed. Raises PolicyOutputInvalid."""
    found = np.asarray(actions, np.float32)
    wanted = (info.horizon, len(info.joints))
    if found.shape != wanted:
        raise PolicyOutputInvalid(
            f"The policy answered with {found.shape} numbers, it should be {wanted} (steps, joints).",
            todo="Its files do not belong together: take another checkpoint, or export it again.",
        )
    if not np.isfinite(found).all():
        first = int(np.argwhere(~np.isfinite(found).all(axis=1))[0, 0])
        raise PolicyOutputInvalid(
            f"The policy answered with numbers that are not finite, from step {first} of {info.horizon} on.",
            todo="It is broken (often by a diverged training or a bad precision): the arm holds. Take another one.",
        )
    return Chunk(found, dict(stages_ms), observed_ns)
