"""The table's calibration over HTTP, by hand and by sheet, judged by what the simulator knows of its own camera."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.guidance.calibration import calibrate
from app.guidance.marker_sheet import OFFSET_MM, SHEET_MM, SIDE_MM, SheetPlace, layout, sheet_svg
from app.guidance.markers import MarkerFamily, calibrate_by_markers, marker_picture
from app.guidance.table_view import TableView
from app.simulation.cameras import known_mounts
from tests.studio import RunningStudio

GRID = np.array([(x, y) for x in range(10, 41, 5) for y in range(-20, 21, 5)], np.float64)
CORNERS = np.array([(35.0, 15.0), (35.0, -15.0), (15.0, -15.0), (15.0, 15.0)])


@pytest.fixture(scope="module")
def truth() -> TableView:
    mount = known_mounts()["top"]
    assert mount is not None
    return TableView.of_mount(mount, 640, 480)


def off_mm(found: TableView, truth: TableView) -> float:
    """The largest miss over the reach, mm."""
    return float(10 * np.linalg.norm(found.px_to_cm(truth.cm_to_px(GRID)) - GRID, axis=1).max())


def test_corners_clicked_by_hand_come_near_what_the_simulator_knows(truth):
    """Clicks are off by a pixel (1.4 mm of table) each way; over 40 tries nine in ten stay within 6 mm anywhere."""
    random = np.random.default_rng(11)
    misses = []
    for _ in range(40):
        clicks = truth.cm_to_px(CORNERS) + random.normal(0, 0.7, (4, 2))
        misses.append(off_mm(calibrate(clicks, CORNERS, width=640, height=480).view, truth))
    assert float(np.quantile(misses, 0.9)) < 6.0, sorted(misses)
    assert float(np.median(misses)) < 3.5, sorted(misses)


@pytest.mark.parametrize("family", list(MarkerFamily))
def test_a_printed_sheet_comes_nearer(truth, family):
    """The sheet, drawn into the simulator's view as its camera would see it, with sensor noise."""
    place = SheetPlace(24.0, 1.0, 8.0)
    picture = photographed(truth, place, family)
    found = calibrate_by_markers(picture, layout(place), family=family)
    assert found.points == 16
    assert found.residual_mm < 1.0
    assert off_mm(found.view, truth) < 5.0


def photographed(truth: TableView, place: SheetPlace, family: MarkerFamily) -> np.ndarray:
    """(480, 640) grey: the sheet as printed (4 px a mm), laid at `place`, seen by the simulator's top camera."""
    scale, (wide, high) = 4, SHEET_MM
    sheet = np.full((high * scale, wide * scale), 255, np.uint8)
    side = round(SIDE_MM * scale)
    left, ahead = OFFSET_MM
    corners = ((ahead, left), (ahead, -left), (-ahead, -left), (-ahead, left))
    for number, (up, aside) in enumerate(corners):
        x = round((wide / 2 - aside - SIDE_MM / 2) * scale)
        y = round((high / 2 - up - SIDE_MM / 2) * scale)
        sheet[y : y + side, x : x + side] = marker_picture(number, side, family)
    yaw = np.deg2rad(place.yaw_deg)
    turn = np.array([[np.cos(yaw), -np.sin(yaw)], [np.sin(yaw), np.cos(yaw)]])
    own = np.array([(high / 20, wide / 20), (high / 20, -wide / 20), (-high / 20, -wide / 20), (-high / 20, wide / 20)])
    on_table = own @ turn.T + np.array([place.x_cm, place.y_cm])
    edge = np.array([[0, 0], [wide * scale, 0], [wide * scale, high * scale], [0, high * scale]], np.float32) - 0.5
    warp = cv2.getPerspectiveTransform(edge.astype(np.float32), truth.cm_to_px(on_table).astype(np.float32))
    large = cv2.warpPerspective(sheet, np.diag([4.0, 4.0, 1.0]) @ warp, (2560, 1920), borderValue=70)
    seen = cv2.resize(large, (640, 480), interpolation=cv2.INTER_AREA).astype(np.float64)
    return np.clip(seen * 0.8 + np.random.default_rng(5).normal(0, 2.0, seen.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("family", list(MarkerFamily))
def test_the_printed_sheet_shows_the_markers_the_studio_looks_for(family):
    """The SVG's squares, read back: each cell of each marker is black where OpenCV's marker is."""
    import xml.etree.ElementTree as xml

    tree = xml.fromstring(sheet_svg(family))
    space = "{http://www.w3.org/2000/svg}"
    groups = [group for group in tree.findall(f"{space}g") if "translate" in group.get("transform", "")]
    assert len(groups) == 4
    assert (tree.get("width"), tree.get("height")) == ("297mm", "210mm")
    for number, group in enumerate(groups):
        cells = round(SIDE_MM / float(group[0].get("width", "nan")))
        drawn = np.full((cells, cells), 255, np.uint8)
        for rect in group:
            column, row = (round(float(rect.get(axis, "nan")) * cells / SIDE_MM) for axis in ("x", "y"))
            drawn[row, column] = 0
        assert (drawn == marker_picture(number, cells, family)).all()


@pytest.mark.serial
def test_a_fit_is_tried_then_saved_then_forgotten(studio: RunningStudio):
    clicked = [{"x_px": 320 - 6 * y, "y_px": 240 - 6 * (x - 25), "x_cm": x, "y_cm": y} for x, y in CORNERS.tolist()]
    status, fit = studio.ask("/api/table/corners", "POST", {"corners": clicked})
    assert status == 200, fit
    assert fit["residual_mm"] < 1.0
    assert studio.get("/api/table")["calibration"] is None
    assert studio.ask("/api/table/corners", "POST", {"corners": clicked, "save": True})[0] == 200
    assert studio.get("/api/table")["calibration"]["points"] == 4
    assert (studio.data_dir / "rigs/prerendered/table.json").is_file()
    assert studio.ask("/api/table", "DELETE", None)[0] == 200
    assert studio.get("/api/table")["calibration"] is None


def swapped(corner: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """A corner that was clicked where another one lies."""
    return {**corner, "x_px": other["x_px"], "y_px": other["y_px"]}


@pytest.mark.serial
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c[:3], "at least 4"),
        (lambda c: [c[0], swapped(c[1], c[2]), swapped(c[2], c[1]), c[3]], "crosswise"),
        (lambda c: [{**one, "x_px": 640 - one["x_px"]} for one in c], "left and right are swapped"),
        (
            lambda c: [{**one, "x_cm": one["x_cm"] * (3 if i == 0 else 1)} for i, one in enumerate(c)],
            "miss a flat table",
        ),
    ],
)
def test_a_bad_fit_is_refused_in_words(studio: RunningStudio, change, words):
    clicked = [{"x_px": 320 - 6 * y, "y_px": 240 - 6 * (x - 25), "x_cm": x, "y_cm": y} for x, y in CORNERS.tolist()]
    bent = change(clicked)
    status, problem = studio.ask("/api/table/corners", "POST", {"corners": bent, "save": True})
    assert status in (409, 422)
    assert words in problem["title"]
    assert studio.get("/api/table")["calibration"] is None


@pytest.mark.serial
def test_without_markers_in_the_picture_the_studio_says_what_to_do(studio: RunningStudio):
    status, problem = studio.ask("/api/table/markers", "POST", {})
    assert status == 409
    assert "0 of 4 markers" in problem["title"]
    assert "flat" in problem["todo"]
