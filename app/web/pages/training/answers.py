"""What the training routes take and answer."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from app.training.models import RunSettings
from app.web.protocol import Model


class RateAnswer(Model):
    """Successes of trials with the 95 % Wilson interval; null without a trial."""

    successes: int = 0
    trials: int = 0
    low: float | None = None
    high: float | None = None


class RunSummary(Model):
    """One run as a list shows it. `state` is described, queued, running, done, stopped or failed.

    `job` is the newest job about it and `job_state` how that stands, "" without one: a run may be trained, and its
    scoring have failed.
    """

    name: str
    dataset: str
    policy: str
    preset: str
    created_at: str
    state: str
    job: str
    job_state: str
    step: int
    steps: int
    best: int
    training: RateAnswer
    held_out: RateAnswer
    bytes: int
    pinned: bool
    problem: str = ""


class PresetAnswer(Model):
    """`suggested`: this machine is one for it."""

    name: str
    title: str
    words: str
    settings: RunSettings
    suggested: bool


class NewRun(Model):
    """A run to describe or start. Without `settings` the preset's; without a name one is made of dataset and preset.

    `on` is where: a kept place's name or its line, "" this machine.
    """

    dataset: Annotated[str, Field(min_length=1, max_length=80)]
    preset: Annotated[str, Field(max_length=40)] = "quick"
    name: Annotated[str, Field(max_length=80)] = ""
    settings: RunSettings | None = None
    on: Annotated[str, Field(max_length=400)] = ""


class LeftOut(Model):
    why: str
    episodes: int


class Described(Model):
    """What a run would be. `view` says what it learns from, `command` is lerobot-train's, to copy.

    `dataset_hash` is of the used episodes' content, `plan_version` 0 without a plan.
    """

    name: str
    dataset_hash: str
    plan_version: int
    settings: RunSettings
    episodes: int
    recoveries: int
    frames: int
    held_out: list[str]
    clusters: dict[str, int]
    left_out: list[LeftOut]
    device: str
    expected_s: float | None
    expected_memory_bytes: int | None
    expected_gpu_memory_bytes: int | None
    expected_disk_bytes: int | None
    measured: str
    probed: bool
    where: str
    begins_from: str
    view: list[str]
    command: str


class NotesChange(Model):
    """What a person says of the run; `best` 0 leaves the choice to the scores."""

    notes: Annotated[str, Field(max_length=20_000)] = ""
    pinned: bool = False
    best: Annotated[int, Field(ge=0)] = 0


class WeakAnswer(Model):
    name: str
    held_out: bool
    successes: int
    trials: int
    episodes: int


class Deleted(Model):
    """`job` removes what the run left on another machine; "" where nothing is left or it stays."""

    job: str


class LeftElsewhere(Model):
    """What deleting the run means for where it was trained, and the command that does it by hand; "" for nothing."""

    words: str
    command: str


class RunDetail(Model):
    """Everything about one run; `metrics` are thinned to about 600 points, `scores` are as in scores.jsonl."""

    summary: RunSummary
    described: Described
    settings: RunSettings
    dataset_hash: str
    by: str
    metrics: list[dict[str, Any]]
    scores: list[dict[str, Any]]
    checkpoints: list[int]
    best: int
    why: str
    findings: list[str]
    weak: list[WeakAnswer]
    notes: NotesChange
    left_elsewhere: LeftElsewhere
