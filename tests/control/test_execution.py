"""A policy's chunks in the control loop, in lock-step: ramped in, interpolated, held in words, never a jump."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bootstrap.policy import make_plan
from app.control import messages
from app.control.messages import Execute, Look, LookAnswer, RunStatus
from app.control.models import POLICY, Fallback, Rank, RunPhase
from app.devices.so101 import SO101
from tests.control.lockstep import LockStep
from tests.control.test_leading import HandHeld

HOME = np.array([joint.home for joint in SO101.joints])
SPEED = np.array([joint.max_speed for joint in SO101.joints])
PAN = np.array([1.0, 0, 0, 0, 0, 0])
HORIZON, FPS = 10, 10.0

type Chunk = Callable[[Look], np.ndarray]


def ahead(look: Look) -> np.ndarray:
    """A degree of pan a step from where the arm is."""
    return np.array(look.position) + np.arange(1, HORIZON + 1)[:, None] * PAN


def at(*offset: float) -> Chunk:
    return lambda look: np.tile(HOME + np.array(offset), (HORIZON, 1))


class Running:
    """A run of a policy whose looks take `latency` ticks; -1: it never answers."""

    def __init__(self, chunk: Chunk = ahead, latency: int = 3, **order: Any) -> None:
        self.rig = LockStep(make_plan=make_plan, leader=order.pop("leader", None))
        self.chunk, self.latency = chunk, latency
        self.beating = True
        self.status: RunStatus | None = None
        self._asked: tuple[int, Look] | None = None
        self._count = 0
        self.rig.tick(2)
        self.rig.rig.runner.serve()
        self.order = Execute(
            **{
                "request": 1,
                "run": 7,
                "label": "The policy",
                "mode": "asynchronous",
                "fps": FPS,
                "horizon": HORIZON,
                "execute": HORIZON,
                "threshold": 0.5,
                "aggregation": "latest_only",
                "coefficient": 0.01,
                "rtc_horizon": 10,
                "schedule": "linear",
                "max_weight": 10.0,
                "continues": False,
                "fallback": Fallback.hold,
                "look_s": 0.1,
                **order,
            }
        )
        self.reply = self.rig.ask(self.order)

    def go(self, ticks: int) -> RunStatus:
        for _ in range(ticks):
            self._count += 1
            if self.beating and self.rig.lease.holder is not None and self.rig.lease.holder.source == POLICY:
                self.rig.beat()
            self._answer()
            self.rig.tick()
            self.status = self.rig.rig.runner.due(self.rig.now_ns) or self.status
        assert self.status is not None
        return self.status

    def _answer(self) -> None:
        if self._asked is None and self.rig.looks:
            self._asked = (self._count, self.rig.looks.pop(0))
        if self._asked is None or self.latency < 0 or self._count < self._asked[0] + self.latency:
            return
        look, self._asked = self._asked[1], None
        rows = tuple(map(tuple, np.asarray(self.chunk(look), float).tolist()))
        self.rig.tell(LookAnswer(look.run, look.look, look.monotonic_ns, rows, {"vision": 1.0, "decoder": 2.0}))

    def until(self, phase: RunPhase, most: int = 600) -> RunStatus:
        for _ in range(most):
            if self.go(1).phase is phase:
                return self.go(0)
        raise AssertionError(f"not {phase} but {self.status}")

    @property
    def sent(self) -> np.ndarray:
        return np.array(self.rig.arm.written)

    def still(self, ticks: int = 20) -> bool:
        """Whether nothing moves for so long."""
        self.go(ticks)
        return bool(np.ptp(self.sent[-ticks + 1 :], axis=0).max() < 1e-9)


def test_a_step_is_glided_through_at_the_control_rate() -> None:
    run = Running()
    status = run.go(180)
    pan = run.sent[-60:, 0]
    assert status.phase is RunPhase.executing
    assert np.diff(pan).max() < 0.25  # a degree in six ticks, smoothed by the gate
    assert np.all(np.diff(pan) >= -1e-9)
    assert (status.starved_ticks, status.refused) == (0, 0)
    assert status.control_hz == pytest.approx(60, rel=0.02)
    assert status.policy_hz is not None
    assert {one.stage for one in status.latency} == {"", "vision", "decoder"}
    assert status.age_p50_ms is not None
    assert 50 <= status.age_p50_ms <= 1100


def test_the_first_action_is_ramped_to_from_where_the_arm_is() -> None:
    run = Running(at(40, 0, 0, 0, 0, 0))
    run.until(RunPhase.entering)
    steps = np.abs(run.rig.steps())
    assert run.until(RunPhase.executing).steps >= 1
    assert np.abs(run.sent[-1] - HOME - 40 * PAN).max() < 1.0
    assert np.abs(run.rig.steps())[:, 0].max() * 60 < 0.6 * SPEED[0]  # gently, not at full speed
    assert steps.max() < 1.5


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (lambda look: ahead(look) * np.where(np.arange(HORIZON) == 8, np.nan, 1.0)[:, None], "not finite"),
        (lambda look: ahead(look) + 90 * PAN * (np.arange(HORIZON) > 5)[:, None], "jumps by 91 deg of shoulder_pan"),
        (lambda look: np.tile(HOME + 200 * PAN, (HORIZON, 1)), "reaches -110 to 110"),
        (lambda look: ahead(look)[:4], "should be"),
        (at(80, 0, 0, 0, 0, 0), "begins with shoulder_pan 80 deg"),
    ],
)
def test_a_chunk_that_may_not_be_executed_holds_the_arm_in_words(rows: Chunk, words: str) -> None:
    run = Running(rows)
    status = run.until(RunPhase.held)
    assert words in status.reason
    assert run.still()
    assert np.abs(run.sent - HOME).max() < 0.1
    assert any(words in note.text and note.level == "error" for note in run.rig.notes)


def test_a_jump_between_chunks_is_refused_while_the_arm_moves() -> None:
    run = Running()
    run.go(90)
    run.chunk = lambda look: np.tile(np.array(look.position) + 70 * PAN, (HORIZON, 1))
    status = run.until(RunPhase.held)
    assert "between two chunks" in status.reason
    assert status.refused == 1
    run.go(30)
    assert run.still()
    run.chunk = ahead
    assert run.rig.ask(messages.ResumeRun(2, 7)).ok
    assert run.until(RunPhase.executing).refused == 1


def test_an_empty_queue_holds_until_the_policy_answers() -> None:
    run = Running()
    run.go(60)
    run.latency = 150
    status = run.until(RunPhase.starved)
    run.go(20)
    assert run.still()
    status = run.until(RunPhase.executing)
    assert status.starved_ticks > 20
    assert status.longest_stall_s > 0.3


def test_slow_stretches_what_is_left() -> None:
    walked = {}
    for fallback in (Fallback.hold, Fallback.slow):
        run = Running(fallback=fallback, latency=90, look_s=1.5)
        run.go(420)
        assert run.status is not None
        walked[fallback] = run.status.starved_ticks
    assert walked[Fallback.slow] < walked[Fallback.hold] / 2


def test_a_retreat_goes_back_the_way_it_came_and_ends_when_the_policy_answers() -> None:
    run = Running(fallback=Fallback.retreat)
    run.go(120)
    far = run.sent[-1, 0]
    run.latency = -1
    run.until(RunPhase.retreating)
    run.go(400)
    back = run.sent[-1]
    assert far > HOME[0] + 4
    assert abs(back[0] - HOME[0]) < 1.5
    assert run.still()
    run.latency = 3
    run.until(RunPhase.waiting)  # that answer saw the arm elsewhere
    run.until(RunPhase.executing)


def test_synchronous_looks_only_when_its_actions_are_done() -> None:
    run = Running(mode="synchronous", execute=5, latency=12)
    run.go(300)
    assert run.status is not None
    assert run.status.steps % 5 == 0 or run.status.phase is RunPhase.executing
    assert run.status.starved_ticks > 10
    assert run.status.late_rows == 0


def test_a_person_takes_over_and_hands_back_and_the_rows_say_so() -> None:
    run = Running()
    run.go(90)
    assert run.rig.take("tab", Rank.person, "Ada").code == "granted"
    assert run.go(2).phase is RunPhase.taken_over
    run.rig.drive(60, lambda: run.rig.jog(0.0, 0.03, 0.0))
    assert run.rig.ticks[-2].intervention
    assert run.rig.ticks[-2].source == "tab"
    assert run.go(1).taken_over_by == "Ada"
    assert not run.rig.looks[1:]
    run.rig.looks.clear()
    run._asked = None
    assert run.rig.ask(messages.ResumeRun(3, 7, run.rig.lease.epoch)).ok
    status = run.until(RunPhase.executing)
    run.go(12)
    assert status.takeovers == 1
    assert not run.rig.ticks[-1].intervention
    assert np.abs(run.rig.steps()).max() * 60 <= SPEED.max() * 1.01


def test_whoever_does_not_hold_the_arm_cannot_hand_it_back() -> None:
    run = Running()
    run.go(60)
    run.rig.take()
    run.go(1)
    assert run.rig.ask(messages.ResumeRun(3, 7, 0)).code == "lease_lost"
    assert run.go(1).phase is RunPhase.taken_over


def test_pause_holds_and_resume_looks_anew() -> None:
    run = Running()
    run.go(90)
    assert run.rig.ask(messages.PauseRun(2, 7)).ok
    assert run.go(20).phase is RunPhase.paused
    assert run.still()
    assert run.rig.ask(messages.ResumeRun(3, 7)).ok
    assert run.until(RunPhase.executing).looks >= 2


def test_a_dead_policy_process_holds_the_arm() -> None:
    run = Running()
    run.go(90)
    run.rig.rig.runner.gone(run.rig.now_ns)
    run.beating = False
    status = run.go(30)
    assert status.phase is RunPhase.held
    assert "process is gone" in status.reason
    assert run.still()
    assert run.rig.ask(messages.ResumeRun(3, 7)).code == "no_policy"


def test_a_silent_heartbeat_holds_at_once_and_then_loses_the_arm() -> None:
    run = Running()
    run.go(90)
    run.beating = False
    run.go(50)
    assert run.still()
    assert "heartbeat" in run.until(RunPhase.held).reason
    assert run.rig.lease.holder is None


def test_the_emergency_stop_holds_the_run_until_a_person_resumes_it() -> None:
    run = Running()
    run.go(90)
    run.rig.tell(messages.Stop("Ada"))
    assert "Emergency stop by Ada" in run.go(5).reason
    assert run.still()
    assert run.rig.ask(messages.ResumeRun(3, 7)).code == "stopped"
    run.rig.ask(messages.ResetStop(4, "tab"))
    run.rig.looks.clear()
    run._asked = None
    assert run.rig.ask(messages.ResumeRun(5, 7)).ok
    run.until(RunPhase.executing)


def test_a_run_ends_in_words_and_gives_the_arm_back() -> None:
    run = Running()
    run.go(60)
    assert run.rig.ask(Execute(**{**_fields(run.order), "request": 9, "run": 8})).code == "no_run"
    assert run.rig.ask(messages.EndRun(2, 7, "Stopped by Ada.")).ok
    status = run.go(30)
    assert (status.phase, status.reason) == (RunPhase.ended, "Stopped by Ada.")
    assert run.rig.lease.holder is None
    assert run.still()


def test_nothing_starts_without_a_policys_process_or_while_a_person_drives() -> None:
    rig = LockStep(make_plan=make_plan)
    rig.tick(2)
    order = Running().order
    assert rig.ask(order).code == "no_policy"
    rig.rig.runner.serve()
    rig.take()
    assert rig.ask(order).code == "lease_held"


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 90), st.floats(-6, 6)), min_size=3, max_size=6),
    st.sampled_from(Fallback),
    st.sampled_from(["asynchronous", "ensembling", "synchronous"]),
    st.sampled_from(["weighted_average", "latest_only", "conservative"]),
    st.sampled_from(["pause", "take", "nothing"]),
)
def test_whatever_happens_the_arm_never_jumps(
    looks: list[tuple[int, float]], fallback: Fallback, mode: str, aggregation: str, event: str
) -> None:
    """Every tick's target is within speed and acceleration of the one before, across chunks, stalls and takeovers."""
    count = 0

    def chunk(look: Look) -> np.ndarray:
        nonlocal count
        run.latency, speed = looks[count % len(looks)]
        count += 1
        return np.array(look.position) + np.arange(1, HORIZON + 1)[:, None] * PAN * speed

    run = Running(chunk, latency=2, fallback=fallback, mode=mode, aggregation=aggregation)
    run.go(100)
    if event == "pause":
        run.rig.ask(messages.PauseRun(2, 7))
        run.go(10)
        run.rig.ask(messages.ResumeRun(3, 7))
    elif event == "take":
        run.rig.take()
        run.rig.drive(10, lambda: run.rig.jog(0.0, 0.05, 0.0))
        run.rig.ask(messages.ResumeRun(3, 7, run.rig.lease.epoch))
    run.go(120)
    steps = run.rig.steps()
    slew = np.array([joint.max_acceleration for joint in SO101.joints]) / 60**2
    assert np.abs(steps).max() <= SPEED.max() / 60 + 1e-6
    assert (np.abs(np.diff(steps, axis=0)) <= slew + 1e-6).all()


def _fields(order: Execute) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__struct_fields__}


def push(run: Running, share: float, ticks: int, source: str = "pad") -> RunStatus:
    """So far pushed for so many ticks by somebody who does not have the arm."""
    for _ in range(ticks):
        run.rig.tell(messages.Push(source, "Ada (gamepad)", share, run.rig.now_ns))
        run.go(1)
    return run.go(0)


@pytest.mark.parametrize("paused", [False, True])
def test_moving_any_input_takes_over_at_once_and_the_person_is_ramped_in(paused: bool) -> None:
    run = Running()
    run.until(RunPhase.executing)
    if paused:
        assert run.rig.ask(messages.PauseRun(3, 7)).ok
    assert push(run, 0.04, 60).phase is (RunPhase.paused if paused else RunPhase.executing)  # a stick that rests
    before = len(run.rig.arm.written)
    status = push(run, 0.2, 6)
    assert (status.phase, status.taken_over_by, status.takeovers) == (RunPhase.taken_over, "Ada (gamepad)", 1)
    assert run.rig.lease.intervention
    assert any("took over from the policy by moving" in note.text for note in run.rig.notes)
    run.rig.drive(30, lambda: run.rig.jog(0.0, 0.0, 0.05))
    moved = np.abs(np.diff(run.sent[before:], axis=0))
    assert (moved <= SPEED / 60 + 1e-6).all()
    assert run.go(1).phase is RunPhase.taken_over
    assert run.rig.ask(messages.ResumeRun(4, 7, run.rig.lease.epoch)).ok
    run.until(RunPhase.executing)


def test_a_push_without_a_run_or_against_a_person_changes_nothing() -> None:
    run = Running()
    run.until(RunPhase.executing)
    run.rig.take(label="Bo")
    run.go(1)
    push(run, 1.0, 30)
    assert run.rig.lease.holder is not None
    assert run.rig.lease.holder.label == "Bo"
    rig = LockStep(make_plan=make_plan)
    rig.tick(2)
    for _ in range(30):
        rig.tell(messages.Push("pad", "Ada", 1.0, rig.now_ns))
        rig.tick()
    assert rig.lease.holder is None


def test_moving_the_leader_takes_over_and_the_arm_follows_it_by_a_ramp() -> None:
    run = Running(leader=HandHeld, owner="tab", owner_label="Ada")
    run.until(RunPhase.executing)
    hand = run.rig.leader
    assert isinstance(hand, HandHeld)
    run.go(60)
    assert run.go(0).phase is RunPhase.executing  # it lies still
    for _ in range(20):
        hand.position[0] += 1.0
        run.go(1)
    assert run.go(0).taken_over_by == "Ada"
    assert run.rig.desk.leading
    before = len(run.rig.arm.written)
    run.rig.drive(180)
    assert abs(run.sent[-1][0] - hand.position[0]) < 1.0
    assert np.abs(np.diff(run.sent[before:, 0])).max() <= SPEED[0] / 60 + 1e-6


@pytest.mark.parametrize("fallback", list(Fallback))
def test_a_look_that_never_returns_is_cut_off_and_the_fallback_taken(fallback: Fallback) -> None:
    run = Running(fallback=fallback, cut_off_s=2.0)
    run.until(RunPhase.executing)
    run.go(30)
    far = run.sent[-1][0]
    run.latency = -1
    status = run.until(RunPhase.held)
    assert "did not answer within 2 s" in status.reason
    assert status.cut_off
    assert [note.level for note in run.rig.notes if note.code == "policy_cut_off"] == ["error"]
    ends = run.sent[-1][0]
    assert (ends < far - 1.0) == (fallback is Fallback.retreat)
    assert (np.abs(np.diff(run.sent, axis=0)) <= SPEED / 60 + 1e-6).all()
    run.rig.rig.runner.gone(run.rig.now_ns)  # the studio ends the process: what it says stays why
    run.beating = False
    assert "did not answer" in run.go(300).reason
    assert run.still()
    assert not run.rig.ask(messages.ResumeRun(5, 7, 0)).ok


def test_a_first_look_that_never_returns_holds_the_arm_and_one_in_time_is_not_cut_off() -> None:
    run = Running(latency=-1, cut_off_s=1.0)
    assert "cut off" in run.until(RunPhase.held).reason
    assert np.abs(run.sent - HOME).max() < 0.1
    slow = Running(latency=50, cut_off_s=1.0)
    assert slow.go(400).phase is not RunPhase.held
