"""Pictures: both renderers show the same scene from the same places, and troubles look like troubles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.core.clock import NS_PER_S, ManualClock
from app.devices import DeviceFault, FrameSource, Placement
from app.simulation import SimulatedCameras, World, WorldBoard
from app.simulation.cameras import Photographer, Renderer
from app.simulation.gl import GlRenderer, gl_missing
from app.simulation.painter import Painter
from app.simulation.scene import CAMERAS
from app.simulation.world import Snapshot


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    world = World()
    world.put_bag(Placement(30.0, 12.0, 25.0))
    world.advance_to(NS_PER_S)
    return world.snapshot()


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter()


@pytest.fixture(scope="module")
def gl() -> Iterator[Renderer]:
    if reason := gl_missing():
        pytest.skip(reason)
    renderer = GlRenderer()
    yield renderer
    renderer.close()


def drawn(renderer: Renderer, camera: str, snapshot: Snapshot) -> np.ndarray:
    renderer.show(snapshot)
    return renderer.draw(camera)


def bag_mask(rgb: np.ndarray) -> np.ndarray:
    """(H, W) bool: what is as yellow as the bag."""
    hue, saturation, value = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV))
    seen = (hue > 20) & (hue < 28) & (saturation > 150) & (value > 140)
    assert seen.sum() > 60
    return seen


def bag_px(rgb: np.ndarray) -> np.ndarray:
    return np.argwhere(bag_mask(rgb)).mean(axis=0)


@pytest.mark.parametrize("camera", ["top", "left"])
def test_both_renderers_see_the_bag_at_the_same_pixel(
    painter: Painter, gl: Renderer, snapshot: Snapshot, camera: str
) -> None:
    assert np.abs(bag_px(drawn(painter, camera, snapshot)) - bag_px(drawn(gl, camera, snapshot))).max() < 4.0


def test_both_renderers_agree_on_most_of_the_picture(painter: Painter, gl: Renderer, snapshot: Snapshot) -> None:
    for camera in CAMERAS:
        ours = cv2.resize(drawn(painter, camera, snapshot), (64, 48), interpolation=cv2.INTER_AREA).astype(int)
        theirs = cv2.resize(drawn(gl, camera, snapshot), (64, 48), interpolation=cv2.INTER_AREA).astype(int)
        assert np.median(np.abs(ours - theirs)) < 30


def test_drawing_twice_gives_the_same_bytes(painter: Painter, gl: Renderer, snapshot: Snapshot) -> None:
    for renderer in (painter, gl):
        first = Photographer(renderer, seed=6).pictures(snapshot, 12)
        second = Photographer(renderer, seed=6).pictures(snapshot, 12)
        other = Photographer(renderer, seed=7).pictures(snapshot, 12)
        assert all(np.array_equal(first[camera], second[camera]) for camera in CAMERAS)
        assert not np.array_equal(first["top"], other["top"])


def test_the_top_camera_sees_the_whole_workspace(painter: Painter, snapshot: Snapshot) -> None:
    position, rotation, focal = _pose(painter, "top", snapshot)
    for x, y in [(0.40, 0.0), (0.0, 0.40), (0.0, -0.40), (0.28, 0.28), (-0.05, 0.0)]:
        seen = (np.array([x, y, 0.0]) - position) @ rotation
        pixel = np.array([320 + focal * seen[0] / -seen[2], 240 - focal * seen[1] / -seen[2]])
        assert (pixel > 0).all()
        assert (pixel < [640, 480]).all()


def test_the_bag_stands_out_and_a_pale_one_does_not(painter: Painter, snapshot: Snapshot) -> None:
    usual = drawn(painter, "top", snapshot)
    pale = drawn(painter, "top", replace(snapshot, appearance=replace(snapshot.appearance, pale_bag=True)))
    bag = bag_mask(usual)
    ground = np.median(usual[100:300, 100:300].reshape(-1, 3), axis=0)
    assert np.abs(usual[bag].mean(axis=0) - ground).max() > 90
    assert np.ptp(pale[bag].mean(axis=0)) < 40 < np.ptp(usual[bag].mean(axis=0))


def test_light_blur_and_nudges_change_the_picture_as_named(painter: Painter, snapshot: Snapshot) -> None:
    look = snapshot.appearance
    photographer = Photographer(painter, seed=4)

    def luma(**changes: object) -> np.ndarray:
        changed = replace(snapshot, appearance=replace(look, **changes)) if changes else snapshot
        return photographer.pictures(changed, 1)["top"][:480].astype(float) - 16.0

    plain = luma()
    assert luma(light_percent=60.0).mean() / plain.mean() == pytest.approx(0.6, abs=0.05)
    blurred = luma(lenses=look.with_lens("top", blur_px=4.0).lenses)
    assert cv2.Laplacian(blurred, cv2.CV_64F).var() < 0.5 * cv2.Laplacian(plain, cv2.CV_64F).var()
    nudged = luma(lenses=look.with_lens("top", nudge_deg=2.0).lenses)
    assert np.abs(nudged - plain).mean() > 2.0
    assert np.abs(luma(intruder=1.0) - plain).mean() > 1.0


def test_warm_light_is_redder(painter: Painter, snapshot: Snapshot) -> None:
    photographer = Photographer(painter)
    warm = replace(snapshot, appearance=replace(snapshot.appearance, light_kelvin=3000.0))
    red = [
        cv2.cvtColor(photographer.pictures(state, 1)["top"], cv2.COLOR_YUV2RGB_I420).mean(axis=(0, 1))
        for state in (snapshot, warm)
    ]
    assert red[1][0] / red[1][2] > 1.3 * red[0][0] / red[0][2]


def test_a_frozen_camera_repeats_and_an_unplugged_one_is_silent(painter: Painter, snapshot: Snapshot) -> None:
    photographer = Photographer(painter)
    before = photographer.pictures(snapshot, 1)
    look = snapshot.appearance.with_lens("top", frozen=True).with_lens("left", unplugged=True)
    after = photographer.pictures(replace(snapshot, appearance=look), 2)
    assert np.array_equal(before["top"], after["top"])
    assert not np.array_equal(before["gripper"], after["gripper"])
    assert "left" not in after


def test_the_source_delivers_all_cameras_at_absolute_deadlines(snapshot: Snapshot) -> None:
    clock = ManualClock(NS_PER_S)
    source = SimulatedCameras(lambda: replace(snapshot, monotonic_ns=clock.monotonic_ns()), clock, painter=True)
    assert isinstance(source, FrameSource)
    assert source.renderer == "painter"
    with pytest.raises(DeviceFault):
        source.next(0.1)
    source.open()
    assert source.next(0.01) == []
    first, second = source.next(0.1), source.next(0.1)
    source.close()
    assert [frame.camera for frame in first] == list(CAMERAS)
    assert [frame.sequence for frame in first + second] == [1, 1, 1, 2, 2, 2]
    assert second[0].exposure_ns - first[0].exposure_ns == pytest.approx(NS_PER_S / 30, abs=2)
    assert first[0].i420 is not None
    assert first[0].i420.shape == (720, 640)


def test_a_state_that_stands_still_is_exposed_now(snapshot: Snapshot) -> None:
    clock = ManualClock(100 * NS_PER_S)
    source = SimulatedCameras(lambda: snapshot, clock, painter=True)
    source.open()
    frame = source.next(0.1)[0]
    source.close()
    assert frame.exposure_ns == clock.monotonic_ns()


def test_the_board_carries_a_snapshot_between_processes(tmp_path: Path, snapshot: Snapshot) -> None:
    board = WorldBoard.create(tmp_path / "world")
    reader = WorldBoard.attach(tmp_path / "world")
    assert reader.read() is None
    look = replace(snapshot.appearance, light_kelvin=3200.0, pale_bag=True).with_lens("left", frozen=True, blur_px=2.5)
    board.publish(replace(snapshot, appearance=look))
    read = reader.read()
    assert read is not None
    assert read.monotonic_ns == snapshot.monotonic_ns
    assert np.array_equal(read.qpos, snapshot.qpos)
    assert read.appearance == look
    reader.close()
    board.close()
    board.unlink()


def _pose(painter: Painter, camera: str, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray, float]:
    painter.show(snapshot)
    return painter._stage.camera_pose(camera)
