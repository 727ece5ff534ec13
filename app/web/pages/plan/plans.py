"""HTTP for plans: what a dataset shall contain, drafted, judged and saved version by version."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from app.guidance.errors import PlanInvalid, Problem
from app.guidance.layout import default_plan
from app.guidance.plan import Plan
from app.guidance.plan_change import meaning_of_change
from app.guidance.plan_json import PlanJson, plan_to_dict
from app.guidance.plan_problems import problems_of, require_sound
from app.guidance.targets import position_targets
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api/datasets", tags=["plans"])

Name = Annotated[str, Path(max_length=80)]
Task = Annotated[str, Query(min_length=1, max_length=400)]


class TableAnswer(Model):
    """The top picture's map to the table: `to_cm` is the (3, 3) homography from pixels to cm, row by row."""

    camera: str
    width: int
    height: int
    to_cm: list[float]


class RingAnswer(Model):
    """Where the arm grasps, about its base at (0, 0); cm and degrees to either side of straight ahead."""

    inner_cm: float
    outer_cm: float
    pan_deg: float


class PlanAnswer(Model):
    """A dataset's plan. `plan` is null while it has none; `recorded` counts episodes by cluster ("" for none)."""

    dataset: str
    exists: bool
    plan: PlanJson | None
    versions: list[PlanJson]
    episodes: int
    recorded: dict[str, int]
    pace_s: float | None
    table: TableAnswer | None
    reach: RingAnswer | None


class ProblemAnswer(Model):
    """One thing that is wrong: `where` names the field, or the cluster as `clusters[NAME]`."""

    where: str
    text: str
    todo: str


class PositionAnswer(Model):
    """One place the plan asks for, cm and degrees."""

    cluster: str
    position: int
    x_cm: float
    y_cm: float
    yaw_deg: float


class DraftAnswer(Model):
    """What a draft would mean: everything wrong with it, what it changes, where its positions lie, how many takes."""

    problems: list[ProblemAnswer]
    meaning: list[str]
    positions: list[PositionAnswer]
    nominal_takes: int
    recovery_takes: int
    total_takes: int


class NewPlan(Model):
    """A plan to save; `based_on` is the version that was edited (0: none), so that nobody overwrites another's."""

    plan: PlanJson
    based_on: Annotated[int, Field(ge=0)]


@router.get("/{name}/plan")
async def plan(request: Request, name: Name) -> PlanAnswer:
    """The plan and its versions, with what the editor draws it on."""
    studio = studio_of(request)
    return await asyncio.to_thread(_plan, studio, name)


@router.get("/{name}/plan/default")
async def default(
    request: Request, name: Name, task: Task, clusters: Annotated[int, Query(ge=1, le=60)] = 11
) -> PlanJson:
    """The guide's plan for this arm, as a draft: nothing is saved."""
    planning = studio_of(request).guided.planning
    made = await asyncio.to_thread(default_plan, task, planning.require_reach(), clusters=clusters)
    return _json(made)


@router.post("/{name}/plan/check")
async def check(request: Request, name: Name, draft: PlanJson) -> DraftAnswer:
    """Everything that is wrong with a draft, what it would change, and where its positions lie."""
    return await asyncio.to_thread(_check, studio_of(request), name, draft)


@router.put("/{name}/plan")
async def save(request: Request, name: Name, new: NewPlan) -> PlanAnswer:
    """Save the next version; a dataset that does not exist yet is made, empty, in the rig's format."""
    studio = studio_of(request)
    planning = studio.guided.planning
    sound = require_sound(new.plan.plan(), planning.require_reach())
    await asyncio.to_thread(planning.save, name, sound, new.based_on)
    await studio.guided.settled()
    return await asyncio.to_thread(_plan, studio, name)


def _plan(studio: Studio, name: str) -> PlanAnswer:
    planning = studio.guided.planning
    versions, recorded = planning.versions(name), planning.recorded(name)
    counts: dict[str, int] = {}
    for item in recorded:
        counts[item.facts.cluster] = counts.get(item.facts.cluster, 0) + 1
    view, reach = studio.guided.workplace.table_view, planning.reach
    return PlanAnswer(
        dataset=name,
        exists=planning.exists(name),
        plan=_json(versions[-1]) if versions else None,
        versions=[_json(version) for version in versions],
        episodes=len(recorded),
        recorded=counts,
        pace_s=planning.pace_s(recorded),
        table=view
        and TableAnswer(
            camera="top", width=view.width, height=view.height, to_cm=[float(v) for v in view.to_cm.ravel()]
        ),
        reach=reach and RingAnswer(inner_cm=reach.inner_cm, outer_cm=reach.outer_cm, pan_deg=reach.pan_deg),
    )


def _check(studio: Studio, name: str, draft: PlanJson) -> DraftAnswer:
    planning = studio.guided.planning
    try:
        drafted = draft.plan()
        problems = problems_of(drafted, planning.require_reach())
    except PlanInvalid as error:  # a threshold that does not exist
        return DraftAnswer(
            problems=_problems(error.problems),
            meaning=[],
            positions=[],
            nominal_takes=0,
            recovery_takes=0,
            total_takes=0,
        )
    versions = planning.versions(name)
    drawable = not any(problem.where.endswith(_NOT_DRAWABLE) for problem in problems) and drafted.orientations
    share_fits = 0 <= drafted.recovery_share < 1
    return DraftAnswer(
        problems=_problems(problems),
        meaning=list(meaning_of_change(versions[-1], drafted, planning.recorded(name)))
        if versions and share_fits
        else [],
        positions=_positions(drafted) if drawable else [],
        nominal_takes=drafted.nominal_takes,
        recovery_takes=drafted.recovery_takes if share_fits else 0,
        total_takes=drafted.total_takes if share_fits else drafted.nominal_takes,
    )


_NOT_DRAWABLE = ("positions_per_cluster", "takes_per_position", "margin_cm")


def _problems(problems: Sequence[Problem]) -> list[ProblemAnswer]:
    return [ProblemAnswer(where=p.where, text=p.text, todo=p.todo) for p in problems]


def _positions(drafted: Plan) -> list[PositionAnswer]:
    return [
        PositionAnswer(
            cluster=target.cluster,
            position=target.position,
            x_cm=target.placement.x_cm,
            y_cm=target.placement.y_cm,
            yaw_deg=target.placement.yaw_deg,
        )
        for target in position_targets(drafted)
    ]


def _json(plan: Plan) -> PlanJson:
    return PlanJson.model_validate(plan_to_dict(plan))
