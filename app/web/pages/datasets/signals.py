"""HTTP for the rows of an episode, as plots need them; of any LeRobot dataset, what it lacks is empty or null."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Request

from app.datasets import Dataset
from app.web.protocol import Model
from app.web.studio import studio_of

router = APIRouter(prefix="/api", tags=["datasets"])

Name = Annotated[str, Path(max_length=80)]
Index = Annotated[int, Path(ge=0)]


class SignalsAnswer(Model):
    """`state` and `action`: one list a joint, in joint units, null where unknown; the rest one list a camera.

    `named` is false where the dataset does not say what its joints are called.
    """

    fps: int
    time_s: list[float]
    joints: list[str]
    named: bool
    state: list[list[float | None]]
    action: list[list[float | None]]
    repeated: dict[str, list[bool]]
    age_ms: dict[str, list[float | None]]
    recovery: list[bool]
    intervention: list[bool]


@router.get("/datasets/{name}/episodes/{index}/signals")
async def signals(request: Request, name: Name, index: Index) -> SignalsAnswer:
    """The episode's rows as plots need them."""
    store = studio_of(request).store
    return await asyncio.to_thread(lambda: signals_answer(store.open(name), index))


def signals_answer(opened: Dataset, index: int) -> SignalsAnswer:
    """Raises EpisodeNotFound, DatasetUnreadable."""
    columns = opened.signals(index)
    head = opened.head
    count = len(columns["frame_index"])
    state, action = _joints_of(columns, "observation.state"), _joints_of(columns, "action")
    names, width = list(head.joints), max(len(state), len(action))
    return SignalsAnswer(
        fps=head.fps,
        time_s=(np.arange(count) / head.fps).tolist(),
        joints=[names[i] if i < len(names) else f"value {i + 1}" for i in range(width)],
        named=len(names) >= width,
        state=state,
        action=action,
        repeated=_per_camera(opened, columns, "repeated"),
        age_ms=_per_camera(opened, columns, "age_ms"),
        recovery=_flags(columns, "studio.recovery", count),
        intervention=_flags(columns, "intervention", count),
    )


def _joints_of(columns: Mapping[str, np.ndarray], name: str) -> list[list[float | None]]:
    if name not in columns:
        return []
    values = np.asarray(columns[name], dtype=np.float64)
    return [_known(column) for column in values.reshape(len(values), -1).T]


def _per_camera(opened: Dataset, columns: Mapping[str, np.ndarray], what: str) -> dict[str, list[Any]]:
    names = {camera.name: f"capture.{camera.name}.{what}" for camera in opened.head.cameras}
    return {camera: _known(columns[name].ravel()) for camera, name in names.items() if name in columns}


def _flags(columns: Mapping[str, np.ndarray], name: str, count: int) -> list[bool]:
    return columns[name].astype(bool).ravel().tolist() if name in columns else [False] * count


def _known(values: np.ndarray) -> list[Any]:
    """Plain values; what is not a number is unknown."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return values.tolist()
    return [value if math.isfinite(value) else None for value in values.tolist()]
