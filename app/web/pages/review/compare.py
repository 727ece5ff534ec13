"""HTTP for episodes beside each other: which are unlike the others, and how far two lie apart."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.datasets import Dataset
from app.review.outliers import judge
from app.review.trajectories import distance, trajectory, warped_distance
from app.review.trajectorycache import TrajectoryCache
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api/datasets/{name}", tags=["reviews"])

Name = Annotated[str, Path(max_length=80)]


class OutlierAnswer(Model):
    """`z`: how many spreads of its like the episode lies away; `reasons` the worst first."""

    index: int
    key: str
    z: float
    reasons: list[str]


class OutliersAnswer(Model):
    """`measured` of `episodes` so far: ask again until equal. `few` have too few of their like to be judged."""

    episodes: int
    measured: int
    judged: int
    few: int
    outliers: list[OutlierAnswer]


class CompareAnswer(Model):
    """RMS differences over the joints but the gripper, in joint units; null where there is nothing to compare.

    `distance` at equal shares of the time; `warped` where one may wait for the other.
    """

    distance: float | None
    warped: float | None
    way: tuple[float | None, float | None]
    jerk: tuple[float | None, float | None]
    unit: str


@router.get("/outliers")
async def outliers(request: Request, name: Name) -> OutliersAnswer:
    """Episodes unlike others of their cluster and kind, by length, way, jerk and course; a second of work a call."""
    studio = studio_of(request)
    cache = _cache(studio, name)

    def read() -> OutliersAnswer:
        opened = studio.store.open(name)
        found, total = cache.measure(opened)
        result = judge(found, unit_of(opened))
        listed = [OutlierAnswer(index=o.index, key=o.key, z=o.z, reasons=list(o.reasons)) for o in result.outliers]
        return OutliersAnswer(
            episodes=total, measured=len(found), judged=result.judged, few=result.few, outliers=listed[:500]
        )

    return await asyncio.to_thread(read)


@router.get("/compare")
async def compare(
    request: Request, name: Name, a: Annotated[int, Query(ge=0)], b: Annotated[int, Query(ge=0)]
) -> CompareAnswer:
    """How far two episodes' movements lie apart."""
    store = studio_of(request).store

    def read() -> CompareAnswer:
        opened = store.open(name)
        head = opened.head
        one, other = (trajectory(opened.signals(index), head.joints, head.fps) for index in (a, b))
        return CompareAnswer(
            distance=_known(distance(one.course, other.course)),
            warped=_known(warped_distance(one.course, other.course)),
            way=(_known(one.way), _known(other.way)),
            jerk=(_known(one.jerk), _known(other.jerk)),
            unit=unit_of(opened),
        )

    return await asyncio.to_thread(read)


def unit_of(dataset: Dataset) -> str:
    """SO-101 followers, ours too, tell degrees; what another robot tells is not known."""
    return "deg" if dataset.head.robot_type.startswith("so") else "units"


def _cache(studio: Studio, name: str) -> TrajectoryCache:
    """The dataset's cache; it lives as long as the studio. Asked for in the event loop only."""
    folder = studio.store.folder_of(name)
    if name not in studio.trajectories:
        studio.trajectories[name] = TrajectoryCache(studio.folder.root / "cache" / f"{folder.name}.trajectories.npz")
    return studio.trajectories[name]


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
