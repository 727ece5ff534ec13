"""During and after a take, the start gate and the verdict."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from app.checks.after import after_findings
from app.checks.during import RowFacts, TakeWatch
from app.checks.episode import EpisodeSignals, JointRange, Swing, Usual, gripper_swings, jerk_rms, longest_idle_s
from app.checks.models import Check, Finding, Level
from app.checks.readiness import CameraControls, calibration_finding, disk_finding, lock_findings
from app.checks.scene import ObjectSeen, object_findings, start_pose_finding
from app.checks.thresholds import Thresholds
from app.checks.verdict import Colour, checks_json, gate, is_known, verdict

LIMITS = Thresholds()
JOINTS = (
    JointRange("pan", "deg", -110, 110),
    JointRange("lift", "deg", -100, 100),
    JointRange("gripper", "percent", 0, 100),
)


def level_of(findings: list[Finding], check: Check) -> Level:
    return next(finding.level for finding in findings if finding.check is check)


# ---- during ----


def watch(count: int = 120, edit=lambda index, row: row) -> list[Finding]:
    watch = TakeWatch(JOINTS, LIMITS)
    for index in range(count):
        position = (10 * np.sin(index / 20), 5 * np.cos(index / 20), 30.0)
        row = RowFacts(index / 30, position, position, (), 0, {"top": 8.0, "left": 14.0}, {"top": False, "left": False})
        watch.row(edit(index, row))
    return watch.findings()


def test_a_clean_take_is_quiet() -> None:
    assert {finding.level for finding in watch()} == {Level.ok}


def test_nothing_recorded_says_nothing() -> None:
    assert TakeWatch(JOINTS, LIMITS).findings() == []


@pytest.mark.parametrize(
    ("check", "edit"),
    [
        (Check.missed_ticks, lambda i, row: replace(row, missed=int(i % 10 == 0))),
        (Check.late_frames, lambda i, row: replace(row, age_ms={**row.age_ms, "left": 70.0})),
        (Check.late_frames, lambda i, row: replace(row, repeated={"top": i % 5 == 0, "left": False})),
        (Check.skew, lambda i, row: replace(row, age_ms={"top": 2.0, "left": 48.0})),
        (
            Check.not_following,
            lambda i, row: replace(row, action=(row.action[0] + (30 if 40 < i < 70 else 0), *row.action[1:])),
        ),
        (Check.clamped, lambda i, row: replace(row, clamped=("lift",) if i % 2 else ())),
    ],
)
def test_trouble_in_a_take_is_found(check: Check, edit) -> None:
    findings = [finding for finding in watch(edit=edit) if finding.check is check]
    assert Level.warn in {finding.level for finding in findings}
    assert all(finding.todo for finding in findings if finding.level is Level.warn)


def test_a_short_lag_and_a_holding_gripper_are_no_trouble() -> None:
    def lag(index: int, row: RowFacts) -> RowFacts:
        return replace(row, action=(row.action[0] + (30 if index % 12 == 0 else 0), row.action[1], 0.0))

    assert level_of(watch(edit=lag), Check.not_following) is Level.ok


def test_light_that_jumps_and_a_camera_that_moves_within_the_take() -> None:
    watch = TakeWatch(JOINTS, LIMITS)
    watch.row(RowFacts(0.0, (0, 0, 0), (0, 0, 0), age_ms={"top": 5.0}))
    for level in (1.0, 1.01, 0.88, 1.0):
        watch.light("top", level)
    for shift, said in ((0.0, Level.ok), (9.0, Level.fail), (0.5, Level.ok)):
        watch.mount(Finding(Check.moved_in_take, said, "", "", {"shift_px": shift}, "top"))
    findings = watch.findings()
    assert level_of(findings, Check.light_jump) is Level.warn
    assert level_of(findings, Check.moved_in_take) is Level.fail


# ---- after ----


def episode(seconds: float = 8.0) -> EpisodeSignals:
    """Reach, grasp, carry, let go: smooth, and directly."""
    rows = round(seconds * 30)
    time = np.arange(rows) / 30
    phase = time / seconds
    pan = 40 * np.sin(2 * np.pi * phase)
    lift = 30 * np.cos(2 * np.pi * phase)
    gripper = np.interp(phase, [0, 0.2, 0.4, 0.45, 0.9, 0.95, 1], [3, 45, 45, 22, 22, 45, 45])
    state = np.stack([pan, lift, gripper], axis=1)
    tool = np.stack([200 + 100 * phase, 150 * phase, 80 * np.sin(np.pi * phase)], axis=1)
    return EpisodeSignals(time, state, state, JOINTS, tool, {"top": rows, "left": rows}, (True,) * 8)


USUAL = Usual([7.5, 8.0, 8.2, 7.9, 8.4, 7.7, 8.1, 9.0], [jerk_rms(episode())] * 8)


def test_a_clean_episode_is_quiet() -> None:
    assert {finding.level for finding in after_findings(episode(), USUAL, LIMITS)} == {Level.ok}


def _constant_gripper(value: float):
    def edit(signals: EpisodeSignals) -> EpisodeSignals:
        state = signals.state.copy()
        state[:, 2] = value
        return replace(signals, state=state)

    return edit


def _gripper(points: list[float], values: list[float]):
    def edit(signals: EpisodeSignals) -> EpisodeSignals:
        state = signals.state.copy()
        state[:, 2] = np.interp(np.linspace(0, 1, signals.rows), points, values)
        return replace(signals, state=state)

    return edit


def _pause(signals: EpisodeSignals) -> EpisodeSignals:
    order = np.sort(np.concatenate([np.arange(signals.rows), np.full(80, 100)]))
    counts = dict.fromkeys(signals.frames, len(order))
    return replace(
        signals,
        time_s=np.arange(len(order)) / 30,
        state=signals.state[order],
        tool_mm=signals.tool_mm[order],
        frames=counts,
    )


def _lean(signals: EpisodeSignals) -> EpisodeSignals:
    state = signals.state.copy()
    state[50:200, 1] = 100
    return replace(signals, state=state)


@pytest.mark.parametrize(
    ("check", "edit", "says"),
    [
        (Check.rows_and_frames, lambda s: replace(s, frames={"top": s.rows, "left": s.rows - 2}), "left video has"),
        (Check.length, lambda s: replace(s, time_s=2.5 * s.time_s), "8.1 s is usual"),
        (Check.idle, _pause, "stood still for 2"),
        (
            Check.jerk,
            lambda s: replace(s, state=s.state + np.random.default_rng(0).normal(0, 1, s.state.shape)),
            "jerky",
        ),
        (Check.gripper_use, _constant_gripper(3.0), "never opened or closed"),
        (Check.gripper_use, _gripper([0, 0.3, 1], [3, 45, 45]), "opened and never closed"),
        (Check.gripper_use, _gripper([0, 0.3, 0.6, 1], [3, 45, 20, 20]), "closed and never opened again"),
        (
            Check.path,
            lambda s: replace(s, tool_mm=s.tool_mm + 150 * np.sin(np.arange(s.rows)[:, None] / 2)),
            "times as far",
        ),
        (Check.path, lambda s: replace(s, tool_mm=0 * s.tool_mm), "hardly moved"),
        (Check.saturated, _lean, "lift was at its limit"),
        (
            Check.object_in_view,
            lambda s: replace(s, object_seen=(False,) * 6 + (True,) * 2),
            "out of the top camera's view",
        ),
    ],
)
def test_trouble_in_an_episode_is_found(check: Check, edit, says: str) -> None:
    finding = next(f for f in after_findings(edit(episode()), USUAL, LIMITS) if f.check is check)
    assert finding.level in (Level.warn, Level.fail)
    assert says in finding.text
    assert finding.todo


def test_an_empty_take_fails_at_once() -> None:
    empty = EpisodeSignals(np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)), JOINTS)
    findings = after_findings(empty, USUAL, LIMITS)
    assert [(f.check, f.level) for f in findings] == [(Check.rows_and_frames, Level.fail)]


def test_without_enough_episodes_length_and_jerk_are_unsure() -> None:
    findings = after_findings(episode(), Usual([8.0], [1.0]), LIMITS)
    assert level_of(findings, Check.length) is Level.unsure
    assert level_of(findings, Check.jerk) is Level.unsure
    assert verdict(findings).colour is Colour.green


def test_one_odd_episode_does_not_hide_another() -> None:
    usual = replace(USUAL, durations_s=[*USUAL.durations_s, 60.0])
    long = replace(episode(), time_s=2.5 * episode().time_s)
    assert level_of(after_findings(long, usual, LIMITS), Check.length) is Level.warn


def test_swings_ignore_small_movements() -> None:
    travel = np.array([2, 4, 3, 45, 43, 45, 22, 24, 22, 45], float)
    assert gripper_swings(travel, 6.0) == [Swing.opens, Swing.closes, Swing.opens]
    assert gripper_swings(np.array([45.0, 44, 20, 21, 46]), 6.0) == [Swing.closes, Swing.opens]


def test_idle_is_the_longest_single_stretch() -> None:
    assert longest_idle_s(episode(), LIMITS.idle_deg_s) < 0.5
    assert longest_idle_s(_pause(episode()), LIMITS.idle_deg_s) == pytest.approx(80 / 30, abs=0.3)


# ---- before: what needs no picture ----


def test_cameras_that_adjust_themselves_are_named() -> None:
    levels = [f.level for f in lock_findings("top", CameraControls(True, None))]
    assert levels == [Level.warn, Level.unsure]
    assert [f.level for f in lock_findings("top", CameraControls(False, False))] == [Level.ok, Level.ok]


def test_calibration_and_disk() -> None:
    assert calibration_finding(None, LIMITS, present=False).level is Level.fail
    assert calibration_finding(40, LIMITS, present=True).level is Level.warn
    assert calibration_finding(0.5, LIMITS, present=True).text == "The table was calibrated today."
    assert calibration_finding(None, LIMITS, present=True).level is Level.unsure
    assert [disk_finding(m, LIMITS).level for m in (600, 30, 2, None)] == [
        Level.ok,
        Level.warn,
        Level.fail,
        Level.unsure,
    ]


def test_the_start_pose() -> None:
    start = {"pan": 0.0, "lift": -5.0}
    assert start_pose_finding({"pan": 1.0, "lift": -6.0}, start, LIMITS).level is Level.ok
    off = start_pose_finding({"pan": 1.0, "lift": -15.0}, start, LIMITS)
    assert (off.level, off.subject) == (Level.fail, "lift")
    assert start_pose_finding({"pan": 50.0}, start, LIMITS, expected=False).level is Level.ok
    assert start_pose_finding({}, start, LIMITS).level is Level.unsure


def test_the_object_present_missing_hidden_and_off_its_mark() -> None:
    def levels(seen: ObjectSeen) -> list[Level]:
        return [f.level for f in object_findings(seen, name="tea bag", tolerance_cm=1, tolerance_deg=10)]

    assert levels(ObjectSeen(True, offset_cm=0.4, turn_deg=-8)) == [Level.ok, Level.ok]
    assert levels(ObjectSeen(True, offset_cm=1.4, turn_deg=0)) == [Level.ok, Level.warn]
    assert levels(ObjectSeen(True, offset_cm=0.4, turn_deg=-12)) == [Level.ok, Level.warn]
    assert levels(ObjectSeen(True)) == [Level.ok]
    assert levels(ObjectSeen(False, "No tea bag is to be seen on the table.", missing=True)) == [Level.fail]
    assert levels(ObjectSeen(False, "The tea bag is partly hidden.")) == [Level.unsure]


# ---- gate and verdict ----

HARD = Finding(Check.camera_moved, Level.fail, "The top camera has moved.", "Turn it back.", subject="top")
SOFT = Finding(Check.light_level, Level.warn, "It is darker.", "Set the lamps.", {"change": -0.1}, "top")
FINE = Finding(Check.disk, Level.ok, "Room enough.")


def test_a_hard_failure_disables_start_and_says_what_to_do() -> None:
    shut = gate([FINE, SOFT, HARD])
    assert not shut.open
    assert shut.reason == "The top camera has moved. Turn it back."
    assert [f.key for f in shut.warnings] == ["light_level:top"]


def test_a_soft_one_warns_and_can_be_snoozed_a_hard_one_cannot() -> None:
    calm = gate([SOFT, FINE], snoozed=["light_level:top"])
    assert calm.open
    assert calm.warnings == ()
    assert calm.snoozed == (SOFT,)
    assert not gate([HARD], snoozed=[HARD.key]).open


def test_a_lead_overrides_with_a_reason_only() -> None:
    assert gate([HARD], override="New mount, reference follows.").open
    assert not gate([HARD], override="  ").open


def test_the_verdict_puts_reasons_first_and_worst() -> None:
    said = verdict([FINE, SOFT, HARD])
    assert said.colour is Colour.red
    assert said.reasons == ("The top camera has moved.", "It is darker.")
    assert verdict([SOFT]).colour is Colour.amber
    assert verdict([FINE]).colour is Colour.green


def test_the_stored_column_holds_levels_numbers_and_snoozes() -> None:
    stored = json.loads(checks_json([SOFT, FINE], snoozed=["light_level:top"]))
    assert stored["light_level:top"] == {
        "level": "warn",
        "text": "It is darker.",
        "numbers": {"change": -0.1},
        "snoozed": True,
    }
    assert stored["disk"] == {"level": "ok", "text": "", "numbers": {}}
    assert is_known("light_level:top")
    assert not is_known("weather:top")
