"""How far a checkpoint's actions are from the demonstrated ones, on recorded frames it has and has not learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.datasets import Dataset
from app.policies.pictures import fit, rgb
from app.policies.protocol import Policy, PolicyObservation
from app.training.models import EpisodeUse, Run
from app.training.selection import HELD_OUT
from app.training.view import cameras_of, rows_of, stride_of

_PERCENT = "percent"


@dataclass(frozen=True)
class Frame:
    """One moment of an episode: what the policy would see, and what was demonstrated from there, (M, A), M <= H."""

    cluster: str
    observation: PolicyObservation
    action: np.ndarray


def frames_of(run: Run, dataset: Dataset, *, held_out: bool, count: int, horizon: int, seed: int = 0) -> list[Frame]:
    """`count` moments drawn evenly from the used (or the held-out) nominal episodes, the same for every checkpoint."""
    uses = [use for use in run.episodes if (use.why.startswith(HELD_OUT) if held_out else bool(use.times))]
    if not uses or not count:
        return []
    random = np.random.default_rng(seed)
    stride = stride_of(dataset.format.fps, run.policy.fps)
    found: list[Frame] = []
    chosen = np.sort(random.integers(len(uses), size=count))
    for which in np.unique(chosen):
        found += _of_episode(run, dataset, uses[which], int((chosen == which).sum()), stride, horizon, random)
    return found


def _of_episode(
    run: Run, dataset: Dataset, use: EpisodeUse, count: int, stride: int, horizon: int, random: np.random.Generator
) -> list[Frame]:
    from app.datasets import decode

    state, action = rows_of(dataset, use.index, stride)
    if not len(state):
        return []
    steps = np.unique(random.integers(len(state), size=count))
    images: dict[int, dict[str, np.ndarray]] = {int(step): {} for step in steps}
    for camera in cameras_of(run):
        path, since_s, _ = dataset.video_file(use.index, camera.name)
        first = round(since_s * dataset.format.fps)
        for step in images:
            at = first + step * stride
            for picture in decode(path, at, at + 1):
                images[step][camera.name] = fit(rgb(picture), camera.width, camera.height)
    return [
        Frame(use.cluster, PolicyObservation(state[step], found, run.policy.task), action[step : step + horizon])
        for step, found in images.items()
        if len(found) == len(run.policy.cameras)
    ]


def action_error(policy: Policy, frames: list[Frame], gripper_middle: float | None) -> dict[str, Any] | None:
    """Mean absolute errors in joint units: per joint, along the chunk (body joints), and when the gripper moves.

    None without frames. `gripper_late_s` is the median of predicted minus demonstrated
    instants at which the gripper passes its middle, over chunks in which both do;
    `gripper_missed` counts chunks in which only the demonstration does.
    """
    if not frames:
        return None
    joints, horizon = policy.info.joints, policy.info.horizon
    sums, counts = np.zeros((horizon, len(joints))), np.zeros(horizon)
    late: list[float] = []
    missed = 0
    gripper = next((index for index, joint in enumerate(joints) if joint.unit == _PERCENT), None)
    for frame in frames:
        policy.reset()
        answer = policy.chunk(frame.observation).actions[: len(frame.action)]
        sums[: len(answer)] += np.abs(answer - frame.action)
        counts[: len(answer)] += 1
        if gripper is not None and gripper_middle is not None:
            ours, theirs = (_crossing(chunk[:, gripper], gripper_middle) for chunk in (answer, frame.action))
            if theirs is not None and ours is None:
                missed += 1
            elif theirs is not None and ours is not None:
                late.append((ours - theirs) / policy.info.fps)
    per_joint = sums.sum(axis=0) / counts.sum()
    body = [index for index, joint in enumerate(joints) if joint.unit != _PERCENT]
    along = sums[:, body].mean(axis=1) / np.maximum(counts, 1)
    return {
        "frames": len(frames),
        "joints": {joint.name: float(error) for joint, error in zip(joints, per_joint, strict=True)},
        "body_deg": float(per_joint[body].mean()),
        "along_chunk_deg": [round(float(value), 4) for value in along[counts > 0]],
        "gripper_late_s": float(np.median(late)) if late else None,
        "gripper_seen": len(late) + missed,
        "gripper_missed": missed,
    }


def gripper_middle(dataset: Dataset, run: Run) -> float | None:
    """Halfway between the gripper's demonstrated extremes; None for an arm without a gripper in percent."""
    index = next((place for place, joint in enumerate(run.policy.joints) if joint.unit == _PERCENT), None)
    if index is None or not run.used:
        return None
    low, high = np.inf, -np.inf
    for use in run.used[:20]:
        values = dataset.signals(use.index)["action"][:, index]
        low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low + high) / 2 if high > low else None


def _crossing(values: np.ndarray, middle: float) -> int | None:
    """The first step at which the gripper is on the other side than at the chunk's beginning."""
    above = values > middle
    changed = np.flatnonzero(above != above[0])
    return int(changed[0]) if len(changed) else None
