"""The section `guidance` of the protocol, made from what guidance knows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.checks.inspection import TOP
from app.datasets.models import EpisodeKind
from app.devices import Placement
from app.guidance.before import off_mark
from app.guidance.briefing import AT_GOAL, Briefing
from app.guidance.checklist import CHECKLIST
from app.guidance.detector import Seen, Unseen
from app.guidance.guide import Guide
from app.guidance.outstanding import Place
from app.guidance.plan import Plan
from app.guidance.table_view import TableView
from app.guidance.words import cause_words
from app.recording import Phase
from app.web.protocol import (
    CauseState,
    ChecklistState,
    ClusterState,
    GuidanceState,
    PlaceState,
    PlanState,
    ProgressState,
    QueueState,
    SeenState,
    ShareState,
    TargetState,
)

if TYPE_CHECKING:
    from app.web.guided.guided import Guided
    from app.web.studio import Studio

type Outline = list[tuple[float, float]]

_NO_QUEUE = QueueState(pinned="", first=[], skipped=[], back_possible=False)


def guidance_page(studio: Studio, guided: Guided) -> GuidanceState:
    """Everything the operator's page draws and says about the next take."""
    guide, view = guided.guide, guided.workplace.table_view
    plan = guide.plan if guide else None
    return GuidanceState(
        dataset=guided.loaded.dataset,
        off=guided.off,
        plan=_plan(plan) if plan else None,
        target=_target(guide, view) if guide else None,
        clusters=_clusters(guide, view) if guide else [],
        progress=_progress(guide) if guide else None,
        queue=_queue(guide) if guide else _NO_QUEUE,
        causes=[CauseState(name=c.name, words=cause_words(plan, c.name)) for c in plan.causes] if plan else [],
        checklist=[
            ChecklistState(key=item.key, text=item.text, why=item.why, answer=guided.answers.get(item.key))
            for item in CHECKLIST
        ],
        station=str(guided.station) if guided.station.count > 1 else "",
        camera=TOP,
        goal_px=_outline(view, _rim(plan)) if plan and view else [],
        width=view.width if view else 0,
        height=view.height if view else 0,
        calibrated=view is not None,
        simulated=guided.workplace.simulated,
        place_for_me=place_for_me_blocked(studio, guided),
        hands_free=guided.hands_free.on,
        hold=round(guided.hands_free.hold(studio.clock.monotonic_ns()), 2),
        home_after_stop=guided.home_after_stop,
        homing=guided.homing.driving,
    )


def place_for_me_blocked(studio: Studio, guided: Guided) -> str:
    """Why the simulator cannot place the object now; "" when it can."""
    if not guided.workplace.simulated:
        return "Only the simulator can place the object itself."
    if guided.guide is None or guided.guide.target is None:
        return guided.off
    if studio.recorder.phase is not Phase.idle:
        return "A take is under way."
    if guided.capture.running:
        return "The reference is being captured."
    return ""


def _plan(plan: Plan) -> PlanState:
    return PlanState(
        version=plan.version,
        task=plan.task,
        object_name=plan.object.name,
        object_length_cm=plan.object.length_cm,
        object_width_cm=plan.object.width_cm,
        goal_name=plan.goal.name,
        goal_x_cm=plan.goal.x_cm,
        goal_y_cm=plan.goal.y_cm,
        goal_radius_cm=plan.goal.radius_cm,
        workspace=list(plan.workspace),
        tolerance_cm=plan.tolerance.position_cm,
        tolerance_deg=plan.tolerance.yaw_deg,
        held_out=list(plan.held_out),
    )


def _target(guide: Guide, view: TableView | None) -> TargetState | None:
    briefing = guide.briefing(view)
    if briefing is None:
        return None
    target, found = briefing.target, guide.found
    return TargetState(
        key=target.key,
        cluster=target.cluster,
        position=target.position,
        orientation=target.orientation,
        kind=target.kind,
        cause=target.cause,
        start=target.start,
        held_out=target.held_out,
        place=_place(target.placement),
        place_needed=target.start not in AT_GOAL,
        request=briefing.request,
        instruction=_instruction(guide, briefing),
        state=guide.state,
        reason=found.reason if isinstance(found, Unseen) else "",
        placed_source=guide.placed.source,
        word_given=guide.word_given,
        seen=_seen(guide, found, briefing) if isinstance(found, Seen) else None,
        target_px=list(briefing.target_px),
        cluster_px=list(briefing.cluster_px),
        ghosts_px=[list(ghost) for ghost in briefing.ghosts_px],
    )


def _instruction(guide: Guide, briefing: Briefing) -> str:
    """Green says so, whoever knows it; a recovery is arranged as its cause says."""
    if guide.ready:
        return "in place" if briefing.target.kind == EpisodeKind.nominal else "arranged"
    if briefing.target.kind == EpisodeKind.recovery:
        return cause_words(guide.plan, briefing.target.cause)
    return briefing.instruction


def _seen(guide: Guide, found: Seen, briefing: Briefing) -> SeenState:
    offset_cm, turn_deg = off_mark(guide.plan, briefing.target, found)
    return SeenState(
        place=_place(found.placement),
        confidence=round(found.confidence, 3),
        offset_cm=round(offset_cm, 2),
        turn_deg=round(turn_deg, 1),
        outline_px=list(briefing.seen_px),
    )


def _place(at: Placement) -> PlaceState:
    return PlaceState(x_cm=round(at.x_cm, 2), y_cm=round(at.y_cm, 2), yaw_deg=round(at.yaw_deg, 1))


def _clusters(guide: Guide, view: TableView | None) -> list[ClusterState]:
    wishes, counts = guide.queue.wishes, {count.name: count for count in guide.progress.clusters}
    return [
        ClusterState(
            name=cluster.name,
            x_cm=cluster.x_cm,
            y_cm=cluster.y_cm,
            size_x_cm=cluster.size_x_cm,
            size_y_cm=cluster.size_y_cm,
            outline_px=_outline(view, cluster.corners) if view else [],
            held_out=cluster.name in guide.plan.held_out,
            nominal=counts[cluster.name].nominal,
            nominal_planned=counts[cluster.name].nominal_planned,
            recovery=counts[cluster.name].recovery,
            recovery_planned=counts[cluster.name].recovery_planned,
            rejected=counts[cluster.name].rejected,
            pinned=wishes.pinned == cluster.name,
            first=wishes.first.index(cluster.name) if cluster.name in wishes.first else None,
        )
        for cluster in guide.plan.clusters
    ]


def _rim(plan: Plan, corners: int = 24) -> tuple[tuple[float, float], ...]:
    """The goal's circle on the table, as corners."""
    turns = (2 * math.pi * i / corners for i in range(corners))
    goal = plan.goal
    return tuple((goal.x_cm + goal.radius_cm * math.cos(a), goal.y_cm + goal.radius_cm * math.sin(a)) for a in turns)


def _outline(view: TableView, corners: tuple[tuple[float, float], ...]) -> Outline:
    return [(round(float(x), 1), round(float(y), 1)) for x, y in view.cm_to_px(corners)]


def _progress(guide: Guide) -> ProgressState:
    progress = guide.progress
    share = progress.share
    return ProgressState(
        done=progress.done,
        planned=progress.planned,
        remaining=progress.remaining,
        station_remaining=guide.remaining,
        pace_s=progress.pace_s,
        time_left_s=None if progress.pace_s is None else progress.pace_s * guide.remaining,
        share=ShareState(
            planned=guide.plan.recovery_share,
            by_episodes=share.by_episodes,
            by_frames=share.by_frames,
            episodes=share.episodes,
            recovery_episodes=share.recovery_episodes,
            frames=share.frames,
            recovery_frames=share.recovery_frames,
        ),
    )


def _queue(guide: Guide) -> QueueState:
    wishes = guide.queue.wishes
    return QueueState(
        pinned=wishes.pinned,
        first=list(wishes.first),
        skipped=[_named(place) for place in wishes.skipped],
        back_possible=guide.back_possible,
    )


def _named(place: Place) -> str:
    cluster, position = place
    return f"{cluster}/{position}" if position >= 0 else f"{cluster}/recovery"
