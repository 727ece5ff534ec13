"""What a mix costs in success: trials on the simulator's own clock, the same placements and noise for every mix.

Degrees say how far an output moved; only a closed loop says whether the task is still done. So float32, the chosen mix
and everything in int8 are each run, and reported as they are, with counts and intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.datasets import Dataset
from app.devices import Outcome, Placement
from app.export.artifact import ArtifactPolicy
from app.export.cards import on_the_bench
from app.export.runner import ExportedPolicy
from app.export.search import Choice, Ledger, Mix, own_error
from app.guidance.plan import Plan
from app.guidance.targets import position_placement
from app.policies import Policy
from app.policies.trial import LIMIT_S, TrialRequest, TrialResult, TrialRig, run_trial
from app.policies.wilson import Rate, rate

FRESH = 2000  # positions from here on were neither recorded nor used to score a checkpoint

type Said = Callable[[str], None]


@dataclass(frozen=True)
class Trials:
    """A closed loop to try mixes in. `lose` is the share of float32's successes that may be lost."""

    rig: TrialRig
    requests: Sequence[TrialRequest]
    task: str = ""
    lose: float = 0.1
    limit_s: float = LIMIT_S

    def run(self, policy: Policy, said: Said = lambda words: None) -> list[TrialResult]:
        """Every request once. A policy that answers with nonsense fails its trial; the words stay in the result."""
        found = []
        for number, request in enumerate(self.requests, 1):
            found.append(run_trial(policy, self.rig, request, task=self.task, limit_s=self.limit_s))
            said(f"trial {number} of {len(self.requests)}: {rate(won(found)).successes} successes")
        return found


@dataclass
class Proof:
    """Success of each mix that was run, by its name."""

    trials: Trials
    ledger: Ledger
    fps: float
    execute: int | None = None
    said: Said = lambda words: None

    def __post_init__(self) -> None:
        self.found: dict[str, list[TrialResult]] = {}

    def of(self, mix: Mix) -> Rate:
        if mix.name not in self.found:
            interface, _ = self.ledger.of(mix.sight)
            policy = ArtifactPolicy(
                ExportedPolicy(
                    on_the_bench(interface, mix.placed, fps=self.fps, steps=mix.steps, execute=self.execute)
                ),
                mix.name,
            )
            self.found[mix.name] = self.trials.run(policy, lambda words: self.said(f"{mix.name}: {words}"))
            policy.close()
        return rate(won(self.found[mix.name]))

    def as_json(self, roles: Mapping[str, str]) -> dict[str, Any]:
        """For the report; `roles` names what each mix is there for."""
        rows = [
            {"mix": name, "role": roles.get(name, "tried"), **rate(won(results)).row(), **_trouble(results)}
            for name, results in self.found.items()
        ]
        return {"lose": self.trials.lose, "limit_s": self.trials.limit_s, "rows": rows}


def keep_success(proof: Proof, choice: Choice, fp32: Mix) -> Choice:
    """The first of the choice and what came after it that loses no more than is allowed; float32 if none does."""
    base = proof.of(fp32)
    least = (base.share or 0.0) - proof.trials.lose
    beyond = []
    for mix in (choice.mix, *choice.next, fp32):
        found = proof.of(mix)
        if (found.share or 0.0) >= least:
            measured = proof.ledger.measure(mix)
            if not beyond:
                words = f"{choice.why} In closed loop it succeeds in {found}, float32 in {base}."
                return Choice(mix, measured, words, choice.next)
            words = (
                f"In closed loop it succeeds in {found}, float32 in {base}; {own_error(measured)}. "
                f"Passed over for losing more than {100 * proof.trials.lose:.0f} points: {'; '.join(beyond)}."
            )
            return Choice(mix, measured, words, choice.next)
        beyond.append(f"{mix.name} ({found})")
    raise AssertionError("float32 loses nothing against itself")


def won(results: Sequence[TrialResult]) -> list[bool]:
    """Of the trials whose outcome is known, and of those that the policy broke off: these count as lost."""
    return [result.success for result in results if result.outcome is not None or result.problem]


def requests(dataset: Dataset | None, plan: Plan | None, count: int) -> list[TrialRequest]:
    """Fresh positions of one cluster after another; without a plan, near places the dataset has, if it has any."""
    if plan is not None:
        clusters = plan.clusters
        found = []
        for number in range(count):
            cluster, lap = clusters[number % len(clusters)], number // len(clusters)
            place = position_placement(plan, cluster, FRESH + lap)
            held = cluster.name in plan.held_out
            found.append(TrialRequest(place, cluster.name, seed=FRESH + number, held_out=held))
        return found
    facts = [episode.facts for episode in dataset.episodes()] if dataset else []
    known = [one for one in facts if np.isfinite([one.placed_x_cm, one.placed_y_cm, one.placed_yaw_deg]).all()]
    random = np.random.default_rng(0)
    found = []
    for number in range(count if known else 0):
        at, (dx, dy) = known[number % len(known)], random.uniform(-1.0, 1.0, 2)
        place = Placement(at.placed_x_cm + float(dx), at.placed_y_cm + float(dy), at.placed_yaw_deg)
        found.append(TrialRequest(place, at.cluster, seed=FRESH + number))
    return found


def _trouble(results: Sequence[TrialResult]) -> dict[str, Any]:
    outcomes = {str(outcome): sum(one.outcome is outcome for one in results) for outcome in Outcome}
    return {"outcomes": outcomes, "broken": [one.problem for one in results if one.problem][:3]}
