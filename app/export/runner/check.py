"""Replays an artifact's goldens: what it gives here against what it gave where it was made, and against LeRobot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .artifact import Artifact, ArtifactRefused
from .policy import ExportedPolicy

WARM_UP = 3


@dataclass(frozen=True)
class Checked:
    """`parity` and `reference` are relative L2 distances over all goldens; latencies in ms by stage."""

    goldens: int
    parity: float
    tolerance: float
    reference: float
    worst: dict[str, float]
    units: dict[str, str]
    latency_ms: dict[str, tuple[float, float, float]]
    chunks: int

    @property
    def holds(self) -> bool:
        return bool(self.parity <= self.tolerance)

    def words(self) -> str:
        lines = [
            f"goldens: {self.goldens}",
            f"parity with the machine that made it: {self.parity:.2e} (at most {self.tolerance:.0e}): "
            f"{'holds' if self.holds else 'DOES NOT HOLD'}",
            f"distance to the PyTorch policy: {self.reference:.2e}; worst by joint: "
            + ", ".join(f"{name} {error:.3f} {self.units.get(name, '')}".strip() for name, error in self.worst.items()),
            f"latency in ms over {self.chunks} chunks after {WARM_UP} of warm-up: p50 / p95 / p99",
        ]
        for name, (p50, p95, p99) in self.latency_ms.items():
            lines.append(f"  {name:12} {p50:8.1f} {p95:8.1f} {p99:8.1f}")
        return "\n".join(lines)


def check(artifact: Artifact, repeat: int) -> Checked:
    """Raises `ArtifactRefused` where the goldens do not belong to the policy."""
    policy, goldens = ExportedPolicy(artifact), artifact.goldens()
    try:
        count = len(goldens["state"])
        found = np.stack([replay(policy, goldens, index) for index in range(count)])
        expected, reference = goldens["output"], goldens["reference"]
        difference = np.abs(found - reference).max(axis=(0, 1))
    except (KeyError, ValueError) as error:
        raise ArtifactRefused(f"the goldens do not belong to this policy: {error}") from error
    return Checked(
        goldens=count,
        parity=relative(found, expected),
        tolerance=float(artifact.card.goldens["tolerance"]),
        reference=relative(found, reference),
        worst=dict(zip(artifact.card.action, difference.tolist(), strict=True)),
        units=dict(artifact.card.units),
        latency_ms=latencies(policy, goldens, repeat),
        chunks=repeat,
    )


def replay(policy: ExportedPolicy, goldens: dict[str, np.ndarray], index: int) -> np.ndarray:
    """The chunk for one golden, from a clean start."""
    policy.reset()
    pictures = {camera.name: goldens[f"picture.{camera.name}"][index] for camera in policy.card.cameras}
    noise = goldens["noise"][index] if policy.card.noise else None
    return policy.chunk(pictures, goldens["state"][index], task=str(goldens["task"][index]), noise=noise)


def latencies(
    policy: ExportedPolicy, goldens: dict[str, np.ndarray], repeat: int
) -> dict[str, tuple[float, float, float]]:
    """p50, p95 and p99 of each stage's share of a chunk, and of the whole, in ms."""
    spent: dict[str, list[float]] = {stage.name: [] for stage in policy.card.stages} | {"chunk": []}
    for turn in range(-WARM_UP, repeat):
        replay(policy, goldens, turn % len(goldens["state"]))
        if turn < 0:
            continue
        for stage in policy.card.stages:
            spent[stage.name].append(sum(span.seconds for span in policy.spans if span.stage == stage.name))
        spent["chunk"].append(policy.spans[-1].begin_s + policy.spans[-1].seconds - policy.spans[0].begin_s)
    marks = {name: np.percentile(np.array(values) * 1000, [50, 95, 99]) for name, values in spent.items()}
    return {name: (float(p[0]), float(p[1]), float(p[2])) for name, p in marks.items()}


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    """Relative L2 distance; 0 for two zeros."""
    return float(np.linalg.norm(found - expected) / max(float(np.linalg.norm(expected)), 1e-12))
