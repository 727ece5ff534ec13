"""What the studio asks of hardware. The simulator and every real driver answer to these."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from app.devices.models import ArmModel, ArmReading, CameraSpec, Frame, Outcome, Placement, Start, Vector


@runtime_checkable
class Arm(Protocol):
    """A follower arm under position control. Only the control loop's thread calls it.

    `read` and `write` raise `DeviceFault` when the bus fails. `write` sets the
    target the servos go to and hold; it never waits for arrival.
    """

    model: ArmModel

    def connect(self) -> None: ...
    def read(self) -> ArmReading: ...
    def write(self, target: Vector) -> None: ...
    def disconnect(self) -> None: ...


@runtime_checkable
class Leader(Protocol):
    """A teleoperator's arm: its pose in the follower's joint units.

    One that is `driven` goes to the follower before it is followed: `drive` powers it
    towards a pose for a moment (it goes limp when nothing follows), `let_go` ends that.
    """

    name: str
    driven: bool

    def connect(self) -> None: ...
    def read(self) -> ArmReading: ...
    def drive(self, target: Vector) -> None: ...
    def let_go(self) -> None: ...
    def disconnect(self) -> None: ...


@runtime_checkable
class FrameSource(Protocol):
    """One or more cameras that deliver from one thread.

    `next` blocks until there is at least one new picture, at most `timeout_s`,
    and returns what came (an empty list on a time-out). It raises `DeviceFault`
    when a camera is lost; the capture loop then closes and opens it again.
    """

    cameras: tuple[CameraSpec, ...]

    def open(self) -> None: ...
    def next(self, timeout_s: float) -> list[Frame]: ...
    def close(self) -> None: ...


@runtime_checkable
class Workcell(Protocol):
    """The scene around the arm: it places the object and tells the outcome.

    The simulator does so from physics; a real cell asks the operator, so `truth`
    and `outcome` may be None (not known).
    """

    def reset(self, placement: Placement, start: Start) -> None: ...
    def place(self, placement: Placement) -> None: ...
    def put_aside(self) -> None: ...
    def truth(self) -> Placement | None: ...
    def outcome(self) -> Outcome | None: ...
    def disturb(self, name: str, amount: float) -> None: ...
