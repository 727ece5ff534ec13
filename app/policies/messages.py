"""What web and a policy's process say to each other (msgpack over a Unix socket, tagged structs)."""

from __future__ import annotations

from app.control.messages import Message


class Rings(Message, frozen=True):
    """Where the cameras' pictures lie now, by camera: paths of frame rings."""

    paths: dict[str, str]


class OpenPolicy(Message, frozen=True):
    """Open the policy in `folder` for this arm, then time it. `joints` are (name, unit) in the arm's order."""

    folder: str
    device: str
    joints: tuple[tuple[str, str], ...]
    robot_type: str
    rings: dict[str, str]


class Measure(Message, frozen=True):
    """Time `looks` looks at what the cameras show now."""

    looks: int


class Prepare(Message, frozen=True):
    """How looks of run `run` are answered: the task, an emulated latency, how queued actions are continued."""

    run: int
    task: str
    whole_s: float
    stages_s: dict[str, float]
    horizon: int
    schedule: str
    max_weight: float


class Shutdown(Message, frozen=True):
    pass


type ToPolicy = OpenPolicy | Rings | Measure | Prepare | Shutdown


class Opened(Message, frozen=True):
    """What the policy is; see `PolicyInfo`. `tasks` are the sentences it knows, () for any or none."""

    kind: str
    artifact: bool
    fps: float
    horizon: int
    execute: int
    joints: tuple[str, ...]
    cameras: tuple[str, ...]
    task: str
    tasks: tuple[str, ...]
    takes_task: bool
    continues: bool
    source: str
    pid: int


class OpenFailed(Message, frozen=True):
    code: str
    text: str
    todo: str


class Measured(Message, frozen=True):
    """Looks that were timed, whole, in ms, and by stage; on `problem` none."""

    looks_ms: tuple[float, ...]
    stages_ms: dict[str, tuple[float, ...]]
    problem: str = ""


type FromPolicy = Opened | OpenFailed | Measured
