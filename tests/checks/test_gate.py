"""The gatekeeper, the row of lights and the judge of a take."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.checks.during import RowFacts
from app.checks.episode import JointRange
from app.checks.gatekeeper import Gatekeeper, NothingToOverride, NotSoft
from app.checks.judge import TakeJudge
from app.checks.lights import is_hard, label_of, lights, numbers_of
from app.checks.models import Check, Finding, Level
from app.checks.thresholds import Thresholds
from app.checks.verdict import Colour, checks_json
from app.core.errors import Invalid

JOINTS = (JointRange("pan", "deg", -110, 110), JointRange("gripper", "percent", 0, 100))
MOVED = Finding(Check.camera_moved, Level.fail, "The top camera has moved.", "Turn it back.", {"shift_px": 9.0}, "top")
DARK = Finding(Check.light_level, Level.warn, "It is 10% darker.", "Lamp.", {"change": -0.1}, "top")
FINE = Finding(Check.disk, Level.ok, "The disk has room.", "", {"minutes": 300.0})


# ---- the gate ----


def keeper(*findings: Finding) -> Gatekeeper:
    made = Gatekeeper()
    made.see(findings)
    return made


def test_a_hard_failure_closes_the_gate_and_says_what_to_do() -> None:
    gate = keeper(MOVED, FINE).gate
    assert not gate.open
    assert gate.reason == "The top camera has moved. Turn it back."


def test_a_warning_leaves_it_open_and_can_be_snoozed_for_the_session() -> None:
    made = keeper(DARK, FINE)
    assert made.gate.open
    assert [f.key for f in made.gate.warnings] == ["light_level:top"]
    made.snooze("light_level:top", True)
    assert made.gate.warnings == ()
    assert json.loads(checks_json(made.findings, snoozed=sorted(made.snoozed)))["light_level:top"]["snoozed"] is True
    made.snooze("light_level:top", False)
    assert len(made.gate.warnings) == 1


def test_a_failure_cannot_be_snoozed_nor_what_no_check_is_called() -> None:
    made = keeper(MOVED, FINE)
    with pytest.raises(NotSoft, match="only a warning"):
        made.snooze("camera_moved:top", True)
    with pytest.raises(NotSoft):
        made.snooze("disk", True)
    with pytest.raises(Invalid, match="no check"):
        made.snooze("weather", True)


def test_a_snoozed_warning_that_becomes_a_failure_closes_the_gate() -> None:
    made = keeper(DARK)
    made.snooze("light_level:top", True)
    made.see([Finding(Check.light_level, Level.fail, "Dark.", "Lamp.", subject="top")])
    assert not made.gate.open


def test_a_lead_overrides_these_failures_and_no_others() -> None:
    made = keeper(MOVED)
    made.overrule("The mount is being printed.", "Grace")
    assert made.gate.open
    assert made.override_in_use == "The mount is being printed."
    made.see([MOVED, Finding(Check.intruder, Level.fail, "Something.", "Take it away.")])
    assert not made.gate.open
    assert made.override_in_use == ""
    made.see([FINE])
    assert made.override_in_use == "", "recorded only where it was needed"
    made.see([MOVED])
    made.overrule("", "Grace")
    assert not made.gate.open


def test_nothing_fails_nothing_to_override() -> None:
    with pytest.raises(NothingToOverride):
        keeper(FINE).overrule("Because.", "Grace")


# ---- the lights ----


def test_lights_gather_findings_by_camera_and_by_what_is_seen() -> None:
    row = lights([MOVED, DARK, FINE, Finding(Check.focus, Level.ok, "In focus.", subject="top")])
    assert [(light.key, light.level) for light in row] == [
        ("camera.top", Level.fail),
        ("light", Level.warn),
        ("disk", Level.ok),
    ]
    assert row[0].worst.text == MOVED.text
    assert len(row[0].findings) == 2


def test_a_snoozed_warning_does_not_light() -> None:
    [light] = lights([DARK], snoozed={DARK.key})
    assert light.level is Level.ok


def test_every_check_has_a_label_and_every_number_a_unit_or_none_on_purpose() -> None:
    bare = {"cells", "points", "agreeing", "z", "looked", "missed", "late", "repeated", "rows", "lab_distance", "off"}
    names = [
        *("shift_px", "shift_deg", "roll_deg", "rate_hz", "asked_hz", "age_ms", "same_for_s", "offset_cm", "turn_deg"),
        *("largest_cm2", "age_days", "minutes", "share", "jump", "kelvin", "sharpness", "way_mm", "jerk", "ripple"),
    ]
    for check in Check:
        assert label_of(Finding(check, Level.ok, "."))[0].isupper()
    for name in [*names, *bare]:
        [(told, label, _, unit)] = numbers_of(Finding(Check.disk, Level.ok, ".", "", {name: 1.0}))
        assert told == name
        assert label
        assert bool(unit) == (name not in bare), name


def test_shares_are_shown_in_percent() -> None:
    [(_, label, value, unit)] = numbers_of(Finding(Check.late_frames, Level.ok, ".", "", {"share": 0.125}))
    assert (label, value, unit) == ("share", 12.5, "%")


def test_what_only_warns_is_soft() -> None:
    assert is_hard(MOVED)
    assert not is_hard(Finding(Check.object_in_place, Level.warn, "Off."))


# ---- the judge ----


def judge_of(rows: int = 90, **kwargs) -> TakeJudge:
    judge = TakeJudge("u", JOINTS, Thresholds(), **kwargs)
    for index in range(rows):
        pan = 20 * np.sin(index / 15)
        gripper = 60.0 if 20 < index < 70 else 5.0
        row = RowFacts(index / 30, (pan, gripper), (pan, gripper), (), 0, {"top": 8.0}, {"top": False})
        judge.row(row, (300 * np.cos(pan / 20), 300 * np.sin(pan / 20), 50.0))
    return judge


def test_the_verdict_joins_what_was_before_what_happened_and_what_was_left() -> None:
    verdict = judge_of(before=[DARK]).close({"top": 90})
    assert verdict.colour is Colour.amber
    assert DARK.text in verdict.reasons
    checks = {finding.check for finding in verdict.findings}
    assert {Check.light_level, Check.missed_ticks, Check.rows_and_frames, Check.gripper_use} <= checks


def test_frames_that_are_missing_make_it_red() -> None:
    verdict = judge_of().close({"top": 89})
    assert verdict.colour is Colour.red
    assert "89 frames for 90 rows" in verdict.reasons[0]


def test_a_take_without_rows_is_red_and_no_crash() -> None:
    assert judge_of(rows=0).close({}).colour is Colour.red


@pytest.mark.parametrize("rows", range(1, 15))
def test_a_take_of_any_length_gets_a_verdict(rows: int) -> None:
    assert judge_of(rows).close({"top": rows}).findings


def test_trouble_is_told_while_the_take_runs() -> None:
    judge = judge_of()
    assert judge.trouble() == []
    judge.light("top", 1.0)
    judge.light("top", 1.3)
    assert [finding.check for finding in judge.trouble()] == [Check.light_jump]


def test_an_object_under_the_hand_or_in_the_claws_is_not_out_of_view() -> None:
    judge = judge_of(object_mm=(300.0, 0.0))
    for _ in range(8):
        judge.saw_object(False)
    assert Check.object_in_view not in {f.check for f in judge.close({"top": 90}).findings if f.level is Level.warn}


def test_an_object_that_is_gone_while_the_arm_is_elsewhere_is_out_of_view() -> None:
    judge = TakeJudge("u", JOINTS, Thresholds(), object_mm=(100.0, 300.0))
    for index in range(40):
        row = RowFacts(index / 30, (index / 4, 50.0), (index / 4, 50.0), (), 0, {"top": 8.0}, {"top": False})
        judge.row(row, (300.0, -100.0 - index, 50.0))
        if index % 4 == 0:
            judge.saw_object(False)
    assert Check.object_in_view in {f.check for f in judge.close({"top": 40}).findings if f.level is Level.warn}
