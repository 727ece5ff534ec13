"""What an evaluation found, in plain values: every rate with its counts, its interval and what was left out of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from app.evaluation.models import Part, Trial
from app.policies.wilson import Rate


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Score(_Model):
    """Successes of judged trials with the 95 % Wilson interval, null without a trial.

    `broken` trials crashed or were interrupted and count as neither; `strict_*` count them as failures.
    """

    successes: int = 0
    trials: int = 0
    share: float | None = None
    low: float | None = None
    high: float | None = None
    partial: int = 0
    broken: int = 0
    strict_share: float | None = None
    strict_low: float | None = None
    strict_high: float | None = None

    @property
    def rate(self) -> Rate:
        return Rate(self.successes, self.trials)


class ClusterScore(_Model):
    """One cluster of the plan: what was recorded there, and how often the policy succeeds there.

    `recorded` counts episodes that are neither rejected nor failed, `used` those the policy learnt from (null for a
    policy whose run is not here), `density` is recorded ones on 100 cm^2.
    """

    name: str
    part: Part
    x_cm: float
    y_cm: float
    size_x_cm: float
    size_y_cm: float
    recorded: int
    used: int | None
    density: float
    taken_over: int
    score: Score


class EntrantResult(_Model):
    """One entrant. Latencies are this machine's or the emulated device's, as `emulated` says; times of successes."""

    key: str
    title: str
    policy: str
    mode: str
    emulated: bool
    device: str
    delay_ms: float | None
    training: Score
    held_out: Score
    new: Score
    all: Score
    clusters: list[ClusterScore]
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    duration_s: float | None
    starved_steps: int
    steps: int
    looks: int
    done: int
    planned: int


class Contrast(StrEnum):
    """What differs between two entrants that are compared."""

    policy = "policy"
    precision = "precision"
    strategy = "strategy"
    delay = "delay"
    several = "several"


class Comparison(_Model):
    """Two entrants over the places where both were judged; differences are first minus second.

    `kept` is the first's successes as a share of the second's. `faster` is how many times as fast the first finishes,
    over the `timed` places where both succeed, with a bootstrap interval.
    """

    contrast: Contrast
    first: str
    second: str
    both: int
    only_first: int
    only_second: int
    neither: int
    difference: float | None
    low: float | None
    high: float | None
    kept: float | None
    timed: int
    faster: float | None
    faster_low: float | None
    faster_high: float | None
    words: str


class DelayPoint(_Model):
    """Success at one injected delay; points of one `line` (policy and strategy) belong together."""

    line: str
    entrant: str
    delay_ms: float
    score: Score


class Clip(_Model):
    """One trial to look at; `episode` is its index in the eval_ dataset, null when it was not recorded."""

    number: int
    entrant: str
    cluster: str
    place: str
    outcome: str
    episode: int | None
    url: str


class FailureGroup(_Model):
    """Failures that went alike, the most frequent group first."""

    story: str
    count: int
    entrants: dict[str, int]
    clusters: dict[str, int]
    clips: list[Clip]


class Broken(_Model):
    """A trial that counts as neither."""

    number: int
    entrant: str
    cluster: str
    ended: str
    problem: str


class RecordNext(_Model):
    """Where demonstrations are wanted next, and why; `clusters` go to the operator's queue in this order."""

    clusters: list[str]
    takes: int
    words: str


class Results(_Model):
    """Everything the pages and the report show."""

    name: str
    done: int
    planned: int
    entrants: list[EntrantResult]
    comparisons: list[Comparison]
    delays: list[DelayPoint]
    failures: list[FailureGroup]
    broken: list[Broken]
    record_next: list[RecordNext]
    record_next_for: str = ""  # whose failures these are
    findings: list[str]


def score(trials: Sequence[Trial]) -> Score:
    """Of trials that were run, with every attempt that broke off."""
    judged = [trial for trial in trials if trial.counts]
    rate = Rate(sum(trial.success for trial in judged), len(judged))
    strict = Rate(rate.successes, len(trials))
    return Score(
        successes=rate.successes,
        trials=rate.trials,
        share=rate.share,
        low=rate.low,
        high=rate.high,
        partial=sum(trial.outcome == "partial" for trial in judged),
        broken=len(trials) - len(judged),
        strict_share=strict.share,
        strict_low=strict.low,
        strict_high=strict.high,
    )
