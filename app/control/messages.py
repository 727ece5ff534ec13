"""What web and the rig process say to each other (msgpack over a Unix socket, tagged structs).

Positions and speeds are in joint units (deg, or percent for a gripper) in the
arm model's order; linear speeds in m/s in the arm's base frame; times in ns on
CLOCK_MONOTONIC, which both processes share.
"""

from __future__ import annotations

import msgspec

from app.control.models import ControlPhase, Fallback, Rank, RunPhase


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """The base of every message: frozen, tagged by its class name."""


# ---- to the rig ---------------------------------------------------------------------------------


class Acquire(Message, frozen=True):
    """Ask for the lease. `source` is the client that will send commands and heartbeats."""

    request: int
    source: str
    rank: Rank
    label: str


class AnswerHandover(Message, frozen=True):
    """The holder's answer to a person who asked for the lease."""

    request: int
    epoch: int
    grant: bool


class Release(Message, frozen=True):
    request: int
    epoch: int


class Withdraw(Message, frozen=True):
    """`source` no longer asks for the lease (its tab closed, or it changed its mind)."""

    request: int
    source: str


class Beat(Message, frozen=True):
    """The heartbeat, every 100 ms, from the source of the commands."""

    epoch: int
    sent_ns: int


class Jog(Message, frozen=True):
    """Cartesian velocity of the tool; it lasts until the next one or `control.JOG_LIFE_S`. `side` of two arms."""

    epoch: int
    sequence: int
    sent_ns: int
    linear_m_s: tuple[float, float, float]
    pitch_deg_s: float = 0.0
    roll_deg_s: float = 0.0
    gripper_per_s: float = 0.0
    side: str = ""


class JogJoints(Message, frozen=True):
    """Velocity of each joint; it lasts as long as a `Jog`."""

    epoch: int
    sequence: int
    sent_ns: int
    speed: tuple[float, ...]


class Target(Message, frozen=True):
    """Absolute joint targets, as a leader arm, a replay or a policy sends them."""

    epoch: int
    sequence: int
    sent_ns: int
    position: tuple[float, ...]


class Home(Message, frozen=True):
    """Drive to the home pose by a ramp, then hold; the take's start."""

    epoch: int
    sequence: int
    sent_ns: int


class Lead(Message, frozen=True):
    """Let the arm follow the rig's leader arm, ramping to it, until another command comes; `on` false holds it."""

    epoch: int
    sequence: int
    sent_ns: int
    on: bool = True


class Stop(Message, frozen=True):
    """The emergency stop: latched, needs no lease."""

    by: str


class ResetStop(Message, frozen=True):
    request: int
    by: str


class Place(Message, frozen=True):
    """Put the object there (simulator) and, with `start`, the whole scene into that start state."""

    request: int
    x_cm: float
    y_cm: float
    yaw_deg: float
    start: str | None = None


class PutAside(Message, frozen=True):
    """Take the object off the table (simulator): the reference is captured without it."""

    request: int


class AskTruth(Message, frozen=True):
    request: int


class Disturb(Message, frozen=True):
    request: int
    name: str
    amount: float


class Demonstrate(Message, frozen=True):
    """Let the scripted demonstrator perform one take as a program that holds the lease."""

    request: int
    seed: int


class Execute(Message, frozen=True):
    """Let a policy move the arm: run `run` of the process that introduced itself by `ServePolicy`.

    `mode` and what follows it choose the strategy (app/policies/strategies); a
    chunk has `horizon` rows, one every 1 / `fps`. `look_s` is how long a look is
    expected to take. `stated` says in words which latency is emulated, for the event list. `owner` is whoever
    started it: the leader arm is in their hand. A look that takes longer than `cut_off_s` is cut off (0: none is).
    """

    request: int
    run: int
    label: str
    mode: str
    fps: float
    horizon: int
    execute: int
    threshold: float
    aggregation: str
    coefficient: float
    rtc_horizon: int
    schedule: str
    max_weight: float
    continues: bool
    fallback: Fallback
    look_s: float
    stated: str = ""
    owner: str = ""
    owner_label: str = ""
    cut_off_s: float = 0.0


class Push(Message, frozen=True):
    """A person who does not have the arm pushes an input by `share` of its whole way, while a policy moves the arm.

    Sent as long as it is pushed; whether it is meant is for app/control/reaching.py to say.
    """

    source: str
    label: str
    share: float
    sent_ns: int


class PauseRun(Message, frozen=True):
    """The arm holds; the run keeps the lease."""

    request: int
    run: int


class ResumeRun(Message, frozen=True):
    """Go on after a pause, a hold or a takeover: `epoch` is the lease of the person who hands back, 0 for nobody's."""

    request: int
    run: int
    epoch: int = 0


class EndRun(Message, frozen=True):
    request: int
    run: int
    reason: str


class ServePolicy(Message, frozen=True):
    """This peer answers looks. When it goes away, the run it served is held."""

    pid: int


class LookAnswer(Message, frozen=True):
    """The chunk for look `look`: rows of joint targets. `stages_ms` by stage in order, `observed_ns` what it saw."""

    run: int
    look: int
    observed_ns: int
    rows: tuple[tuple[float, ...], ...]
    stages_ms: dict[str, float]


class LookFailed(Message, frozen=True):
    """The policy could not answer. `hold`: it must not go on by itself."""

    run: int
    look: int
    hold: bool
    text: str


class Shutdown(Message, frozen=True):
    """The studio closes on purpose: rest and exit at once."""


type Request = (
    Acquire
    | AnswerHandover
    | Release
    | Withdraw
    | ResetStop
    | Place
    | PutAside
    | AskTruth
    | Disturb
    | Demonstrate
    | Execute
    | PauseRun
    | ResumeRun
    | EndRun
)
type ToRig = (
    Acquire
    | AnswerHandover
    | Release
    | Withdraw
    | Beat
    | Jog
    | JogJoints
    | Target
    | Home
    | Lead
    | Push
    | Stop
    | ResetStop
    | Place
    | PutAside
    | AskTruth
    | Disturb
    | Demonstrate
    | Execute
    | PauseRun
    | ResumeRun
    | EndRun
    | ServePolicy
    | LookAnswer
    | LookFailed
    | Shutdown
)


# ---- from the rig -------------------------------------------------------------------------------


class JointFacts(Message, frozen=True):
    name: str
    unit: str
    lower: float
    upper: float
    max_speed: float
    home: float


class ReachFacts(Message, frozen=True):
    """Where the arm grasps: see `GraspRing`."""

    inner_cm: float
    outer_cm: float
    pan_deg: float


class Attached(Message, frozen=True):
    """The first message on every attachment: what the rig is, and what it kept meanwhile.

    A leader that is `leader_driven` goes to the arm before it is followed. `sides`
    ("left", "right") are the arms of a rig that has two. A `blind` arm has no model.
    """

    pid: int
    robot_type: str
    simulated: bool
    joints: tuple[JointFacts, ...]
    control_hz: float
    fps: int
    realtime: bool
    alone_s: float
    demonstrator: bool
    reach: ReachFacts | None = None
    leader: str = ""
    leader_driven: bool = False
    sides: tuple[str, ...] = ()
    blind: bool = False


class Tick(Message, frozen=True):
    """One recording interval [t, t + 1/fps), sent when it is over.

    `position` is the observation at t; `action` the last target sent to the arm
    in the interval, after every clamp; `tool_mm` the tool point by forward
    kinematics of `position`. `missed` counts control deadlines that were skipped.
    """

    index: int
    monotonic_ns: int
    position: tuple[float, ...]
    action: tuple[float, ...]
    source: str
    intervention: bool
    clamped: tuple[str, ...]
    missed: int
    tool_mm: tuple[float, float, float]


class LeaseFacts(Message, frozen=True):
    """Who may move the arm. An empty `source` means nobody; `asked_by` waits for an answer."""

    epoch: int
    source: str
    rank: Rank | None
    label: str
    asked_by: str
    asked_label: str


class Status(Message, frozen=True):
    """The rig's state, on every change and at least every 0.5 s."""

    phase: ControlPhase
    reason: str
    lease: LeaseFacts
    stopped_by: str
    lateness_p50_ms: float
    lateness_p99_ms: float
    ticks: int
    missed: int
    demonstrating: bool
    outcome: str
    leading: bool = False
    leader_problem: str = ""


class Receipt(Message, frozen=True):
    """When a command arrived and when it was applied, for the latency figures."""

    sequence: int
    sent_ns: int
    received_ns: int
    applied_ns: int


class Note(Message, frozen=True):
    """One sentence for the event list: what happened, to what, what to do."""

    level: str
    code: str
    text: str
    monotonic_ns: int


class Reply(Message, frozen=True):
    """The answer to a request: `ok`, or an error's code and sentence; `values` as asked."""

    request: int
    ok: bool
    code: str = ""
    text: str = ""
    todo: str = ""
    values: dict[str, float | str] = {}


class Look(Message, frozen=True):
    """The policy is asked: `position` is the arm at `monotonic_ns`; answer by `LookAnswer` or `LookFailed`.

    `ahead` are the rows still queued, for a policy that continues them, of which `delay` will be over.
    """

    run: int
    look: int
    monotonic_ns: int
    position: tuple[float, ...]
    fresh: bool
    ahead: tuple[tuple[float, ...], ...] = ()
    delay: int = 0


class StageFigures(Message, frozen=True):
    """Of the last looks, in ms; stage "" is the whole look, from asking to the answer."""

    stage: str
    p50_ms: float
    p95_ms: float
    looks: int


class RunStatus(Message, frozen=True):
    """A policy's run, on every change of phase and four times a second; see the protocol's `RunFigures`."""

    run: int
    phase: RunPhase
    reason: str
    taken_over_by: str
    takeovers: int
    elapsed_s: float
    queue: int
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
    latency: tuple[StageFigures, ...]
    seams: int
    seam_p95: float | None
    seam_max: float | None
    inside_p95: float | None
    inside_max: float | None
    jerk: float | None
    cut_off: bool = False


type FromRig = Attached | Tick | Status | Receipt | Note | Reply | Look | RunStatus
