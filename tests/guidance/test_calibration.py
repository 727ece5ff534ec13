"""The table calibration against a known camera: by corners, by markers, and refused when it is bad."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from app.devices.models import Placement
from app.guidance.calibration import calibrate, from_json, to_json
from app.guidance.errors import CalibrationRefused
from app.guidance.markers import Marker, MarkerFamily, calibrate_by_markers, find_markers, marker_picture
from app.guidance.plan import Cluster, PlacedObject
from app.guidance.table_view import CameraPose, TableView, rectangle

WIDTH, HEIGHT = 640, 480
CORNERS = np.array([(0.0, 25.0), (35.0, 25.0), (35.0, -25.0), (0.0, -25.0)])


def camera(tilt_deg: float = 0.0, turn_deg: float = 0.0, height_cm: float = 80.0, fov_y_deg: float = 45.0):
    """A camera that looks at (18, 0) from `height_cm` away, tilted and turned; at 0 the picture's up is ahead."""
    down = np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]])
    tilt = cv2.Rodrigues(np.deg2rad([tilt_deg, 0.0, 0.0]))[0]
    turn = cv2.Rodrigues(np.deg2rad([0.0, 0.0, turn_deg]))[0]
    rotation = turn @ tilt @ down
    position = np.array([18.0, 0.0, 0.0]) - height_cm * rotation[2]
    focal = HEIGHT / 2 / np.tan(np.deg2rad(fov_y_deg) / 2)
    return CameraPose(rotation, -rotation @ position, float(focal))


def project(pose: CameraPose, points_cm, z_cm: float = 0.0):
    points = np.column_stack([np.asarray(points_cm, float), np.full(len(points_cm), z_cm)])
    seen = points @ pose.rotation.T + pose.translation_cm
    return seen[:, :2] / seen[:, 2:] * pose.focal_px + np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])


POSES = [(0, 0), (12, 0), (-20, 15), (8, 90), (15, 180)]


@pytest.mark.parametrize(("tilt", "turn"), POSES)
def test_four_exact_corners_give_the_true_map(tilt: float, turn: float) -> None:
    pose = camera(tilt, turn, height_cm=90 if turn == 90 else 80)
    found = calibrate(project(pose, CORNERS), CORNERS, width=WIDTH, height=HEIGHT)
    grid = [(x, y) for x in (2, 15, 33) for y in (-24, 0, 24)]
    assert found.residual_mm < 0.05
    assert np.allclose(found.view.px_to_cm(project(pose, grid)), grid, atol=0.01)
    assert np.allclose(found.view.cm_to_px(grid), project(pose, grid), atol=0.1)


@pytest.mark.parametrize(("tilt", "turn"), POSES)
def test_heights_are_known_when_the_lens_is(tilt: float, turn: float) -> None:
    pose = camera(tilt, turn, height_cm=90 if turn == 90 else 80)
    found = calibrate(project(pose, CORNERS), CORNERS, width=WIDTH, height=HEIGHT, fov_y_deg=45)
    spot = [(30.0, 20.0)]
    assert np.allclose(found.view.px_to_cm(project(pose, spot, 3.0), 3.0), spot, atol=0.02)
    assert np.allclose(found.view.cm_to_px(spot, 3.0), project(pose, spot, 3.0), atol=0.1)
    assert found.view.pose is not None
    assert np.allclose(found.view.pose.position_cm, -pose.rotation.T @ pose.translation_cm, atol=0.1)


def test_clicks_off_by_a_pixel_leave_a_residual_in_mm() -> None:
    random = np.random.default_rng(3)
    errors, residuals = [], []
    for _ in range(30):
        pose = camera(random.uniform(-15, 15), random.uniform(-30, 30))
        clicks = project(pose, CORNERS) + random.normal(0, 1.0, (4, 2))
        found = calibrate(np.clip(clicks, 0, (639, 479)), CORNERS, width=WIDTH, height=HEIGHT)
        grid = [(x, y) for x in (5, 18, 30) for y in (-20, 0, 20)]
        errors.append(10 * np.linalg.norm(found.view.px_to_cm(project(pose, grid)) - grid, axis=1).max())
        residuals.append(found.residual_mm)
    assert 0.05 < np.median(residuals) < 2.0
    assert np.quantile(errors, 0.95) < 4.0


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda px: px[[1, 0, 3, 2]], "wrong way"),
        (lambda px: px[[0, 2, 1, 3]], "crosswise"),
        (lambda px: px + np.array([[0, 0], [90, 60], [0, 0], [0, 0]]), "miss a flat table by"),
        (lambda px: px[[0, 0, 0, 0]], "too little"),
        (lambda px: px[:3], "3 points"),
        (lambda px: px * np.nan, "not a number"),
        (lambda px: px - 500, "outside the picture"),
    ],
)
def test_bad_points_are_refused_with_the_reason(edit, says: str) -> None:
    pixels = edit(project(camera(5, 0), CORNERS))
    with pytest.raises(CalibrationRefused, match=says) as error:
        calibrate(pixels, CORNERS, width=WIDTH, height=HEIGHT)
    assert error.value.todo


def test_a_table_measured_wrongly_is_refused() -> None:
    """Somebody wrote 45 cm for one side that is 50: the quadrilateral no longer fits a rectangle."""
    wrong = CORNERS.copy()
    wrong[0] = (0.0, 20.0)
    with pytest.raises(CalibrationRefused, match="miss a flat table"):
        calibrate(project(camera(5, 0), CORNERS), wrong, width=WIDTH, height=HEIGHT, fov_y_deg=45)


LAYOUT = {0: Marker(4, 20), 1: Marker(32, 20), 2: Marker(32, -20), 3: Marker(4, -20, yaw_deg=90)}


def marker_scene(pose: CameraPose, layout: dict[int, Marker], family: MarkerFamily):
    picture = np.full((HEIGHT, WIDTH), 150, np.uint8)
    side = 240
    for number, marker in layout.items():
        white = cv2.copyMakeBorder(marker_picture(number, side, family), 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)
        inner = np.array([[60, 60], [60 + side, 60], [60 + side, 60 + side], [60, 60 + side]], np.float64) - 0.5
        warp, _ = cv2.findHomography(inner, project(pose, marker.corners_cm))
        drawn = cv2.warpPerspective(white, warp, (WIDTH, HEIGHT), flags=cv2.INTER_AREA)
        mask = cv2.warpPerspective(np.full_like(white, 255), warp, (WIDTH, HEIGHT))
        picture[mask > 127] = drawn[mask > 127]
    return cv2.GaussianBlur(picture, (0, 0), 0.7)


@pytest.mark.parametrize("family", list(MarkerFamily))
def test_markers_calibrate_by_themselves(family: MarkerFamily) -> None:
    pose = camera(10, 5)
    found = calibrate_by_markers(marker_scene(pose, LAYOUT, family), LAYOUT, family=family)
    grid = [(x, y) for x in (5, 18, 30) for y in (-20, 0, 20)]
    assert np.allclose(found.view.px_to_cm(project(pose, grid)), grid, atol=0.15)
    assert found.residual_mm < 1.5
    assert found.points == 16


def test_a_moved_marker_is_refused() -> None:
    picture = marker_scene(camera(10, 5), LAYOUT, MarkerFamily.april_36h11)
    with pytest.raises(CalibrationRefused, match="miss a flat table"):
        calibrate_by_markers(picture, {**LAYOUT, 1: Marker(28, 17)})


def test_one_marker_is_not_enough() -> None:
    picture = marker_scene(camera(0, 0), {0: Marker(20, 0)}, MarkerFamily.april_36h11)
    assert list(find_markers(picture, MarkerFamily.april_36h11)) == [0]
    with pytest.raises(CalibrationRefused, match="1 of 4 markers"):
        calibrate_by_markers(picture, LAYOUT)


def test_a_calibration_survives_its_file_and_knows_its_age() -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    found = calibrate(project(camera(5), CORNERS), CORNERS, width=WIDTH, height=HEIGHT, made_at=made.isoformat())
    again = from_json(json.loads(json.dumps(to_json(found))))
    assert np.allclose(again.view.to_cm, found.view.to_cm)
    assert again.residual_mm == found.residual_mm
    assert again.age_days(made + timedelta(days=3)) == pytest.approx(3)
    with pytest.raises(CalibrationRefused, match="cannot be read"):
        from_json({"format": 1})


def test_outlines_are_projected_where_things_are() -> None:
    pose = camera(6, 0)
    view = calibrate(project(pose, CORNERS), CORNERS, width=WIDTH, height=HEIGHT, fov_y_deg=45).view
    placed, at = PlacedObject(), Placement(20, 5, 30)
    corners = rectangle(placed.length_cm, placed.width_cm, at)
    assert np.allclose(view.object_outline(placed, at), project(pose, corners, placed.height_cm), atol=0.1)
    cluster = Cluster("a", 20, 5)
    assert np.allclose(view.cluster_outline(cluster), project(pose, cluster.corners), atol=0.1)
    assert view.shows(cluster.corners)
    assert not view.shows([(90, 0)])
    assert view.px_per_cm(18, 0) == pytest.approx(579.4 / 80, rel=0.02)


def test_without_a_pose_everything_lies_on_the_table() -> None:
    view = TableView(np.eye(3), WIDTH, HEIGHT)
    assert np.allclose(view.px_to_cm([(3, 4)], 5.0), [(3, 4)])
    assert np.allclose(view.cm_to_px([(3, 4)], 5.0), [(3, 4)])
