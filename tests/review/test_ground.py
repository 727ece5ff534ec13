"""The picture below the map lies where the table is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.checks.reference import CameraReference, Reference
from app.checks.view import View
from app.datasets import DatasetStore
from app.guidance.calibration import TableCalibration
from app.guidance.calibrations import RigStore
from app.guidance.store import ReferenceStore
from app.guidance.table_view import TableView
from app.review import Bounds, TablePictures, bounds_of, gather
from app.review.ground import ASPECT, WIDTH_PX, rectified
from app.review.index import CoverageIndex
from bench.coverage_data import make_dataset, plan_of
from tests.datasets.scenes import QUICK, small_format

# Ten pixels a centimetre, turned and mirrored as a camera over the table sees it: x ahead is up, y left is left.
VIEW = TableView(np.array([[0, -0.1, 40.0], [-0.1, 0, 32.0], [0, 0, 1.0]]), 640, 480)


def test_a_spot_of_the_table_is_drawn_where_the_map_has_it():
    picture = np.zeros((480, 640, 3), np.uint8)
    for x_cm, y_cm in ((20.0, 10.0), (30.0, -15.0)):
        [[u, v]] = VIEW.cm_to_px([(x_cm, y_cm)])
        picture[int(v) - 4 : int(v) + 5, int(u) - 4 : int(u) + 5] = 255
    bounds = Bounds(0.0, 39.0, -25.0, 25.0)
    for shrunk in (picture, picture[::2, ::2]):
        found = rectified(shrunk, VIEW, bounds)
        scale = WIDTH_PX / 50
        for x_cm, y_cm in ((20.0, 10.0), (30.0, -15.0)):
            assert found[round((39.0 - x_cm) * scale), round((25.0 - y_cm) * scale)].min() > 200
        assert found.max(axis=2).mean() < 20


def test_the_bounds_hold_every_cluster_and_have_the_maps_shape(tmp_path: Path):
    store = DatasetStore(tmp_path / "datasets", QUICK)
    make_dataset(store, "cups", small_format(), 50)
    all, _ = gather(CoverageIndex(store), ["cups"])
    bounds = bounds_of(plan_of(), all.columns)
    wide, high = bounds.y_to_cm - bounds.y_from_cm, bounds.x_to_cm - bounds.x_from_cm
    assert abs(wide / high - ASPECT) < 0.01
    for x_cm, y_cm in (corner for cluster in plan_of().clusters for corner in cluster.corners):
        assert bounds.x_from_cm < x_cm < bounds.x_to_cm
        assert bounds.y_from_cm < y_cm < bounds.y_to_cm


def test_without_a_table_it_says_why_and_with_one_the_reference_is_laid_below(tmp_path: Path):
    store = DatasetStore(tmp_path / "datasets", QUICK)
    make_dataset(store, "cups", small_format(), 10)
    pictures = TablePictures(store)
    bounds = Bounds(0.0, 39.0, -25.0, 25.0)
    assert "does not say where its top camera stood" in pictures.ground("cups").why_none
    assert pictures.jpeg("cups", bounds) is None
    RigStore(store).keep("cups", "north", False, TableCalibration(VIEW, 0.0, 0.0, 4, "corners"))
    assert not pictures.ground("cups").picture  # a table, but no picture of it: the videos are not there
    grey = CameraReference(View.of_bgr(np.full((480, 640, 3), 90, np.uint8)))
    ReferenceStore(store).save("cups", Reference({"top": grey}, {}))
    assert pictures.ground("cups").picture
    data = pictures.jpeg("cups", bounds)
    assert data is not None
    assert data.startswith(b"\xff\xd8")
