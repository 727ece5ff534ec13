"""An evaluation as it stands in `evaluations/NAME/`: the protocol, who takes part, and one line a trial."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.devices import Success
from app.policies.rules import MOST_S, SuccessRule
from app.policies.strategies import Aggregation, Mode

VERSION = 1
OPERATOR_RULE = "The operator says so, by key, once the scene is at rest."


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(StrEnum):
    """What a place is to the policy: in a cluster it learnt from, in one kept from it, or outside all clusters."""

    training = "training"
    held_out = "held_out"
    new = "new"


class Places(StrEnum):
    """Where in a cluster: places that nobody recorded, or those of recorded episodes."""

    fresh = "fresh"
    recorded = "recorded"


class Judge(StrEnum):
    simulator = "simulator"
    operator = "operator"


class Ended(StrEnum):
    """How a trial ended. Only a judged one counts; the others are listed beside."""

    judged = "judged"
    crashed = "crashed"
    interrupted = "interrupted"


class Execution(_Model):
    """The strategy, and the device that is emulated.

    `execute` is how many actions of a chunk run before the policy looks again (synchronous; 0: the policy's own).
    `threshold` is the share of a chunk that is left when the next one is asked for, `coefficient` weighs an ensemble's
    chunks. `delay_ms` is injected into
    simulated time for every chunk, null for none: then the world waits while the policy thinks. `device` names whose
    latency that is, and is shown wherever the figures are. `own_delay` injects what this machine was measured to take.
    """

    mode: Mode = Mode.synchronous
    execute: Annotated[int, Field(ge=0, le=1000)] = 0
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    aggregation: Aggregation = Aggregation.weighted_average
    coefficient: Annotated[float, Field(ge=-10, le=10)] = 0.01
    delay_ms: Annotated[float, Field(ge=0, le=120_000)] | None = None
    stages_ms: dict[str, Annotated[float, Field(ge=0, le=120_000)]] = {}
    device: Annotated[str, Field(max_length=80)] = ""
    own_delay: bool = False

    @model_validator(mode="after")
    def _one_delay(self) -> Execution:
        if (self.delay_ms is not None) + bool(self.stages_ms) + self.own_delay > 1:
            raise ValueError("one latency is injected: the whole, by stage, or this machine's own")
        return self

    @property
    def emulated(self) -> bool:
        """Whether the time it takes is not this machine's own."""
        return self.delay_ms is not None or bool(self.stages_ms)


class Entrant(_Model):
    """One policy executed in one way. `policy` is a run, RUN/STEP, exports/NAME below models/, or a folder's path."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
    policy: Annotated[str, Field(min_length=1, max_length=300)]
    title: Annotated[str, Field(max_length=120)] = ""
    execution: Execution = Execution()

    @property
    def name(self) -> str:
        return self.title or self.key


class EvaluationProtocol(_Model):
    """What is tried where, how often, for how long, and what counts as a success.

    In the simulator physics says whether `success` was so for `success_s` without a break (0: three steps of the
    policy); on a real arm the operator's word is the rule, and `rule` tells them, in the lead's own words, what to
    call a success.
    `training` and `held_out` are trials a cluster, `new` those outside every cluster; each entrant has all of them.
    No `clusters` means all of the plan. Places are drawn from `seed` and the plan alone, are the same for every
    entrant, and are taken in an order that is shuffled by the seed.
    """

    dataset: Annotated[str, Field(min_length=1, max_length=80)]
    clusters: tuple[str, ...] = ()
    training: Annotated[int, Field(ge=0, le=500)] = 2
    held_out: Annotated[int, Field(ge=0, le=500)] = 10
    new: Annotated[int, Field(ge=0, le=500)] = 0
    places: Places = Places.fresh
    seed: Annotated[int, Field(ge=0, le=100_000)] = 1
    limit_s: Annotated[float, Field(gt=0, le=300)] = 15.0
    judge: Judge = Judge.simulator
    success: Success = Success.in_goal
    success_s: Annotated[float, Field(ge=0, le=MOST_S)] = 0.0
    rule: Annotated[str, Field(max_length=300)] = ""
    record: bool = True

    @model_validator(mode="after")
    def _one_rule(self) -> EvaluationProtocol:
        """A rule that nobody applies would be read as one that was."""
        if self.judge is Judge.operator and (self.success is not Success.in_goal or self.success_s):
            raise ValueError("an operator judges by what `rule` says: `success` and `success_s` are the simulator's")
        if self.judge is Judge.simulator and self.rule.strip():
            raise ValueError("the simulator judges by physics: choose `success`; `rule` is for an operator")
        if self.success_s >= self.limit_s:
            raise ValueError("a success that has to last longer than a trial cannot happen: state a longer limit_s")
        return self

    @property
    def measured_rule(self) -> SuccessRule:
        """What the simulator judges by."""
        return SuccessRule(self.success, self.success_s)

    @property
    def success_rule(self) -> str:
        """The rule in words, as pages and reports show it."""
        if self.judge is Judge.simulator:
            return self.measured_rule.words
        return f"{self.rule.strip()} {OPERATOR_RULE}".strip()


class Subject(_Model):
    """What an entrant turned out to be when it was opened; what makes its figures believable.

    `measured_ms` is the median time of a chunk on this machine before the first trial, warm, nothing drawn beside.
    """

    key: str
    family: str
    precision: str = ""
    sha256: str
    folder: str
    run: str = ""
    step: int = 0
    dataset: str = ""
    dataset_hash: str = ""
    trained_on: tuple[str, ...] = ()
    fps: float
    horizon: int
    execute: int
    cameras: tuple[str, ...]
    measured_ms: float | None = None


class Machine(_Model):
    """Whose latencies these are."""

    machine: str = ""
    processor: str = ""
    cores: int = 0
    python: str = ""
    versions: dict[str, str] = {}


class Evaluation(_Model):
    """`evaluation.json`: written before the first trial. `plan_version` and the hash are of the protocol's dataset."""

    version: Literal[1] = VERSION
    name: str
    created_at: str
    by: str
    protocol: EvaluationProtocol
    entrants: Annotated[tuple[Entrant, ...], Field(min_length=1, max_length=24)]
    places: tuple[Place, ...]
    subjects: tuple[Subject, ...] = ()
    plan_version: int = 0
    dataset_hash: str = ""
    machine: Machine = Machine()
    sim: bool = True

    @model_validator(mode="after")
    def _keys_differ(self) -> Evaluation:
        keys = [entrant.key for entrant in self.entrants]
        if len(set(keys)) != len(keys):
            raise ValueError("two entrants have the same key")
        return self

    @property
    def eval_dataset(self) -> str:
        """The LeRobot dataset its trials are episodes of."""
        return f"eval_{self.name}"

    def subject(self, key: str) -> Subject | None:
        return next((one for one in self.subjects if one.key == key), None)


class Place(_Model):
    """One placement that every entrant is tried at; cm, degrees. `seed` draws what the rig draws."""

    key: str
    cluster: str
    part: Part
    position: int
    x_cm: float
    y_cm: float
    yaw_deg: float
    seed: int


class Trial(_Model):
    """One line of `trials.jsonl`. `outcome` is "" unless it was judged; then `problem` says why.

    `story` is what became of the object, in a few words: failures are grouped by it. Times are the rig's own: on the
    simulator simulated seconds, with the injected delay in them.
    """

    number: int
    entrant: str
    place: str
    ended: Ended
    outcome: Literal["success", "partial", "failure", ""] = ""
    story: str = ""
    problem: str = ""
    judge: Judge = Judge.simulator
    by: str = ""
    steps: int = 0
    duration_s: float = 0.0
    looks: int = 0
    starved_steps: int = 0
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None
    metrics: dict[str, float] = {}
    taken_over: bool = False
    episode: str = ""
    at: str = ""

    @property
    def success(self) -> bool:
        return self.outcome == "success"

    @property
    def counts(self) -> bool:
        return self.ended is Ended.judged


class Planned(_Model):
    """One trial of the protocol, whether it was run or not."""

    number: int
    entrant: str
    place: Place


Evaluation.model_rebuild()
