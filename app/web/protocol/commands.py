"""Driving, recording and the scene: what a client may ask for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.devices.models import Outcome, Start
from app.web.protocol.base import Command, Count, Finite, Name


class Ping(Command):
    """Measures the clock offset: `pong` returns `client_ms` and the server's clock."""

    type: Literal["ping"]
    client_ms: Finite


class LeaseAcquire(Command):
    """Take the lease, or ask its holder for it when that is a person.

    `label` is shown to everybody; `input` (keyboard, gamepad, touch, program) becomes the episode's column.
    """

    type: Literal["lease.acquire"]
    label: Name
    input: Annotated[str, Field(max_length=40)] = ""


class LeaseAnswer(Command):
    type: Literal["lease.answer"]
    grant: bool


class LeaseRelease(Command):
    type: Literal["lease.release"]


class Beat(Command):
    """The heartbeat, every 100 ms while this client holds the lease."""

    type: Literal["beat"]


class Jog(Command):
    """Cartesian velocity of the tool: m/s in the base frame (x ahead, y left, z up), deg/s, percent/s.

    A rig of two arms needs the `side` that is driven; each has a base frame of its own.
    """

    type: Literal["jog"]
    sequence: Count
    linear_m_s: tuple[Finite, Finite, Finite] = (0.0, 0.0, 0.0)
    pitch_deg_s: Finite = 0.0
    roll_deg_s: Finite = 0.0
    gripper_per_s: Finite = 0.0
    side: Literal["", "left", "right"] = ""


class JogJoints(Command):
    """Velocity of each joint, in joint units per second."""

    type: Literal["jog.joints"]
    sequence: Count
    speed: Annotated[list[Finite], Field(max_length=32)]


class Target(Command):
    """Absolute joint targets."""

    type: Literal["target"]
    sequence: Count
    position: Annotated[list[Finite], Field(max_length=32)]


class GoHome(Command):
    type: Literal["home"]


class FollowLeader(Command):
    """Let the arm follow the rig's leader arm, ramping to it; any other motion command ends it. `on` false holds."""

    type: Literal["lead"]
    on: bool = True


class EmergencyStop(Command):
    """Latched; needs no lease."""

    type: Literal["stop"]


class ResetStop(Command):
    type: Literal["stop.reset"]


class RecordStart(Command):
    """Begin the countdown. `skip_countdown` is for the headless path."""

    type: Literal["record.start"]
    skip_countdown: bool = False


class RecordCancel(Command):
    """The least destructive way out: cancels a countdown, stops a take into deciding."""

    type: Literal["record.cancel"]


class RecordPause(Command):
    type: Literal["record.pause"]


class RecordResume(Command):
    type: Literal["record.resume"]


class RecordStop(Command):
    """End the take and decide."""

    type: Literal["record.stop"]


class RecordSave(Command):
    """End the take where it still runs, label it, and save it."""

    type: Literal["record.save"]
    outcome: Outcome | None = None
    recovery_cause: Annotated[str, Field(max_length=80)] = ""


class RecordDiscard(Command):
    """Drop the take; with `again`, start the countdown of its repetition at once."""

    type: Literal["record.discard"]
    again: bool = False


class RecordUndo(Command):
    """Take back the last save: the episode leaves the dataset and is kept in the trash of takes."""

    type: Literal["record.undo"]


class RecoveryMark(Command):
    """Mark the beginning (`open`) or the end of a recovery in the running take; at its end the cause may be said.

    Until the take is saved another `open: false` with a cause corrects it; `record.save` may say it, too.
    """

    type: Literal["record.recovery"]
    open: bool
    cause: Annotated[str, Field(max_length=80)] = ""


class RecordSetup(Command):
    """What is recorded into, and by whom; null leaves a setting as it is."""

    type: Literal["record.setup"]
    dataset: Annotated[str, Field(max_length=80)] | None = None
    task: Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)] | None = None
    operator: Annotated[str, Field(max_length=80)] | None = None
    practice: bool | None = None
    max_take_s: Annotated[float, Field(gt=1, le=3600, allow_inf_nan=False)] | None = None


class PlaceObject(Command):
    """Simulator: put the object there; with `start`, put the whole scene into that state."""

    type: Literal["place"]
    x_cm: Finite
    y_cm: Finite
    yaw_deg: Finite
    start: Start | None = None


class Demonstrate(Command):
    """Watch the scripted demonstrator perform the task once."""

    type: Literal["demonstrate"]
    seed: Count | None = None


class SceneWatch(Command):
    """Simulator: start or stop the free view's poses for this client."""

    type: Literal["scene.watch"]
    on: bool
