"""A policy on the arm: the process it runs in, whether it is fast enough, its run, and what a person may do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.control.models import Fallback, RunPhase
from app.devices.models import Outcome
from app.policies.continuation import Schedule
from app.policies.feasibility import Colour
from app.policies.strategies import Aggregation, Mode
from app.web.protocol.base import Command, Model, Name

Seconds = Annotated[float, Field(ge=0.0, le=120.0, allow_inf_nan=False)]
Dataset = Annotated[str, Field(max_length=80)]
Cause = Annotated[str, Field(max_length=80)]


class StageLatency(Model):
    """How long a stage takes on this device, over the last looks. `stage` "" is the whole look."""

    stage: str
    p50_ms: float
    p95_ms: float
    looks: int


class OpenedPolicyState(Model):
    """The policy in its process. `artifact` runs without torch; `checkpoint` is what episodes will name.

    `cameras` are those it looks at, `tasks` the sentences it knows ([]: any, or none where it takes none).
    """

    name: str
    checkpoint: str
    kind: str
    artifact: bool
    device: str
    fps: float
    horizon: int
    execute: int
    cameras: list[str]
    task: str
    tasks: list[str]
    takes_task: bool


class ModeState(Model):
    """A mode that may be chosen; `blocked` says why it cannot ("" when it can)."""

    mode: Mode
    blocked: str


class DelayPreset(Model):
    """A device that can be emulated: `label` says whose latency it is."""

    key: str
    label: str
    seconds: float


class ChoiceState(Model):
    """What the next run would be. `delay_s` or `stages_s` emulate a slower device, named `delay_label`.

    `execute` 0 takes the policy's own. `dataset` is where takes of the run go, "" for nowhere. A look that takes
    longer than `look_limit_s` is cut off, the fallback taken and the policy's process ended: `cut_off_s`, or far
    beyond what was timed where that is 0.
    """

    mode: Mode
    execute: int
    threshold: float
    aggregation: Aggregation
    coefficient: float
    horizon: int
    schedule: Schedule
    fallback: Fallback
    task: str
    delay_s: float
    stages_s: dict[str, float]
    delay_label: str
    dataset: str
    cut_off_s: float
    look_limit_s: float
    words: str


class FeasibilityState(Model):
    """Whether the queue will hold out, from what was measured here and what is emulated.

    `execute_s` is how long a chunk lasts (T_exec = H / fps), `delay_steps` how many of its steps pass during a look
    at p95. `smallest_threshold` is the least that is safe, null where none is; `highest_hz` the highest rate without
    starvation. `sentences` say why it is this colour, `remedies` what would turn it green. `measured` false: no
    look was timed yet, all numbers are null.
    """

    colour: Colour
    measured: bool
    p50_s: float | None
    p95_s: float | None
    execute_s: float
    delay_steps: int | None
    smallest_threshold: float | None
    highest_hz: float | None
    rate_hz: float
    sentences: list[str]
    remedies: list[str]
    emulated: str


class SmoothnessState(Model):
    """Steps between targets, widest joint, in joint units: at seams of chunks and inside them; jerk in units/s^3."""

    seams: int
    seam_p95: float | None
    seam_max: float | None
    inside_p95: float | None
    inside_max: float | None
    jerk: float | None


class RunFigures(Model):
    """Measured while it runs. `queue` of `horizon` actions are left; ages in ms of the observation at execution.

    `starved_ticks` are control ticks with an empty queue after the first action, `longest_stall_s` the longest of
    them in a row. `late_rows` came when their steps were over. Rates in Hz: looks, and control ticks; `warnings`
    are sentences (a policy rate outside 2-10 Hz, a control rate outside 50-200 Hz).
    """

    queue: int
    horizon: int
    steps: int
    looks: int
    refused: int
    starved_ticks: int
    longest_stall_s: float
    late_rows: int
    age_p50_ms: float | None
    age_p95_ms: float | None
    age_max_ms: float | None
    policy_hz: float | None
    control_hz: float | None
    latency: list[StageLatency]
    smoothness: SmoothnessState
    warnings: list[str]


class LiveRunState(Model):
    """The run, or the last one. `reason` says why it is held, starved, taken over or ended.

    `emulated` labels an injected latency, "" where there is none. `take` is true while a take of it is recorded;
    `episodes` are those saved so far, `dataset` is where the next goes; `taken_over_by` names the person while one
    has the arm.
    """

    number: int
    phase: RunPhase
    reason: str
    policy: str
    strategy: str
    fallback: Fallback
    emulated: str
    by: str
    taken_over_by: str
    takeovers: int
    elapsed_s: float
    dataset: str
    take: bool
    episodes: int
    figures: RunFigures


class PolicyState(Model):
    """The section "policy". `phase` is the process's: nothing can be started before it is ready.

    `problem` and `todo` say why it failed; `start_blocked` is the one reason why Start is disabled ("" when it is
    not). A red feasibility does not disable it, it needs `policy.start` with `accept_red`.
    """

    phase: Literal["closed", "opening", "measuring", "ready", "failed"]
    problem: str
    todo: str
    opened: OpenedPolicyState | None
    modes: list[ModeState]
    latency: list[StageLatency]
    presets: list[DelayPreset]
    choice: ChoiceState
    feasibility: FeasibilityState | None
    start_blocked: str
    run: LiveRunState | None


# ---- commands -----------------------------------------------------------------------------------


class PolicyOpen(Command):
    """Open a policy in a process of its own and time it: a run, RUN/STEP, exports/NAME, or a folder's path."""

    type: Literal["policy.open"]
    policy: Annotated[str, Field(min_length=1, max_length=300)]


class PolicyClose(Command):
    """End the policy's process; a run ends with it."""

    type: Literal["policy.close"]


class PolicyMeasure(Command):
    """Time some looks again."""

    type: Literal["policy.measure"]


class PolicyChoose(Command):
    """Change what the next run would be; null leaves a setting. `delay` is a preset's key, "" none."""

    type: Literal["policy.choose"]
    mode: Mode | None = None
    execute: Annotated[int, Field(ge=0, le=1000)] | None = None
    threshold: Annotated[float, Field(ge=0.0, le=1.0)] | None = None
    aggregation: Aggregation | None = None
    coefficient: Annotated[float, Field(ge=-10.0, le=10.0)] | None = None
    horizon: Annotated[int, Field(ge=1, le=1000)] | None = None
    schedule: Schedule | None = None
    fallback: Fallback | None = None
    task: Annotated[str, Field(max_length=400)] | None = None
    delay: Annotated[str, Field(max_length=40)] | None = None
    delay_s: Seconds | None = None
    stages_s: dict[Name, Seconds] | None = None
    delay_label: Annotated[str, Field(max_length=80)] | None = None
    dataset: Dataset | None = None
    cut_off_s: Annotated[float, Field(ge=0, le=600)] | None = None


class PolicyStart(Command):
    """Put the policy on the arm. `accept_red` is the explicit yes that a red feasibility needs.

    With a dataset chosen and `record`, a take begins with it.
    """

    type: Literal["policy.start"]
    accept_red: bool = False
    record: bool = True


class PolicyPause(Command):
    """The arm holds; the policy keeps it."""

    type: Literal["policy.pause"]


class PolicyResume(Command):
    """Go on after a pause or a hold, with a new look; the arm is ramped in."""

    type: Literal["policy.resume"]


class PolicyTakeOver(Command):
    """Take the arm from the policy, with any input; the next motion command ramps in. As `lease.acquire`."""

    type: Literal["policy.take_over"]
    label: Name
    input: Annotated[str, Field(max_length=40)] = ""


class PolicyPush(Command):
    """An input is pushed by `push` of its whole way, sent as long as it is, while a policy has the arm and not this
    client: if it is meant (app/control/reaching.py) the client takes over, and the next motion command ramps in."""

    type: Literal["policy.push"]
    label: Name
    input: Annotated[str, Field(max_length=40)] = ""
    push: Annotated[float, Field(ge=0, le=1)]


class PolicyHandBack(Command):
    """Give the arm back to the policy, which looks anew and ramps in."""

    type: Literal["policy.hand_back"]


class PolicyMark(Command):
    """Begin (`open`) a take of the run into the dataset that is chosen now, or end it and save it with how it went."""

    type: Literal["policy.mark"]
    open: bool
    outcome: Outcome | None = None
    cause: Cause = ""


class PolicyFinish(Command):
    """End the run, and save the take where one is open: a recovery episode where somebody took over."""

    type: Literal["policy.finish"]
    outcome: Outcome | None = None
    cause: Cause = ""


class PolicyStop(Command):
    """End the run; the arm holds. An open take waits to be saved or discarded."""

    type: Literal["policy.stop"]
