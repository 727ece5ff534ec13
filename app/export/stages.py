"""What a staged policy is: the one protocol that ACT, SmolVLA and the next policy implement, a file each.

Nothing here imports torch: the web process may read these names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from app.export.runner.models import Affine, Camera, Language, Port


class Runs(StrEnum):
    """How often a stage runs for one chunk."""

    per_camera = "per_camera"
    once = "once"
    per_step = "per_step"


class Layout(StrEnum):
    """What a stage's tensors are: folded takes uint8 HWC and joint units, the others normalised values."""

    folded = "folded"
    nchw = "nchw"
    nhwc = "nhwc"


@dataclass(frozen=True)
class Stage:
    """One part of a policy that is converted, quantized, placed and timed on its own. All shapes are static."""

    name: str
    runs: Runs
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


@dataclass(frozen=True)
class Observation:
    """One moment of a robot: uint8 HWC pictures by camera, (S,) float32 joint positions, the instruction."""

    pictures: Mapping[str, npt.NDArray[np.uint8]]
    state: npt.NDArray[np.float32]
    task: str = ""
    episode: int = -1
    frame: int = -1


@dataclass(frozen=True)
class Interface:
    """What goes into and comes out of the whole policy, in the words of the dataset."""

    family: str
    cameras: tuple[Camera, ...]
    state: tuple[str, ...]
    action: tuple[str, ...]
    chunk: int
    pictures: Mapping[str, Affine]
    state_in: Affine
    action_out: Affine
    result: str
    result_normalized: bool
    steps: int = 0
    noise: tuple[int, ...] = ()
    language: Language | None = None

    @property
    def one_picture_affine(self) -> Affine | None:
        """The normalisation that all cameras share; None where they differ, and it cannot be folded into a stage."""
        first, *others = (self.pictures[camera.name] for camera in self.cameras)
        same = all(np.array_equal(first.scale, o.scale) and np.array_equal(first.shift, o.shift) for o in others)
        return first if same else None


@dataclass(frozen=True)
class Sight:
    """What a policy is given to see: without some cameras, or at a share of their size. The default is all of it."""

    without: tuple[str, ...] = ()
    scale: float = 1.0

    @property
    def words(self) -> str:
        parts = [f"without {name}" for name in self.without]
        return ", ".join([*parts, *([f"pictures x {self.scale:g}"] if self.scale != 1 else [])])

    def of(self, cameras: Sequence[Camera]) -> tuple[Camera, ...]:
        """The cameras as seen so; sides stay even, which every decoder and converter takes."""
        kept = [camera for camera in cameras if camera.name not in self.without]
        sides = [tuple(2 * round(side * self.scale / 2) for side in (c.height, c.width)) for c in kept]
        return tuple(Camera(c.name, *size) for c, size in zip(kept, sides, strict=True))


WHOLE = Sight()


class StagedPolicy(Protocol):
    """A trained policy taken apart for inference. A new policy is a new file with these members."""

    @property
    def interface(self) -> Interface: ...

    def stages(self, layout: Layout) -> tuple[Stage, ...]:
        """The stages in the order they run."""
        ...

    def module(self, stage: str, layout: Layout) -> Any:
        """The clean inference wrapper of one stage: a torch module without training code, ready to be exported."""
        ...

    def tokens(self, task: str) -> tuple[int, ...]:
        """The instruction as the policy's own tokenizer has it. Raises `InstructionTruncated`."""
        ...

    def sights(self) -> tuple[Sight, ...]:
        """Other sights worth trying: fewer cameras, smaller pictures where the vision stage takes any size."""
        ...

    def seeing(self, sight: Sight) -> StagedPolicy:
        """The same policy with other eyes. Its `reference` stays that of the whole policy."""
        ...

    def reference(self, observation: Observation, noise: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
        """LeRobot's own output, its pre- and post-processing included: [H, A] in joint units."""
        ...


def stage_named(stages: Sequence[Stage], name: str) -> Stage:
    return next(stage for stage in stages if stage.name == name)
