"""HTTP for the coverage map: what one or several datasets contain, as aggregates of a filtered selection."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from app.core.errors import Invalid, NotFound
from app.guidance.plan import Plan
from app.review import (
    Bounds,
    CoverageIndex,
    Filter,
    Ground,
    HandPaths,
    Layer,
    Listing,
    Survey,
    TablePictures,
    bounds_of,
    gather,
    hand_paths,
    listing,
    survey,
)
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api/coverage", tags=["coverage"])

MOST_DATASETS = 20

Text = Annotated[str, Field(max_length=200)]
Texts = Annotated[list[Text], Field(max_length=200)]
Day = Annotated[str, Field(pattern=r"^(\d{4}-\d\d-\d\d)?$")]
Cm = Annotated[float, Field(ge=-1000, le=1000)]
Names = Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=MOST_DATASETS)]


class CoverageQuery(Model):
    """Datasets and a filter; an empty field leaves all. "unknown" is what nobody wrote. x0..y1 is an area in cm."""

    dataset: Names
    operator: Texts = []
    verdict: list[Literal["none", "accepted", "rejected"]] = []
    outcome: Texts = []
    kind: Texts = []
    cluster: Texts = []
    station: Texts = []
    checks: list[Literal["none", "ok", "warn", "fail"]] = []
    day_from: Day = ""
    day_to: Day = ""
    x0: Cm | None = None
    y0: Cm | None = None
    x1: Cm | None = None
    y1: Cm | None = None

    def filter(self) -> Filter:
        corners = (self.x0, self.y0, self.x1, self.y1)
        if None in corners and corners != (None,) * 4:
            raise Invalid("An area needs x0, y0, x1 and y1.", todo="Give all four, in cm, or none.")
        return Filter(
            operator=tuple(self.operator),
            verdict=tuple(self.verdict),
            outcome=tuple(self.outcome),
            kind=tuple(self.kind),
            cluster=tuple(self.cluster),
            station=tuple(self.station),
            checks=tuple(self.checks),
            day_from=self.day_from,
            day_to=self.day_to,
            area_cm=None if None in corners else corners,  # type: ignore[arg-type]
        )


class SurveyQuery(CoverageQuery):
    layer: Layer = Layer.progress


class ListQuery(CoverageQuery):
    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class GoalAnswer(Model):
    """Where the object belongs, cm."""

    name: str
    x_cm: float
    y_cm: float
    radius_cm: float


class CoverageAnswer(Model):
    """`version` changes with every episode, review and plan of these datasets."""

    version: str
    survey: Survey
    bounds: Bounds
    goal: GoalAnswer | None
    workspace: list[tuple[float, float]]
    object_name: str
    ground: Ground


class VersionAnswer(Model):
    version: str


@router.get("")
async def coverage(request: Request, query: Annotated[SurveyQuery, Query()]) -> CoverageAnswer:
    """The map and the numbers of a selection; marks are thinned where there are more than can be told apart."""
    return await asyncio.to_thread(_coverage, request, query)


@router.get("/version")
async def version(request: Request, dataset: Annotated[Names, Query()]) -> VersionAnswer:
    """Whether anything has changed, without reading an episode."""
    return VersionAnswer(version=await asyncio.to_thread(_version, _index(request), dataset))


@router.get("/episodes")
async def episodes(request: Request, query: Annotated[ListQuery, Query()]) -> Listing:
    """The selected episodes, newest first."""

    def read() -> Listing:
        all, _ = gather(_index(request), query.dataset)
        return listing(all.rows(query.filter().mask(all)), query.offset, query.limit)

    return await asyncio.to_thread(read)


@router.get("/paths")
async def paths(request: Request, query: Annotated[CoverageQuery, Query()]) -> HandPaths:
    """The hand's way over the table in the selected episodes of the first dataset, evenly thinned."""

    def read() -> HandPaths:
        name = query.dataset[0]
        all, _ = gather(_index(request), [name])
        part = all.rows(query.filter().mask(all))
        return hand_paths(studio_of(request).store.open(name), part.columns)

    return await asyncio.to_thread(read)


@router.get("/picture/{name}", response_class=Response)
async def picture(
    request: Request, name: Annotated[str, Path(max_length=80)], x0: Cm, x1: Cm, y0: Cm, y1: Cm
) -> Response:
    """The table from straight above, x0..x1 ahead of the arm and y0..y1 to its left, as a JPEG."""
    if not (1 <= x1 - x0 <= 400 and 1 <= y1 - y0 <= 400):
        raise Invalid("The picture's area must be 1 to 400 cm in each direction.", todo="Ask for the map's bounds.")
    studio, index = studio_of(request), _index(request)
    data = await asyncio.to_thread(lambda: _pictures(studio, index, name).jpeg(name, Bounds(x0, x1, y0, y1)))
    if data is None:
        raise NotFound(f"There is no picture of the table of {name}.", todo="The map says why.")
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-cache"})


def _coverage(request: Request, query: SurveyQuery) -> CoverageAnswer:
    studio, index = studio_of(request), _index(request)
    names = list(dict.fromkeys(query.dataset))
    before = _version(index, names)
    plans = [_plan(studio, name) for name in names]
    found = survey(index, names, plans, query.filter(), query.layer, now_s=studio.clock.wall().timestamp())
    plan = next((one for one in plans if one is not None), None)
    all, _ = gather(index, names)
    return CoverageAnswer(
        version=before,
        survey=found,
        bounds=bounds_of(plan, all.columns),
        goal=plan
        and GoalAnswer(name=plan.goal.name, x_cm=plan.goal.x_cm, y_cm=plan.goal.y_cm, radius_cm=plan.goal.radius_cm),
        workspace=list(plan.workspace) if plan else [],
        object_name=plan.object.name if plan else "",
        ground=_pictures(studio, index, names[0]).ground(names[0]),
    )


def _pictures(studio: Studio, index: CoverageIndex, name: str) -> TablePictures:
    """A simulated camera stands where it always stood: what this very rig recorded needs no note of it."""
    stations = index.read(name).columns.station
    mine = bool(stations.codes.size) and stations.among((studio.rig_name,)).all()
    return TablePictures(
        studio.store, studio.guided.workplace.table_view if mine and studio.guided.workplace.simulated else None
    )


def _plan(studio: Studio, name: str) -> Plan | None:
    versions = studio.guided.planning.versions(name)
    return versions[-1] if versions else None


def _version(index: CoverageIndex, names: Sequence[str]) -> str:
    return "-".join(index.version(name) for name in names)


def _index(request: Request) -> CoverageIndex:
    return request.app.state.coverage
