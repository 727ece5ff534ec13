"""Guided recording: the next target, the plan's progress, and what an operator may ask of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from app.datasets.models import EpisodeKind, PlacedSource
from app.devices.models import Start
from app.guidance.briefing import PlacementState
from app.web.protocol.base import Command, Model, Name

Outline = list[tuple[float, float]]


class PlaceState(Model):
    """A place of the object on the table, in the workspace frame (x ahead of the arm, y to its left)."""

    x_cm: float
    y_cm: float
    yaw_deg: float


class SeenState(Model):
    """Where vision finds the object now, and how far that is from the mark; `turn_deg` counter-clockwise."""

    place: PlaceState
    confidence: float
    offset_cm: float
    turn_deg: float
    outline_px: Outline


class TargetState(Model):
    """The take that is asked for now, said and drawn.

    `request` is the take in one sentence, `instruction` what to do with the object now ("in place" when nothing).
    `state` in_place is green, move says how, unseen asks for the operator's word; `reason` is why vision
    abstains ("" when it does not). `placed_source` is what the episode would carry if it started now: seen, operator
    (the operator's word), simulator, or "" while nobody knows. `place_needed` is false where a recovery begins with
    the object in the claws or at the goal. Outlines are in pixels of `GuidanceState.camera`, [] while the table
    is not calibrated; `ghosts_px` are the last placements recorded at this station, newest first.
    """

    key: str
    cluster: str
    position: int
    orientation: str
    kind: EpisodeKind
    cause: str
    start: Start
    held_out: bool
    place: PlaceState
    place_needed: bool
    request: str
    instruction: str
    state: PlacementState
    reason: str
    placed_source: PlacedSource
    word_given: bool
    seen: SeenState | None
    target_px: Outline
    cluster_px: Outline
    ghosts_px: list[Outline]


class ClusterState(Model):
    """One cluster of the mini-map: where it is (cm, centre and size), what it has and what it should have.

    `outline_px` is its border in the top picture. `first` is its place in the lead's order, null without one.
    """

    name: str
    x_cm: float
    y_cm: float
    size_x_cm: float
    size_y_cm: float
    outline_px: Outline
    held_out: bool
    nominal: int
    nominal_planned: int
    recovery: int
    recovery_planned: int
    rejected: int
    pinned: bool
    first: int | None


class ShareState(Model):
    """Recoveries among all, against the plan's share; 0 to 1, null while nothing is recorded."""

    planned: float
    by_episodes: float | None
    by_frames: float | None
    episodes: int
    recovery_episodes: int
    frames: int
    recovery_frames: int


class ProgressState(Model):
    """Episodes that fill a place of the plan. `pace_s` is the median from one saved episode to the next."""

    done: int
    planned: int
    remaining: int
    station_remaining: int
    pace_s: float | None
    time_left_s: float | None
    share: ShareState


class QueueState(Model):
    """What people asked of the order: `skipped` are "cluster/position" (recoveries "cluster/recovery")."""

    pinned: str
    first: list[str]
    skipped: list[str]
    back_possible: bool


class CauseState(Model):
    """A cause a recovery may be given, and what it means."""

    name: str
    words: str


class ChecklistState(Model):
    """One line of the session's checklist. `answer` is null while it was not answered."""

    key: str
    text: str
    why: str
    answer: bool | None


class PlanState(Model):
    """The plan in force, in short; the workspace is a polygon in cm, the goal a circle (the mug)."""

    version: int
    task: str
    object_name: str
    object_length_cm: float
    object_width_cm: float
    goal_name: str
    goal_x_cm: float
    goal_y_cm: float
    goal_radius_cm: float
    workspace: list[tuple[float, float]]
    tolerance_cm: float
    tolerance_deg: float
    held_out: list[str]


class GuidanceState(Model):
    """Where the object goes next, and how far the plan has come.

    `dataset` is what all of this is about. `off` says why nothing is asked for ("" while guidance leads); without a
    plan `plan` is null and the command `plan.default` makes one. `camera` is the one that outlines are drawn on,
    `width` x `height` its picture, `goal_px` the goal's rim in it. `station` is "2/3" where stations share the plan,
    "" for one. `place_for_me` says why the simulator cannot place the object now ("" when it can, as the button's
    reason). `hold` goes from 0 to 1 while hands-free waits for the object to lie still in place. `homing`: the arm
    drives home after a stop.
    """

    dataset: str
    off: str
    plan: PlanState | None
    target: TargetState | None
    clusters: list[ClusterState]
    progress: ProgressState | None
    queue: QueueState
    causes: list[CauseState]
    checklist: list[ChecklistState]
    station: str
    camera: str
    goal_px: Outline
    width: int
    height: int
    calibrated: bool
    simulated: bool
    place_for_me: str
    hands_free: bool
    hold: float
    home_after_stop: bool
    homing: bool


# ---- commands -----------------------------------------------------------------------------------


class PlanDefault(Command):
    """Give the dataset that is recorded into the default plan of this arm; refused where it has one."""

    type: Literal["plan.default"]


class TargetSkip(Command):
    """Put this place off until nothing else is left, and ask for another."""

    type: Literal["target.skip"]


class TargetBack(Command):
    """The target before this one becomes current again."""

    type: Literal["target.back"]


class TargetPin(Command):
    """Stay in this cluster while it has targets; "" lifts the pin."""

    type: Literal["target.pin"]
    cluster: Annotated[str, Field(max_length=40)]


class TargetPrioritise(Command):
    """A lead's order of clusters; the rest follows by deficit, [] lifts it."""

    type: Literal["target.prioritise"]
    clusters: Annotated[list[Name], Field(max_length=64)]


class TargetWord(Command):
    """The operator says that the object lies at the mark; recorded as the operator's word, never as seen."""

    type: Literal["target.word"]
    at_mark: bool = True


class PlaceForMe(Command):
    """Simulator: put the object at the target as a person would, a little off; a recovery's whole start state."""

    type: Literal["place.for_me"]


class HandsFree(Command):
    """In place for one second starts the countdown. Off until somebody asks for it; kept for the session."""

    type: Literal["hands_free"]
    on: bool


class HomeAfterStop(Command):
    """Whether the arm drives home, ramped, when a take has ended; kept across restarts."""

    type: Literal["home_after_stop"]
    on: bool


class ChecklistAnswer(Command):
    """One line of the session's checklist; null takes the answer back."""

    type: Literal["checklist.answer"]
    key: Name
    answer: bool | None
