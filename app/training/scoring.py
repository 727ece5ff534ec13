"""Scores one checkpoint: on recorded frames, and in closed loop on the training clusters and the held-out one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.datasets import Dataset
from app.devices import Outcome, Placement
from app.guidance.plan import Plan, in_order
from app.guidance.targets import position_placement
from app.policies import Policy
from app.policies.trial import TrialRequest, TrialResult, TrialRig, run_trial
from app.policies.wilson import rate
from app.training.frames import action_error, frames_of, gripper_middle
from app.training.models import Run
from app.training.settling import MoreTrials

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

    def more(
        self, row: Mapping[str, Any], checkpoint: Path, wanted: MoreTrials, tell: Tell = lambda words, done, total: None
    ) -> dict[str, Any]:
        """The row with further trials in it."""
        assert self.rig is not None
        requests = further_requests(self.run, self.dataset, self.plan, wanted)
        policy = self.open_policy(checkpoint)
        try:
            results = self._run(policy, requests, "Telling the best apart", tell)
        finally:
            policy.close()
        return joined(row, results) | {"settling": int(row.get("settling", 0)) + wanted.count}

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
        return summary(self._run(policy, requests, "Scoring in closed loop", tell))

    def _run(self, policy: Policy, requests: Sequence[TrialRequest], words: str, tell: Tell) -> list[TrialResult]:
        results: list[TrialResult] = []
        for number, request in enumerate(requests, start=1):
            assert self.rig is not None
            results.append(
                run_trial(
                    policy, self.rig, request, task=self.run.policy.task, limit_s=self.run.settings.scoring.limit_s
                )
            )
            tell(words, number, len(requests))
        return results


def trial_requests(run: Run, dataset: Dataset, plan: Plan | None, *, final: bool) -> list[TrialRequest]:
    """Fresh positions of each cluster, the same for every checkpoint; without a plan, places the dataset has."""
    scoring = run.settings.scoring
    times = scoring.final if final else 1
    if plan is None:
        return _near_recorded(run, dataset, scoring.trials_training * times)
    return [
        *_in_clusters(run, plan, range(scoring.trials_training * times), held_out=False),
        *_in_clusters(run, plan, range(scoring.trials_held_out * times), held_out=True),
    ]


def further_requests(run: Run, dataset: Dataset, plan: Plan | None, wanted: MoreTrials) -> list[TrialRequest]:
    """Places that come after those of `trial_requests`, the same for every checkpoint."""
    numbers = range(wanted.first, wanted.first + wanted.count)
    if plan is None:
        return _near_recorded(run, dataset, numbers.stop)[wanted.first :]
    return _in_clusters(run, plan, numbers, held_out=wanted.held_out)


def _in_clusters(run: Run, plan: Plan, numbers: range, *, held_out: bool) -> list[TrialRequest]:
    """The clusters of one part in turn, at positions that nobody recorded."""
    clusters = [
        one
        for one in plan.clusters
        if (one.name in plan.held_out) is held_out and (held_out or one.name in run.clusters)
    ]
    requests = []
    for number in numbers if clusters else ():
        cluster, lap = clusters[number % len(clusters)], number // len(clusters)
        place = position_placement(plan, cluster, FRESH + lap)
        requests.append(TrialRequest(place, cluster.name, seed=FRESH + number, held_out=held_out))
    return requests


def _near_recorded(run: Run, dataset: Dataset, count: int) -> list[TrialRequest]:
    """A dataset without a plan: within a centimetre of places it was recorded at, in turn."""
    random = np.random.default_rng(0)
    facts = [dataset.episode(use.index).facts for use in run.used if use.kind != "recovery"]
    known = [one for one in facts if np.isfinite([one.placed_x_cm, one.placed_y_cm, one.placed_yaw_deg]).all()]
    requests = []
    for number in range(count if known else 0):
        at = known[number % len(known)]
        dx, dy = random.uniform(-1.0, 1.0, 2)
        place = Placement(at.placed_x_cm + float(dx), at.placed_y_cm + float(dy), at.placed_yaw_deg)
        requests.append(TrialRequest(place, at.cluster, seed=FRESH + number))
    return requests


def summary(results: Sequence[TrialResult]) -> dict[str, Any]:
    """Counts and intervals for training, held-out, all, and each cluster; trials that broke off count as neither."""
    latencies = [value for result in results for value in result.latency_ms]
    return {
        **_counted([_trial_row(result) for result in results]),
        "broken": dict(Counter(result.problem for result in results if result.problem)),
        "latency_ms": float(np.median(latencies)) if latencies else None,
    }


def joined(row: Mapping[str, Any], results: Sequence[TrialResult]) -> dict[str, Any]:
    """A summarised row with further trials counted in; its latency stays that of the first ones."""
    broken = Counter(row.get("broken", {})) + Counter(result.problem for result in results if result.problem)
    trials = [*row["trials"], *(_trial_row(result) for result in results)]
    return {**row, **_counted(trials), "broken": dict(broken)}


def _counted(trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    told = [trial for trial in trials if trial["outcome"]]

    def of(chosen: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        return rate(trial["outcome"] == Outcome.success for trial in chosen).row()

    clusters = []
    for name in in_order(trial["cluster"] for trial in trials):
        held = any(trial["held_out"] for trial in trials if trial["cluster"] == name)
        counts = of(trial for trial in told if trial["cluster"] == name)
        clusters.append({"name": name, "held_out": held, **counts})
    return {
        "training": of(trial for trial in told if not trial["held_out"]),
        "held_out": of(trial for trial in told if trial["held_out"]),
        "all": of(told),
        "clusters": clusters,
        "trials": list(trials),
    }


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
