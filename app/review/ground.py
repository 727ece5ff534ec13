"""What the map is drawn on: the part of the table it shows, and a picture of the table from straight above."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.checks.view import View
from app.core.errors import StudioError
from app.datasets import Dataset, DatasetStore, DatasetUnreadable, decode
from app.guidance.calibrations import RigStore
from app.guidance.plan import Plan
from app.guidance.store import ReferenceStore
from app.guidance.table_view import TableView
from app.review.columns import Columns

TOP = "top"
MARGIN_CM = 3.0
ASPECT = 800 / 624
WIDTH_PX = 1200
_QUALITY = 80


@dataclass(frozen=True)
class Bounds:
    """Of the table, cm in the workspace frame: x ahead of the arm, y to its left."""

    x_from_cm: float
    x_to_cm: float
    y_from_cm: float
    y_to_cm: float


@dataclass(frozen=True)
class Ground:
    """`why_none` says why there is no picture of the table, "" when there is one; `words` what it shows."""

    picture: bool
    words: str
    why_none: str


def bounds_of(plan: Plan | None, columns: Columns) -> Bounds:
    """Everything planned or placed, with the arm's base, widened to the map's shape. Stray marks do not shrink it."""
    xs, ys = [0.0], [0.0]
    if plan is not None:
        corners = [corner for cluster in plan.clusters for corner in cluster.corners]
        goal = plan.goal
        corners += [(goal.x_cm + goal.radius_cm, goal.y_cm + goal.radius_cm)]
        corners += [(goal.x_cm - goal.radius_cm, goal.y_cm - goal.radius_cm), *plan.workspace]
        xs += [x for x, _ in corners]
        ys += [y for _, y in corners]
    for values, found in ((columns.x_cm, xs), (columns.y_cm, ys)):
        known = values[~np.isnan(values)]
        if len(known):
            found += [float(v) for v in np.percentile(known, (0.5, 99.5))]
    if len(xs) == 1:
        xs, ys = [0.0, 45.0], [-30.0, 30.0]
    return _shaped(min(xs) - MARGIN_CM, max(xs) + MARGIN_CM, min(ys) - MARGIN_CM, max(ys) + MARGIN_CM)


def _shaped(x0: float, x1: float, y0: float, y1: float) -> Bounds:
    """The page shows y across and x upwards."""
    wide, high = y1 - y0, x1 - x0
    more_wide, more_high = max(0.0, high * ASPECT - wide) / 2, max(0.0, wide / ASPECT - high) / 2
    rounded = (round(v, 2) for v in (x0 - more_high, x1 + more_high, y0 - more_wide, y1 + more_wide))
    return Bounds(*rounded)


class TablePictures:
    """The table of a dataset from above. Methods block on the disk: call them in a thread.

    `known` is where the top camera stood, for datasets that do not say it.
    """

    def __init__(self, store: DatasetStore, known: TableView | None = None) -> None:
        self._store = store
        self._known = known
        self._references = ReferenceStore(store)
        self._rigs = RigStore(store)

    def ground(self, name: str) -> Ground:
        """Whether there is a picture, without making it."""
        try:
            if self._view(name) is None:
                why = f"{name} does not say where its top camera stood: a picture cannot be laid under the map."
                return Ground(False, "", why)
            reference = self._references.load(name)
            if reference is not None and TOP in reference.cameras:
                return Ground(True, "The reference picture of the empty table", "")
            self._first_frame(self._store.open(name))
            return Ground(True, "The first picture of the top camera in this dataset", "")
        except StudioError as error:
            return Ground(False, "", str(error))

    def jpeg(self, name: str, bounds: Bounds) -> bytes | None:
        """The table within `bounds` as a JPEG of `WIDTH_PX`; None where `ground` says why not."""
        view = self._view(name)
        if view is None:
            return None
        reference = self._references.load(name)
        if reference is not None and TOP in reference.cameras:
            picture = reference.cameras[TOP].view.bgr
        else:
            picture = self._first_frame(self._store.open(name))
        encoded, data = cv2.imencode(
            ".jpg", rectified(picture, view, bounds), [int(cv2.IMWRITE_JPEG_QUALITY), _QUALITY]
        )
        return data.tobytes() if encoded else None

    def _view(self, name: str) -> TableView | None:
        table = self._rigs.table(name)
        return self._known if table is None else table.view

    @staticmethod
    def _first_frame(dataset: Dataset) -> npt.NDArray[Any]:
        """Raises EpisodeNotFound, DatasetUnreadable where there is none."""
        path, from_s, _ = dataset.video_file(0, TOP)
        first = round(from_s * dataset.head.fps)
        frames = list(itertools.islice(decode(path, first, first + 1), 1))
        if not frames:
            raise DatasetUnreadable(f"The first picture of camera {TOP} cannot be read.", todo="Verify the dataset.")
        return View(frames[0]).bgr


def rectified(bgr: npt.NDArray[Any], view: TableView, bounds: Bounds) -> npt.NDArray[np.uint8]:
    """The table as if seen from straight above: y to the left, x upwards, what the camera did not see black."""
    scale = WIDTH_PX / (bounds.y_to_cm - bounds.y_from_cm)
    height = round((bounds.x_to_cm - bounds.x_from_cm) * scale)
    to_map = np.array([[0, -scale, bounds.y_to_cm * scale], [-scale, 0, bounds.x_to_cm * scale], [0, 0, 1]])
    shrunk = np.diag([view.width / bgr.shape[1], view.height / bgr.shape[0], 1.0])
    return np.asarray(cv2.warpPerspective(bgr, to_map @ view.to_cm @ shrunk, (WIDTH_PX, height)), np.uint8)
