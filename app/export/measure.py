"""What a mix of stages costs in degrees, milliseconds and memory: the same inputs and the same noise for every mix."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.export.runner import Artifact, ExportedPolicy
from app.export.runner.check import relative
from app.export.stages import Interface, Observation
from app.policies.pictures import fit

WARM_UP = 2
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Held:
    """What every mix is measured on: observations, one noise each, and the chunks of the policy it must match.

    `before` are the observations one, two, ... looks before each, nearest first: what stale vision was computed from.
    """

    observations: Sequence[Observation]
    noise: Sequence[npt.NDArray[np.float32] | None]
    reference: npt.NDArray[np.float32]
    steps: npt.NDArray[np.float32] | None = None
    before: Sequence[Sequence[Observation]] = ()

    def seen_by(self, interface: Interface) -> Held:
        """The same moments as another sight of the policy sees them."""
        return replace(
            self,
            observations=[seen_by(interface, one) for one in self.observations],
            before=[[seen_by(interface, one) for one in earlier] for earlier in self.before],
        )

    @property
    def stalest(self) -> int:
        """The largest reuse of vision that can be measured here; 1 for none."""
        return 1 + min((len(earlier) for earlier in self.before), default=0)


def seen_by(interface: Interface, observation: Observation) -> Observation:
    """An observation with the cameras of `interface`, at its sizes."""
    pictures = {c.name: fit(observation.pictures[c.name], c.width, c.height) for c in interface.cameras}
    return replace(observation, pictures=pictures)


@dataclass(frozen=True)
class Errors:
    """Distances to the reference in joint units. `worst_p95` is what a tolerance is held against."""

    relative: float
    joints: dict[str, dict[str, float]]
    along_chunk: list[float]
    along_steps: list[float]
    gripper_ms: float | None

    @property
    def worst_p95(self) -> float:
        return max(values["p95"] for values in self.joints.values())

    @property
    def worst_joint(self) -> str:
        return max(self.joints, key=lambda name: self.joints[name]["p95"])


@dataclass(frozen=True)
class Measured:
    """One mix. Latencies are [p50, p95, p99] in ms, by stage (all its runs in a chunk) and of the whole chunk."""

    errors: Errors
    latency_ms: dict[str, list[float]]
    size: int
    memory_mb: float | None
    chunks: int
    cpu_ms: dict[str, float] = field(default_factory=dict)  # processor time of a chunk, all threads, least of all
    spans: list[Any] = field(default_factory=list, repr=False)
    mean_ms: float = 0.0  # of a chunk, over the chunks that compute vision and those that reuse it

    @property
    def p50_ms(self) -> float:
        """A chunk's typical time: its median, or the mean over a cycle where some chunks reuse vision."""
        return self.mean_ms or self.latency_ms["chunk"][0]

    def as_json(self) -> dict[str, Any]:
        return {
            "relative": self.errors.relative,
            "worst_joint": self.errors.worst_joint,
            "worst_p95": self.errors.worst_p95,
            "joints": self.errors.joints,
            "along_chunk": self.errors.along_chunk,
            "along_steps": self.errors.along_steps,
            "gripper_ms": self.errors.gripper_ms,
            "latency_ms": self.latency_ms,
            "typical_ms": self.p50_ms,
            "cpu_ms": self.cpu_ms,
            "size": self.size,
            "memory_mb": self.memory_mb,
            "chunks": self.chunks,
        }


class Bench:
    """A loaded mix, run on the held-out observations as often as wanted; several can be timed in turns."""

    def __init__(self, artifact: Artifact, held: Held) -> None:
        settle()
        before = resident_mb()
        self._policy = ExportedPolicy(artifact)
        self._held = held
        self._card = artifact.card
        self._size = artifact.size
        self._cycle = max(stage.every for stage in self._card.stages)
        self._outputs: dict[int, npt.NDArray[np.float32]] = {}
        self._steps: dict[int, npt.NDArray[np.float32]] = {}
        self._spent: dict[str, list[float]] = {s.name: [] for s in self._card.stages} | {"chunk": []}
        self._cpu: dict[str, list[float]] = {name: [] for name in self._spent}
        for _ in range(WARM_UP):
            self._infer(0)
        took = resident_mb() - before
        # Less than its weights: it lives in what something else left, and what it takes is not known.
        self._memory_mb = took if took * 1e6 >= artifact.size else None
        self._turn = 0

    def accuracy(self) -> Errors:
        """Every held-out observation once, each from a clean start; reused vision is as stale as it ever gets."""
        for index in range(len(self._held.observations)):
            if self._cycle > 1 or index not in self._outputs:
                self._policy.reset()
                for age in range(self._cycle - 1, 0, -1):
                    self._infer(index, age)
                self._infer(index)
        return self._errors()

    def time(self, chunks: int) -> None:
        """Times `chunks` more chunks, over the observations in turn; with reuse, whole cycles of it."""
        if self._cycle > 1 and self._turn == 0:
            self._policy.reset()
        for _ in range(-(-chunks // self._cycle) * self._cycle):
            self._infer(self._turn % len(self._held.observations))
            self._turn += 1
            spans = self._policy.spans
            for stage in self._card.stages:
                mine = [span for span in spans if span.stage == stage.name]
                self._spent[stage.name].append(sum(span.seconds for span in mine))
                self._cpu[stage.name].append(sum(span.cpu_s for span in mine))
            self._cpu["chunk"].append(sum(span.cpu_s for span in spans))
            self._spent["chunk"].append(spans[-1].begin_s + spans[-1].seconds - spans[0].begin_s)

    def measured(self) -> Measured:
        marks = {
            name: np.percentile(np.array(values) * 1000, [50, 95, 99]).tolist()
            for name, values in self._spent.items()
            if values
        }
        cpu = {name: self._over_a_cycle(values, min) for name, values in self._cpu.items() if values}
        spans = list(self._policy.spans)
        typical = self._over_a_cycle(self._spent["chunk"], np.median) if self._spent["chunk"] else 0.0
        return Measured(self.accuracy(), marks, self._size, self._memory_mb, self._turn, cpu, spans, typical)

    def _over_a_cycle(self, values: Sequence[float], of: Callable[[Sequence[float]], Any]) -> float:
        """ms: `of` the chunks at each place in the cycle of reuse, and the mean of that."""
        places = [part for place in range(self._cycle) if (part := values[place :: self._cycle])]
        return float(np.mean([of(part) for part in places]) * 1000)

    def outputs(self) -> npt.NDArray[np.float32]:
        """[N, H, A], after `accuracy`."""
        return np.stack([self._outputs[index] for index in range(len(self._held.observations))])

    def steps(self) -> npt.NDArray[np.float32] | None:
        """[N, n, H, A]: what each denoise step gave; None for a policy that has none."""
        if not self._card.steps:
            return None
        return np.stack([self._steps[index] for index in range(len(self._held.observations))])

    def _infer(self, index: int, age: int = 0) -> None:
        """One chunk; `age` looks earlier than the observation."""
        seen = self._held.before[index][age - 1] if age else self._held.observations[index]
        self._outputs[index] = self._policy.chunk(
            seen.pictures, seen.state, task=seen.task, noise=self._held.noise[index]
        )
        if self._policy.steps:
            self._steps[index] = np.stack(self._policy.steps)

    def _errors(self) -> Errors:
        return errors(self.outputs(), self.steps(), self._held, self._card.action, self._card.fps)


def errors(
    found: npt.NDArray[np.float32],
    steps: npt.NDArray[np.float32] | None,
    held: Held,
    names: Sequence[str],
    fps: float,
) -> Errors:
    """Distances of [N, H, A] to the reference, by joint, along the chunk and along the denoise steps."""
    distance = np.abs(found - held.reference)
    joints = {
        name: {
            "mean": float(distance[..., j].mean()),
            "p95": float(np.percentile(distance[..., j], 95)),
            "max": float(distance[..., j].max()),
        }
        for j, name in enumerate(names)
    }
    along: list[float] = []
    if steps is not None and held.steps is not None and steps.shape == held.steps.shape:
        along = [float(v) for v in np.abs(steps - held.steps).mean(axis=(0, 2, 3))]
    return Errors(
        relative=relative(found, held.reference),
        joints=joints,
        along_chunk=[float(v) for v in distance.mean(axis=(0, 2))],
        along_steps=along,
        gripper_ms=_gripper(found, held.reference, names, fps),
    )


def _gripper(
    found: npt.NDArray[np.float32], reference: npt.NDArray[np.float32], names: Sequence[str], fps: float
) -> float | None:
    """Mean difference in ms of when the gripper passes the middle of its way; None where it does not move by 5 %."""
    joint = next((j for j, name in enumerate(names) if "gripper" in name), None)
    if joint is None:
        return None
    late: list[float] = []
    for mine, theirs in zip(found[..., joint], reference[..., joint], strict=True):
        low, high = float(theirs.min()), float(theirs.max())
        if high - low < 5:
            continue
        moments = [_crossing(way, (low + high) / 2) for way in (mine, theirs)]
        late.append(abs(moments[0] - moments[1]) * 1000 / fps)
    return float(np.mean(late)) if late else None


def _crossing(way: npt.NDArray[np.float32], level: float) -> int:
    """The first row on the other side of `level`; the last row if it stays."""
    side = way > level
    changed = np.flatnonzero(side != side[0])
    return int(changed[0]) if changed.size else len(way) - 1


def settle() -> None:
    """Gives what was freed back to the system: else a mix hides in the memory that the last one left."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # glibc's


def resident_mb() -> float:
    """Memory of this process that is in RAM; unknown (NaN) where there is no /proc."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6
    except OSError:
        return float("nan")
