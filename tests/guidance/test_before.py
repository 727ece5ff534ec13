"""What the checks say before a take, gathered from cameras, table, object, arm, calibration and disk."""

from __future__ import annotations

import numpy as np
import pytest

from app.checks.models import Check, Finding, Level
from app.checks.readiness import CameraControls
from app.checks.thresholds import Thresholds
from app.datasets.models import EpisodeKind
from app.devices.models import Placement, Start
from app.guidance.before import Calibrated, Facts, before_findings
from app.guidance.detector import Seen, Unseen
from app.guidance.guide import Guide
from app.guidance.plan import Plan
from app.guidance.stations import Station

from .test_guide import of_kind, seen

LIMITS = Thresholds()
ORDER = Facts(
    cameras=[Finding(Check.camera_alive, Level.ok, "The top camera delivers.", subject="top")],
    scene=[Finding(Check.intruder, Level.ok, "Nothing lies about.")],
    controls={"top": CameraControls(False, False)},
    position={"pan": 0.4},
    start={"pan": 0.0},
    calibrated=Calibrated(True, 2.0),
    disk_minutes=300.0,
)


def said(facts: Facts, guide: Guide | None) -> dict[Check, Level]:
    return {finding.check: finding.level for finding in before_findings(facts, guide, LIMITS)}


@pytest.fixture
def guide(small_plan: Plan) -> Guide:
    guide = of_kind(small_plan, EpisodeKind.nominal)
    assert guide.target is not None
    guide.look(seen(guide.target.placement))
    return guide


def test_in_order_everything_is_green(guide: Guide) -> None:
    found = said(ORDER, guide)
    assert set(found.values()) == {Level.ok}
    assert {Check.object_in_place, Check.start_pose, Check.calibration, Check.disk, Check.exposure_locked} <= set(found)


def test_without_a_plan_only_what_needs_none_is_said() -> None:
    assert set(said(ORDER, None)) == {
        Check.camera_alive,
        Check.exposure_locked,
        Check.white_balance_locked,
        Check.disk,
    }


def test_an_object_off_its_mark_warns_and_a_missing_one_fails(guide: Guide) -> None:
    assert guide.target is not None
    guide.look(seen(guide.target.placement, 3.0))
    assert said(ORDER, guide)[Check.object_in_place] is Level.warn
    guide.look(Unseen("No tea bag is to be seen on the table.", missing=True))
    assert said(ORDER, guide)[Check.object_present] is Level.fail


def test_where_vision_abstains_the_word_lets_a_take_start_and_is_not_called_seen(guide: Guide) -> None:
    guide.look(Unseen("The tea bag is partly hidden."))
    assert said(ORDER, guide)[Check.object_present] is Level.unsure
    guide.word(True)
    finding = next(f for f in before_findings(ORDER, guide, LIMITS) if f.check is Check.object_present)
    assert finding.level is Level.unsure
    assert "the operator says" in finding.text


def test_a_recovery_begins_away_from_the_start_pose_and_with_the_object_hidden(small_plan: Plan) -> None:
    guide = of_kind(small_plan, EpisodeKind.recovery)
    guide.look(Unseen("No tea bag is to be seen on the table.", missing=True))
    away = Facts(position={"pan": 40.0}, start={"pan": 0.0}, calibrated=Calibrated(True, known=True))
    found = said(away, guide)
    assert (found[Check.object_present], found[Check.start_pose]) == (Level.unsure, Level.ok)
    assert guide.target is not None
    guide.truth(None, guide.target.start)
    assert said(away, guide)[Check.object_present] is Level.ok


def test_an_arm_away_from_its_start_pose_fails_a_nominal_take(guide: Guide) -> None:
    away = Facts(position={"pan": 40.0}, start={"pan": 0.0}, calibrated=Calibrated(True, 1.0), disk_minutes=300.0)
    assert said(away, guide)[Check.start_pose] is Level.fail


@pytest.mark.parametrize(
    ("calibrated", "level"),
    [
        (Calibrated(), Level.fail),
        (Calibrated(True, 40.0), Level.warn),
        (Calibrated(True, None), Level.unsure),
        (Calibrated(True, known=True), Level.ok),
    ],
)
def test_the_calibration_is_there_and_young(guide: Guide, calibrated: Calibrated, level: Level) -> None:
    assert said(Facts(calibrated=calibrated), guide)[Check.calibration] is level


def test_a_simulator_that_says_elsewhere_does_not_make_a_missing_object_good(small_plan: Plan) -> None:
    guide = Guide(small_plan, Station())
    guide.look(Unseen("No tea bag is to be seen on the table.", missing=True))
    guide.truth(Placement(-400, 0, 0), Start.nominal)
    assert said(ORDER, guide)[Check.object_present] is Level.fail


def test_seen_numbers_are_those_of_the_mark(guide: Guide) -> None:
    assert guide.target is not None
    at = guide.target.placement
    guide.look(Seen(Placement(at.x_cm + 3, at.y_cm + 4, at.yaw_deg), 0.9, np.zeros((4, 2))))
    finding = next(f for f in before_findings(ORDER, guide, LIMITS) if f.check is Check.object_in_place)
    assert finding.numbers["offset_cm"] == pytest.approx(5.0)
