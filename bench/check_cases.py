"""One disturbance for every check, and how to arrange it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np

from app.checks.during import RowFacts
from app.checks.episode import EpisodeSignals
from app.checks.models import Check, Finding, Level
from app.checks.readiness import CameraControls
from app.checks.view import View
from app.simulation.scene import CAMERAS
from bench.check_runs import FPS, CheckRuns, Situation

ALARMS = (Level.warn, Level.fail)


@dataclass(frozen=True)
class Case:
    """`run` arranges the disturbance by seed and gives what the checks say; `demanded` ones have a bound of 95 %."""

    name: str
    check: Check
    run: Callable[[CheckRuns, int], list[Finding]]
    demanded: bool = False

    def found(self, runs: CheckRuns, seed: int) -> bool:
        """Whether this very check raised the alarm; another one's does not count."""
        return any(f.check is self.check and f.level in ALARMS for f in self.run(runs, seed))


def cases() -> list[Case]:
    return [*_demanded(), *_before(), *_during(), *_after()]


def _demanded() -> list[Case]:
    def of_one_camera(
        name: str, amount: Callable[[np.random.Generator], float]
    ) -> Callable[[CheckRuns, int], list[Finding]]:
        def run(runs: CheckRuns, seed: int) -> list[Finding]:
            random = np.random.default_rng((seed, 1))
            camera = str(random.choice(CAMERAS))
            said = runs.before(seed, Situation(scene={f"{name}.{camera}": amount(random)}))
            return [finding for finding in said if finding.subject == camera]

        return run

    def sign(random: np.random.Generator) -> float:
        return float(random.choice([-1.0, 1.0]))

    def by_sign(key: str, amount: float) -> Callable[[CheckRuns, int], list[Finding]]:
        return lambda runs, seed: runs.before(
            seed, Situation(scene={key: amount * sign(np.random.default_rng((seed, 2)))})
        )

    def intruder(runs: CheckRuns, seed: int) -> list[Finding]:
        reach = float(np.random.default_rng((seed, 3)).uniform(0.8, 1.0))
        return runs.before(seed, Situation(scene={"intruder": reach}))

    return [
        Case("nudged_1_deg", Check.camera_moved, of_one_camera("nudge", sign), True),
        Case("light_15_percent", Check.light_level, by_sign("light", 15.0), True),
        Case("colour_300_k", Check.light_colour, by_sign("colour_by", 300.0), True),
        Case("frozen", Check.camera_frozen, of_one_camera("freeze", lambda random: 1.0), True),
        Case("blurred_2_px", Check.focus, of_one_camera("blur", lambda random: 2.0), True),
        Case("object_missing", Check.object_present, _with(Situation(object_there=False)), True),
        Case("intruder", Check.intruder, intruder, True),
    ]


def _before() -> list[Case]:
    def every_second(camera: str, index: int) -> bool:
        return camera != "left" or index % 2 == 0

    return [
        Case("silent", Check.camera_alive, _with(Situation(due=lambda camera, index: camera != "left"))),
        Case("half_rate", Check.camera_rate, _with(Situation(due=every_second))),
        Case("stale_300_ms", Check.camera_fresh, _with(Situation(wait_ms=300.0))),
        Case("half_in_shade", Check.light_uneven, _with(Situation(edit=_shade))),
        Case("flicker_4_percent", Check.flicker, _with(Situation(ripple=0.04))),
        Case("exposure_automatic", Check.exposure_locked, _neglected),
        Case("white_balance_automatic", Check.white_balance_locked, _neglected),
        Case("smudge", Check.dirty_lens, _with(Situation(edit=_smudge))),
        Case("weak_contrast", Check.contrast, _weak_contrast),
        Case("arm_off_8_deg", Check.start_pose, _neglected),
        Case("object_off_2_cm", Check.object_in_place, _with(Situation(off_target_cm=2.0))),
        Case("calibration_40_days", Check.calibration, _neglected),
        Case("disk_3_minutes", Check.disk, _neglected),
    ]


def _during() -> list[Case]:
    def with_rows(edit: Callable[[int, RowFacts], RowFacts]) -> Callable[[CheckRuns, int], list[Finding]]:
        def run(runs: CheckRuns, seed: int) -> list[Finding]:
            take = runs.demonstration(seed)
            rows = tuple(edit(index, row) for index, row in enumerate(take.rows))
            return runs.during(replace(take, rows=rows, snapshots=()))

        return run

    def changed(change: Mapping[str, float]) -> Callable[[CheckRuns, int], list[Finding]]:
        return lambda runs, seed: runs.during(runs.demonstration(seed), change=change)

    def late(index: int, row: RowFacts) -> RowFacts:
        again = index % 8 == 0
        return replace(
            row, age_ms={**row.age_ms, "left": 60.0 if again else 10.0}, repeated={**row.repeated, "left": again}
        )

    def stuck(index: int, row: RowFacts) -> RowFacts:
        held = 60 <= index < 60 + FPS
        return replace(row, action=(row.action[0] + (20.0 if held else 0.0), *row.action[1:]))

    return [
        Case("deadlines_missed", Check.missed_ticks, with_rows(lambda i, row: replace(row, missed=int(i % 20 == 0)))),
        Case("camera_late", Check.late_frames, with_rows(late)),
        Case("cameras_apart", Check.skew, with_rows(lambda i, row: replace(row, age_ms={**row.age_ms, "top": 70.0}))),
        Case("light_jumps_15_percent", Check.light_jump, changed({"light": -15.0})),
        Case("nudged_in_take", Check.moved_in_take, changed({"nudge.top": 1.0})),
        Case("joint_stuck", Check.not_following, with_rows(stuck)),
        Case(
            "commands_cut",
            Check.clamped,
            with_rows(lambda i, row: replace(row, clamped=("elbow_flex",) if i % 3 == 0 else ())),
        ),
    ]


def _after() -> list[Case]:
    def with_signals(
        edit: Callable[[EpisodeSignals, np.random.Generator], EpisodeSignals],
    ) -> Callable[[CheckRuns, int], list[Finding]]:
        def run(runs: CheckRuns, seed: int) -> list[Finding]:
            return runs.after(edit(runs.demonstration(seed).signals, np.random.default_rng((seed, 4))))

        return run

    def jerky(signals: EpisodeSignals, random: np.random.Generator) -> EpisodeSignals:
        return replace(signals, state=signals.state + random.normal(0, 1.0, signals.state.shape))

    def wandering(signals: EpisodeSignals, random: np.random.Generator) -> EpisodeSignals:
        detour = 120 * np.sin(np.arange(signals.rows)[:, None] / np.array([2.0, 2.6, 3.1]))
        return replace(signals, tool_mm=signals.tool_mm + detour)

    def leaning(signals: EpisodeSignals, random: np.random.Generator) -> EpisodeSignals:
        state = signals.state.copy()
        state[signals.rows // 4 : 3 * signals.rows // 4, 1] = signals.joints[1].upper
        return replace(signals, state=state)

    def gripper_shut(signals: EpisodeSignals, random: np.random.Generator) -> EpisodeSignals:
        state = signals.state.copy()
        state[:, -1] = 3.0
        return replace(signals, state=state)

    return [
        Case(
            "frame_lost",
            Check.rows_and_frames,
            with_signals(lambda s, _: replace(s, frames={**s.frames, "top": s.rows - 1})),
        ),
        Case("three_times_as_long", Check.length, with_signals(lambda s, _: replace(s, time_s=3 * s.time_s))),
        Case("waits_3_s", Check.idle, with_signals(_wait)),
        Case("jerky", Check.jerk, with_signals(jerky)),
        Case("gripper_never_opened", Check.gripper_use, with_signals(gripper_shut)),
        Case("wandering", Check.path, with_signals(wandering)),
        Case("at_a_limit", Check.saturated, with_signals(leaning)),
        Case(
            "object_hidden",
            Check.object_in_view,
            with_signals(lambda s, _: replace(s, object_seen=(False,) * 8 + (True,) * 4)),
        ),
    ]


@cache
def _neglected(runs: CheckRuns, seed: int) -> list[Finding]:
    """What needs no picture to be found, all in one run: drawing it five times would tell nothing more."""
    controls = CameraControls(auto_exposure=True, auto_white_balance=True)
    return runs.before(seed, Situation(arm_off=8.0, controls=controls, calibration_days=40.0, disk_minutes=3.0))


def _with(situation: Situation) -> Callable[[CheckRuns, int], list[Finding]]:
    return lambda runs, seed: runs.before(seed, situation)


def _wait(signals: EpisodeSignals, _: np.random.Generator) -> EpisodeSignals:
    """The arm holds for three seconds in the middle."""
    order = np.sort(np.concatenate([np.arange(signals.rows), np.full(3 * FPS, signals.rows // 2)]))
    return replace(
        signals,
        time_s=np.arange(len(order)) / FPS,
        state=signals.state[order],
        action=signals.action[order],
        tool_mm=signals.tool_mm[order],
        frames=dict.fromkeys(signals.frames, len(order)),
    )


def _shade(camera: str, view: View) -> View:
    """The picture's right side a quarter darker, with a soft border."""
    ramp = 1 - 0.25 / (1 + np.exp((view.width * 0.6 - np.arange(view.width)) / 30.0))
    return View.of_bgr(np.clip(view.bgr * ramp[None, :, None], 0, 255).astype(np.uint8))


def _smudge(camera: str, view: View) -> View:
    """A greasy finger on the left camera's lens: an eighth of the picture smeared."""
    if camera != "left":
        return view
    mask = np.zeros((view.height, view.width), np.float32)
    cv2.ellipse(mask, (430, 120), (150, 110), 20, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 12)[..., None]
    smeared = cv2.GaussianBlur(view.bgr, (0, 0), 7)
    return View.of_bgr((view.bgr * (1 - mask) + smeared * mask).astype(np.uint8))


def _weak_contrast(runs: CheckRuns, seed: int) -> list[Finding]:
    """Object and table nearly of one colour."""
    return runs.contrast_of_a_faint_object(seed)
