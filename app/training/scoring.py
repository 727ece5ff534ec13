"""Scores one checkpoint: on recorded frames, and in closed loop on the training clusters and the held-out one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.datasets import Dataset
from app.devices import Placement
from app.guidance.plan import Plan
from app.guidance.targets import position_placement
from app.policies import Policy
from app.policies.trial import TrialRequest, TrialResult, TrialRig, run_trial
from app.policies.wilson import rate
from app.training.frames import action_error, frames_of, gripper_middle
from app.training.models import Run, Scoring

FRESH = 1000  # positions of a cluster from here on were recorded by nobody

type OpenPolicy = Callable[[Path], Policy]
type Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Scorer:
    """`rig` is None where no closed loop can be run here (a real arm); then frames alone are scored."""

    run: Run
    dataset: Dataset
    plan: Plan | None
    open_policy: OpenPolicy
    rig: TrialRig | None

    def score(
        self, step: int, checkpoint: Path, *, final: bool, tell: Tell = lambda words, done, total: None
    ) -> dict[str, Any]:
        """One row of scores.jsonl."""
        began = time.monotonic()
        policy = self.open_policy(checkpoint)
        try:
            row: dict[str, Any] = {"step": step, "final": final, "error": self._errors(policy, tell)}
            row |= self._trials(policy, final, tell)
        finally:
            policy.close()
        return row | {"seconds": round(time.monotonic() - began, 1)}

    def _errors(self, policy: Policy, tell: Tell) -> dict[str, Any]:
        count, found = self.run.settings.scoring.frames, {}
        middle = gripper_middle(self.dataset, self.run)
        for name, held_out in (("training", False), ("held_out", True)):
            tell(f"Scoring actions on {name.replace('_', '-')} frames", 0, 0)
            frames = frames_of(self.run, self.dataset, held_out=held_out, count=count, horizon=policy.info.horizon)
            found[name] = action_error(policy, frames, middle)
        return found

    def _trials(self, policy: Policy, final: bool, tell: Tell) -> dict[str, Any]:
        requests = trial_requests(self.run, self.dataset, self.plan, final=final) if self.rig else []
        results: list[TrialResult] = []
        for number, request in enumerate(requests, start=1):
            assert self.rig is not None
            results.append(
                run_trial(
                    policy, self.rig, request, task=self.run.policy.task, limit_s=self.run.settings.scoring.limit_s
                )
            )
            tell("Scoring in closed loop", number, len(requests))
        return summary(results)


def trial_requests(run: Run, dataset: Dataset, plan: Plan | None, *, final: bool) -> list[TrialRequest]:
    """Fresh positions of each cluster, the same for every checkpoint; without a plan, places the dataset has."""
    scoring = run.settings.scoring
    times = scoring.final if final else 1
    if plan is None:
        return _near_recorded(run, dataset, scoring, times)
    training = [
        cluster for cluster in plan.clusters if cluster.name not in plan.held_out and cluster.name in run.clusters
    ]
    held_out = [cluster for cluster in plan.clusters if cluster.name in plan.held_out]
    requests = []
    for clusters, count, held in (
        (training, scoring.trials_training * times, False),
        (held_out, scoring.trials_held_out * times, True),
    ):
        for number in range(count if clusters else 0):
            cluster, lap = clusters[number % len(clusters)], number // len(clusters)
            place = position_placement(plan, cluster, FRESH + lap)
            requests.append(TrialRequest(place, cluster.name, seed=FRESH + number, held_out=held))
    return requests


def _near_recorded(run: Run, dataset: Dataset, scoring: Scoring, times: int) -> list[TrialRequest]:
    """A dataset without a plan: within a centimetre of places it was recorded at, in turn."""
    random = np.random.default_rng(0)
    facts = [dataset.episode(use.index).facts for use in run.used if use.kind != "recovery"]
    known = [one for one in facts if np.isfinite([one.placed_x_cm, one.placed_y_cm, one.placed_yaw_deg]).all()]
    requests = []
    for number in range(scoring.trials_training * times if known else 0):
        at = known[number % len(known)]
        dx, dy = random.uniform(-1.0, 1.0, 2)
        place = Placement(at.placed_x_cm + float(dx), at.placed_y_cm + float(dy), at.placed_yaw_deg)
        requests.append(TrialRequest(place, at.cluster, seed=FRESH + number))
    return requests


def summary(results: Sequence[TrialResult]) -> dict[str, Any]:
    """Counts and intervals for training, held-out, all, and each cluster; trials that broke off count as neither."""
    told = [result for result in results if result.outcome is not None]
    clusters = []
    for name in dict.fromkeys(result.request.cluster for result in results):
        mine = [result for result in told if result.request.cluster == name]
        held = any(result.request.held_out for result in results if result.request.cluster == name)
        clusters.append({"name": name, "held_out": held, **rate(result.success for result in mine).row()})
    parts = {"training": False, "held_out": True}
    row: dict[str, Any] = {
        name: rate(result.success for result in told if result.request.held_out is held).row()
        for name, held in parts.items()
    }
    row["all"] = rate(result.success for result in told).row()
    row["clusters"] = clusters
    row["broken"] = dict(Counter(result.problem for result in results if result.problem))
    row["trials"] = [_trial_row(result) for result in results]
    latencies = [value for result in results for value in result.latency_ms]
    row["latency_ms"] = float(np.median(latencies)) if latencies else None
    return row


def _trial_row(result: TrialResult) -> dict[str, Any]:
    place = result.request.placement
    return {
        "cluster": result.request.cluster,
        "held_out": result.request.held_out,
        "x_cm": round(place.x_cm, 2),
        "y_cm": round(place.y_cm, 2),
        "yaw_deg": round(place.yaw_deg, 1),
        "outcome": str(result.outcome) if result.outcome else "",
        "duration_s": round(result.duration_s, 2),
    }
