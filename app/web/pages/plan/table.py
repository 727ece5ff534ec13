"""HTTP for the table's calibration: by four clicked corners, or by a printed sheet of markers."""

from __future__ import annotations

import asyncio
from typing import Annotated

import cv2
import numpy as np
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from app.core.errors import Conflict, NotReady
from app.guidance.calibration import TableCalibration, calibrate
from app.guidance.marker_sheet import SheetPlace, layout, sheet_svg
from app.guidance.markers import MarkerFamily, calibrate_by_markers
from app.guidance.table_view import TableView
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api/table", tags=["table"])

CAMERA = "top"
_TRUTH_CM = 5.0  # the grid on which a calibration is compared with what a rig knows itself

Cm = Annotated[float, Field(ge=-200, le=200, allow_inf_nan=False)]
Pixel = Annotated[float, Field(ge=-1, le=10_000, allow_inf_nan=False)]


class Corner(Model):
    """One point of the table: where it was clicked in the top picture, and where it lies (cm ahead, cm left)."""

    x_px: Pixel
    y_px: Pixel
    x_cm: Cm
    y_cm: Cm


class Corners(Model):
    """`save` false only tries the fit."""

    corners: Annotated[list[Corner], Field(min_length=4, max_length=64)]
    save: bool = False


class Sheet(Model):
    """Where the printed sheet's cross lies, and its turn (0: its arrow points ahead)."""

    family: MarkerFamily = MarkerFamily.april_36h11
    x_cm: Cm = 25.0
    y_cm: Cm = 0.0
    yaw_deg: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = 0.0
    save: bool = False


class Fit(Model):
    """A calibration. `residual_mm` is the RMS over its points; `truth_mm` how far it lies from what a simulator knows.

    `to_cm` is the (3, 3) homography from pixels of the top picture to cm, row by row.
    """

    residual_mm: float
    worst_mm: float
    points: int
    source: str
    made_at: str
    to_cm: list[float]
    truth_mm: float | None = None


class TableAnswer(Model):
    """The table now. `known` says that the rig knows its own, so that none is saved for it."""

    camera: str
    width: int
    height: int
    known: bool
    calibration: Fit | None
    age_days: float | None


@router.get("")
async def table(request: Request) -> TableAnswer:
    """How the table is calibrated."""
    studio = studio_of(request)
    width, height = _size(studio)
    calibration = studio.tables.current()
    return TableAnswer(
        camera=CAMERA,
        width=width,
        height=height,
        known=_known(studio) is not None,
        calibration=None if calibration is None else _fit(studio, calibration),
        age_days=None if calibration is None else calibration.age_days(studio.clock.wall()),
    )


@router.post("/corners")
async def corners(request: Request, clicked: Corners) -> Fit:
    """Fit the table to clicked corners; a bad fit is refused with the reason."""
    studio = studio_of(request)
    width, height = _size(studio)
    fitted = await asyncio.to_thread(
        calibrate,
        [(one.x_px, one.y_px) for one in clicked.corners],
        [(one.x_cm, one.y_cm) for one in clicked.corners],
        width=width,
        height=height,
        made_at=studio.clock.wall().isoformat(timespec="seconds"),
    )
    return await _done(studio, fitted, save=clicked.save)


@router.post("/markers")
async def markers(request: Request, sheet: Sheet) -> Fit:
    """Find the printed markers in the live top picture and fit the table to their corners."""
    studio = studio_of(request)
    picture = _picture(studio)
    fitted = await asyncio.to_thread(
        calibrate_by_markers,
        picture,
        layout(SheetPlace(sheet.x_cm, sheet.y_cm, sheet.yaw_deg)),
        family=sheet.family,
        made_at=studio.clock.wall().isoformat(timespec="seconds"),
    )
    return await _done(studio, fitted, save=sheet.save)


@router.get("/markers.svg")
async def marker_sheet(family: Annotated[MarkerFamily, Query()] = MarkerFamily.april_36h11) -> Response:
    """The sheet to print: A4, at 100 %."""
    return Response(sheet_svg(family), media_type="image/svg+xml")


@router.delete("")
async def forget(request: Request) -> TableAnswer:
    """Back to a table that nobody calibrated."""
    studio = studio_of(request)
    await asyncio.to_thread(studio.tables.forget)
    await studio.guided.settled()
    return await table(request)


async def _done(studio: Studio, fitted: TableCalibration, *, save: bool) -> Fit:
    if save:
        if _known(studio) is not None:
            raise Conflict("This rig knows its own table; a calibration would not be used.", todo="Leave it as it is.")
        await asyncio.to_thread(studio.tables.save, fitted)
        await studio.guided.settled()
    return _fit(studio, fitted)


def _fit(studio: Studio, calibration: TableCalibration) -> Fit:
    return Fit(
        residual_mm=calibration.residual_mm,
        worst_mm=calibration.worst_mm,
        points=calibration.points,
        source=calibration.source,
        made_at=calibration.made_at,
        to_cm=[float(value) for value in calibration.view.to_cm.ravel()],
        truth_mm=_off_truth_mm(calibration.view, _known(studio)),
    )


def _off_truth_mm(view: TableView, truth: TableView | None) -> float | None:
    """The largest difference over the table's visible part in front of the arm; None where no rig knows better."""
    if truth is None:
        return None
    grid = np.array([(x, y) for x in np.arange(10, 41, _TRUTH_CM) for y in np.arange(-20, 21, _TRUTH_CM)])
    return float(10 * np.linalg.norm(view.px_to_cm(truth.cm_to_px(grid)) - grid, axis=1).max())


def _known(studio: Studio) -> TableView | None:
    """The table by the rig's own knowledge of its camera."""
    feed = studio.cameras.feeds.get(CAMERA) if studio.cameras else None
    if feed is None or feed.facts.mount is None:
        return None
    return TableView.of_mount(feed.facts.mount, feed.facts.width, feed.facts.height)


def _size(studio: Studio) -> tuple[int, int]:
    feed = studio.cameras.feeds.get(CAMERA) if studio.cameras else None
    if feed is None:
        raise NotReady("There is no top camera to calibrate the table with.", todo="Connect it, then try again.")
    return feed.facts.width, feed.facts.height


def _picture(studio: Studio) -> np.ndarray:
    """(H, W, 3) uint8 BGR: the newest top picture."""
    _size(studio)
    ring = studio.rings().get(CAMERA)
    planes = ring.i420(ring.latest_index) if ring is not None else None
    if planes is None:
        raise NotReady("The top camera has no picture yet.", todo="Wait a moment.")
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), np.uint8)
