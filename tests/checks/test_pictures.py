"""Camera checks on drawn pictures: each finds its trouble, says it in words, and keeps quiet otherwise."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.checks.illumination import illumination
from app.checks.lens import lens_findings, sharpness
from app.checks.light import flicker_finding, light_findings
from app.checks.liveness import Arrival, FrameLog, drawn, liveness_findings
from app.checks.models import Check, Finding, Level
from app.checks.mount import mount_finding, movement
from app.checks.reference import (
    CameraReference,
    Reference,
    ReferenceUnreadable,
    average,
    reference_from_files,
    reference_to_files,
)
from app.checks.scene import contrast_finding, intruder_finding
from app.checks.thresholds import Thresholds
from app.checks.view import View
from app.checks.watch import CameraWatch

LIMITS = Thresholds()
FRAME_NS = 33_333_333


def by_check(findings: list[Finding]) -> dict[Check, Level]:
    return {finding.check: finding.level for finding in findings}


# ---- mount ----


@pytest.mark.parametrize(("dx", "dy", "roll"), [(10, 0, 0), (0, -6, 0), (5, 5, 0.4), (0, 0, 1.5)])
def test_a_moved_camera_is_measured_in_pixels_and_degrees(scene, reference, dx, dy, roll) -> None:
    moved = movement(scene.shoot(scene.shifted(scene.clean(), dx, dy, roll)), reference)
    assert moved is not None
    if roll == 0:
        assert moved.shift_px == pytest.approx(np.hypot(dx, dy), abs=0.5)
    assert abs(moved.roll_deg) == pytest.approx(abs(roll), abs=0.1)
    finding = mount_finding("top", moved, LIMITS)
    assert finding.level is Level.fail
    assert "has moved by about" in finding.text
    assert finding.todo


def test_a_small_move_warns(scene, reference) -> None:
    finding = mount_finding("top", movement(scene.shoot(scene.shifted(scene.clean(), 2.6, 0)), reference), LIMITS)
    assert finding.level is Level.warn


@pytest.mark.parametrize("arm_deg", [-50, -20, 35])
def test_the_arm_may_move_and_the_camera_has_not(scene, reference, arm_deg: float) -> None:
    picture = scene.clean(arm_deg=arm_deg)
    cv2.rectangle(picture, (100, 100), (140, 130), (50, 200, 240), -1)
    assert mount_finding("top", movement(scene.shoot(picture), reference), LIMITS).level is Level.ok


def test_arm_and_camera_may_both_have_moved(scene, reference) -> None:
    moved = movement(scene.shoot(scene.shifted(scene.clean(arm_deg=35), 8, 0)), reference)
    assert moved is not None
    assert moved.shift_px == pytest.approx(8, abs=0.5)


def test_a_covered_camera_is_unsure_not_well(scene, reference) -> None:
    covered = View.of_bgr(np.full((480, 640, 3), 30, np.uint8))
    finding = mount_finding("top", movement(covered, reference), LIMITS)
    assert finding.level is Level.unsure


def test_on_the_hand_the_claws_tell_and_not_the_table(scene) -> None:
    """The table shifts by 6 px because the arm stands half a degree aside; the claws do not."""

    def hand(dx: float, claws_dx: float):
        picture = scene.shifted(scene.clean(), dx, 0)
        shape = np.array([[250, 479], [300, 330], [330, 330], [350, 400], [380, 330], [420, 479]], np.float32)
        shape[:, 0] += claws_dx
        cv2.fillPoly(picture, [np.rint(shape * 16).astype(np.int32)], (30, 30, 34), cv2.LINE_AA, 4)
        for k in range(8):
            middle = (int(16 * (290 + 14 * k + claws_dx)), 16 * (430 + 6 * (k % 3)))
            cv2.circle(picture, middle, 16 * 4, (190, 60 + 20 * k, 40), -1, cv2.LINE_AA, 4)
        return scene.shoot(picture)

    reference = CameraReference(hand(0, 0))
    assert mount_finding("gripper", movement(hand(6, 0), reference, on_hand=True), LIMITS).level is Level.ok
    assert mount_finding("gripper", movement(hand(6, 6), reference, on_hand=True), LIMITS).level is Level.fail


# ---- light ----


@pytest.mark.parametrize("change", [0.85, 1.15])
def test_light_changed_by_15_percent_is_found_and_measured(scene, reference, change: float) -> None:
    light = illumination(scene.shoot(scene.clean() * change), reference.view)
    assert light is not None
    assert light.level == pytest.approx(change, abs=0.01)
    found = by_check(light_findings("top", light, LIMITS))
    assert found == {Check.light_level: Level.warn, Check.light_colour: Level.ok, Check.light_uneven: Level.ok}


@pytest.mark.parametrize("blue_red", [1.065, 0.94])
def test_another_colour_of_light_is_found(scene, reference, blue_red: float) -> None:
    gain = np.array([blue_red**0.5, 1.0, blue_red**-0.5])
    light = illumination(scene.shoot(scene.clean() * gain), reference.view)
    found = by_check(light_findings("top", light, LIMITS))
    assert found[Check.light_colour] is Level.warn
    assert found[Check.light_level] is Level.ok


def test_a_shadow_over_one_side_is_uneven_light(scene, reference) -> None:
    ramp = 1 - 0.3 / (1 + np.exp((350 - np.arange(640)) / 40))
    light = illumination(scene.shoot(scene.clean() * ramp[None, :, None]), reference.view)
    assert by_check(light_findings("top", light, LIMITS))[Check.light_uneven] is Level.warn


def test_the_same_light_is_quiet_whatever_the_arm_does(scene, reference) -> None:
    light = illumination(scene.shoot(scene.clean(arm_deg=40)), reference.view)
    assert set(by_check(light_findings("top", light, LIMITS)).values()) == {Level.ok}


def test_flicker_is_found_and_slow_change_is_not() -> None:
    steps = np.arange(45)
    slow = 100 + 10 * np.sin(steps / 15)
    assert flicker_finding("top", list(slow), LIMITS).level is Level.ok
    assert flicker_finding("top", list(slow * (1 + 0.04 * (-1.0) ** steps)), LIMITS).level is Level.warn
    assert flicker_finding("top", [100.0] * 5, LIMITS).level is Level.unsure


# ---- lens ----


def test_a_blurred_lens_is_out_of_focus(scene, reference) -> None:
    clean = scene.shoot(scene.clean())
    blurred = scene.shoot(cv2.GaussianBlur(scene.clean(), (0, 0), 2.5))
    assert by_check(lens_findings("top", sharpness(clean, reference), LIMITS))[Check.focus] is Level.ok
    assert by_check(lens_findings("top", sharpness(blurred, reference), LIMITS))[Check.focus] is not Level.ok


def test_dimmer_light_is_no_blur(scene, reference) -> None:
    sharp = sharpness(scene.shoot(scene.clean() * 0.7), reference, 0.7)
    assert set(by_check(lens_findings("top", sharp, LIMITS)).values()) == {Level.ok}


def test_a_smudge_is_a_dirty_lens_not_a_lost_focus(scene, reference) -> None:
    mask = np.zeros((480, 640, 1), np.float32)
    cv2.circle(mask, (180, 170), 150, 1.0, -1)
    picture = scene.clean() * (1 - mask) + cv2.GaussianBlur(scene.clean(), (0, 0), 8) * mask
    found = by_check(lens_findings("top", sharpness(scene.shoot(picture), reference), LIMITS))
    assert found == {Check.focus: Level.ok, Check.dirty_lens: Level.warn}


# ---- scene ----


def test_a_stranger_is_found_and_the_object_is_none(scene, reference) -> None:
    picture = scene.clean()
    cv2.rectangle(picture, (100, 100), (140, 130), (50, 200, 240), -1)
    outline = np.array([[100, 100], [140, 100], [140, 130], [100, 130]], np.float64)

    def judge(view: View):
        light = illumination(view, reference.view)
        return intruder_finding(view, reference.view, light, LIMITS, px_per_cm=8.0, object_px=outline)

    assert judge(scene.shoot(picture)).level is Level.ok
    cv2.ellipse(picture, (520, 120), (60, 30), 20, 0, 360, (140, 170, 220), -1)
    assert judge(scene.shoot(picture)).level is Level.fail


def test_away_from_the_start_pose_strangers_are_not_judged(scene, reference) -> None:
    finding = intruder_finding(reference.view, reference.view, None, LIMITS, px_per_cm=8.0, in_start_pose=False)
    assert finding.level is Level.unsure


def test_contrast_of_object_and_table(scene) -> None:
    outline = np.array([[200, 200], [240, 200], [240, 230], [200, 230]], np.float64)
    picture = np.full((480, 640, 3), (92, 84, 76), np.float32)
    picture[200:230, 200:240] = (98, 90, 80)
    assert contrast_finding(scene.shoot(picture), outline, LIMITS).level is Level.warn
    picture[200:230, 200:240] = (50, 200, 240)
    assert contrast_finding(scene.shoot(picture), outline, LIMITS).level is Level.ok
    assert contrast_finding(scene.shoot(picture), None, LIMITS).level is Level.unsure


# ---- liveness ----


def log_of(frames: int, *, every: int = 1, print_of=lambda index: str(index).encode()) -> FrameLog:
    log = FrameLog("top", 30)
    for index in range(0, frames, every):
        log.add(Arrival(index * FRAME_NS, print_of(index)))
    return log


def test_a_live_camera_is_quiet() -> None:
    found = by_check(liveness_findings(log_of(60), 60 * FRAME_NS, LIMITS))
    assert set(found.values()) == {Level.ok}
    assert set(found) == {Check.camera_alive, Check.camera_rate, Check.camera_fresh, Check.camera_frozen}


def test_silence_slowness_age_and_freezing_are_told_apart() -> None:
    now = 60 * FRAME_NS
    assert by_check(liveness_findings(log_of(20), now, LIMITS)) == {Check.camera_alive: Level.fail}
    assert by_check(liveness_findings(log_of(0), now, LIMITS)) == {Check.camera_alive: Level.fail}
    assert by_check(liveness_findings(log_of(60, every=2), now, LIMITS))[Check.camera_rate] is Level.fail
    assert by_check(liveness_findings(log_of(60), now + 300_000_000, LIMITS))[Check.camera_fresh] is Level.warn
    frozen = log_of(60, print_of=lambda index: str(min(index, 30)).encode())
    assert by_check(liveness_findings(frozen, now, LIMITS))[Check.camera_frozen] is Level.fail


def test_a_machine_too_busy_to_draw_warns_and_a_frozen_drawing_still_fails() -> None:
    slow = drawn(liveness_findings(log_of(60, every=2), 60 * FRAME_NS, LIMITS))
    assert by_check(slow)[Check.camera_rate] is Level.warn
    assert next(finding for finding in slow if finding.check is Check.camera_rate).todo.startswith("This machine")
    assert by_check(drawn(liveness_findings(log_of(20), 10**11, LIMITS)))[Check.camera_alive] is Level.fail


def test_the_drivers_own_reason_is_passed_on() -> None:
    finding = liveness_findings(log_of(60), 60 * FRAME_NS, LIMITS, lost="the cable is out")[0]
    assert "the cable is out" in finding.text


# ---- reference and watch ----


def test_a_reference_survives_its_files(scene, reference) -> None:
    whole = Reference({"top": reference}, {"elbow_flex": -20.0}, (216.0, 129.0, 203.0), 4.2, "2026-01-01")
    files = reference_to_files(whole)
    assert set(files) == {"top.png", "reference.json"}
    again = reference_from_files(files)
    assert np.array_equal(again.cameras["top"].view.i420, reference.view.i420)
    assert (again.start_pose, again.object_lab, again.object_spread) == ({"elbow_flex": -20.0}, whole.object_lab, 4.2)


@pytest.mark.parametrize(
    ("break_it", "names"),
    [
        (lambda files: files.pop("top.png"), "top.png"),
        (lambda files: files.update({"top.png": b"no picture"}), "top.png"),
        (lambda files: files.update({"reference.json": b"{}"}), "reference.json"),
        (lambda files: files.update({"reference.json": b"["}), "reference.json"),
    ],
)
def test_a_broken_reference_names_the_file(reference, break_it, names: str) -> None:
    files = reference_to_files(Reference({"top": reference}))
    break_it(files)
    with pytest.raises(ReferenceUnreadable, match=names):
        reference_from_files(files)


def test_an_average_is_free_of_noise(scene) -> None:
    still = scene.clean()
    one, many = scene.shoot(still), average([scene.shoot(still) for _ in range(8)])
    truth = View.of_bgr(np.clip(still, 0, 255).astype(np.uint8)).luma.astype(float)
    assert np.abs(many.luma - truth).mean() < 0.6 * np.abs(one.luma - truth).mean()


def watched(scene, reference, picture: np.ndarray, *, on_hand: bool = False, in_start_pose: bool = True):
    watch = CameraWatch("top", 30, Reference({"top": reference}), LIMITS, on_hand=on_hand)
    for index in range(24):
        watch.frame(scene.shoot(picture), index * FRAME_NS)
    watch.look(scene.shoot(picture), in_start_pose=in_start_pose)
    return by_check(watch.findings(24 * FRAME_NS))


def test_a_watch_says_all_there_is_about_a_camera(scene, reference) -> None:
    quiet = watched(scene, reference, scene.clean())
    assert set(quiet.values()) == {Level.ok}
    assert set(quiet) == {
        Check.camera_alive,
        Check.camera_rate,
        Check.camera_fresh,
        Check.camera_frozen,
        Check.flicker,
        Check.camera_moved,
        Check.light_level,
        Check.light_colour,
        Check.light_uneven,
        Check.focus,
        Check.dirty_lens,
    }


def test_a_moved_camera_is_not_also_called_dirty_or_unevenly_lit(scene, reference) -> None:
    found = watched(scene, reference, scene.shifted(scene.clean(), 12, 4))
    assert found[Check.camera_moved] is Level.fail
    assert Check.dirty_lens not in found
    assert Check.light_uneven not in found
    assert found[Check.light_level] is Level.ok


def test_the_hand_is_judged_only_in_the_start_pose(scene, reference) -> None:
    found = watched(scene, reference, scene.clean() * 0.5, on_hand=True, in_start_pose=False)
    assert Check.light_level not in found


def test_without_a_reference_it_says_so(scene) -> None:
    watch = CameraWatch("top", 30, Reference({}), LIMITS)
    view = scene.shoot(scene.clean())
    watch.frame(view, 0)
    watch.look(view, in_start_pose=True)
    assert by_check(watch.findings(1000))[Check.camera_moved] is Level.unsure
