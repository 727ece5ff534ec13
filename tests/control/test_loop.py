"""The control loop in lock-step on an ideal arm: engagement, holding, stopping, programs, faults, intervals."""

from __future__ import annotations

import numpy as np
import pytest

from app.control import messages
from app.control.models import ControlPhase, Rank
from app.control.settings import ControlSettings
from app.core.errors import Invalid
from app.devices.so101 import SO101
from tests.control.ideal import Sweep
from tests.control.lockstep import LockStep

HOME = np.array([joint.home for joint in SO101.joints])
SPEED = np.array([joint.max_speed for joint in SO101.joints])


@pytest.fixture
def rig() -> LockStep:
    rig = LockStep()
    rig.tick(2)
    return rig


@pytest.fixture
def driven(rig: LockStep) -> LockStep:
    """Ada has control and is past the engaging ramp."""
    rig.take()
    rig.drive(60, lambda: rig.jog(0.0, 0.04, 0.0))
    assert rig.loop.phase is ControlPhase.following
    return rig


# ---- rates and intervals ----


@pytest.mark.parametrize(("control_hz", "fps"), [(70, 30), (45, 15), (240, 30), (60, 0)])
def test_rates_that_do_not_fit_are_refused_in_words(control_hz: int, fps: int) -> None:
    with pytest.raises(Invalid, match="Hz"):
        ControlSettings(control_hz=control_hz, fps=fps)


@pytest.mark.parametrize("control_hz", [60, 90, 120, 180])
def test_each_interval_holds_the_observation_at_its_start_and_the_last_target_sent_in_it(control_hz: int) -> None:
    rig = LockStep(settings=ControlSettings(control_hz=control_hz))
    read: list[np.ndarray] = []
    original = rig.arm.read

    def remember():  # type: ignore[no-untyped-def]
        reading = original()
        read.append(reading.position)
        return reading

    rig.arm.read = remember  # type: ignore[method-assign]
    rig.tick()
    rig.take()
    per = control_hz // 30
    rig.drive(per * 20, lambda: rig.jog(0.0, 0.05, 0.0))
    assert [tick.index for tick in rig.ticks] == list(range(len(rig.ticks)))
    assert len(rig.ticks) == 20
    read = read[1:]  # the first reading is the connection's
    for tick in rig.ticks:
        assert np.allclose(tick.position, read[tick.index * per])
        assert np.allclose(tick.action, rig.arm.written[tick.index * per + per - 1])
        assert tick.missed == 0
    assert np.allclose(np.diff([tick.monotonic_ns for tick in rig.ticks]), 1e9 / 30, atol=100)


def test_missed_deadlines_are_counted_and_the_index_keeps_to_the_clock(rig: LockStep) -> None:
    rig.tick(4)
    rig.tick(missed=6)
    rig.tick(4)
    indices = [tick.index for tick in rig.ticks]
    assert sum(tick.missed for tick in rig.ticks) == 6
    assert max(np.diff(indices)) == 4
    assert rig.rig.report.now().missed == 6


# ---- holding and engaging ----


def test_nobody_moves_an_arm_that_nobody_holds(rig: LockStep) -> None:
    rig.tell(rig.jog(0.1, 0.0, 0.0))
    rig.tell(rig.target(HOME + 10))
    rig.tick(30)
    assert np.allclose(rig.steps(), 0.0)
    assert rig.loop.phase is ControlPhase.holding
    assert rig.loop.reason == "Nobody has control."


def test_engaging_ramps_from_where_the_arm_is(rig: LockStep) -> None:
    rig.arm.position = HOME + np.array([15.0, 0, 0, 0, 0, 0])  # pushed by hand
    rig.arm.target = rig.arm.position
    written = len(rig.arm.written)
    rig.arm.write = lambda target: rig.arm.written.append(target.copy())  # type: ignore[method-assign]
    rig.take()
    rig.drive(6, lambda: rig.target(HOME + np.array([60.0, 0, 0, 0, 0, 0])))
    assert rig.loop.phase is ControlPhase.ramping
    first = rig.arm.written[written][0]
    assert first == pytest.approx(15.0, abs=0.5)
    rig.drive(240, lambda: rig.target(HOME + np.array([60.0, 0, 0, 0, 0, 0])))
    assert rig.loop.phase is ControlPhase.following
    assert rig.loop.sent[0] == pytest.approx(60.0, abs=0.01)
    ramp = np.abs(np.diff(np.array(rig.arm.written[written:])[:30, 0])) * 60
    assert ramp.max() < 0.5 * SPEED[0]


def test_a_gripped_object_is_not_let_go_by_engaging(rig: LockStep) -> None:
    rig.take()
    rig.drive(60, lambda: rig.target(HOME * np.array([1, 1, 1, 1, 1, 0])))
    rig.arm.position[5] = 28.0  # the object holds the claws open
    rig.take()
    rig.drive(6, lambda: rig.jog(0.0, 0.01, 0.0))
    assert rig.loop.sent[5] == pytest.approx(0.0, abs=0.1)


def test_a_short_gap_holds_and_goes_on_with_the_same_lease(driven: LockStep) -> None:
    epoch = driven.lease.epoch
    for _ in range(30):
        driven.tell(driven.jog(0.0, 0.04, 0.0))
        driven.tick()
    assert driven.loop.phase is ControlPhase.holding
    assert "heartbeat of Ada" in driven.loop.reason
    driven.tick(40)
    assert np.allclose(driven.steps()[-30:], 0.0)
    driven.drive(2, lambda: driven.jog(0.0, 0.04, 0.0))
    assert driven.loop.phase is ControlPhase.ramping
    driven.drive(60, lambda: driven.jog(0.0, 0.04, 0.0))
    assert driven.loop.phase is ControlPhase.following
    assert driven.lease.epoch == epoch


def test_a_long_gap_ends_the_lease_and_says_so(driven: LockStep) -> None:
    epoch = driven.lease.epoch
    driven.tick(130)
    assert driven.lease.holder is None
    assert [note.code for note in driven.notes] == ["lease_expired"]
    driven.tell(messages.Beat(epoch, driven.now_ns))
    driven.tell(messages.Jog(epoch, 10_000, driven.now_ns, (0.1, 0.0, 0.0)))
    driven.tick(10)
    assert np.allclose(driven.steps()[-10:], 0.0)


def test_a_jog_dies_a_quarter_second_after_its_last_message(driven: LockStep) -> None:
    driven.drive(40)
    assert np.abs(driven.steps()[-60:-30]).max() > 0
    assert np.allclose(driven.steps()[-10:], 0.0)
    assert driven.loop.phase is ControlPhase.holding
    assert driven.loop.reason == "Ada has control."


# ---- commands that do not count ----


def test_a_former_holder_moves_nothing(driven: LockStep) -> None:
    stale = driven.lease.epoch
    driven.drive(40)
    driven.take("tab-b", label="Bob")
    driven.tell(messages.AnswerHandover(2, stale, True))
    assert driven.lease.holder is not None
    assert driven.lease.holder.label == "Bob"
    before = driven.loop.sent
    for number in range(30):
        driven.beat()
        driven.tell(messages.Jog(stale, 1000 + number, driven.now_ns, (0.1, 0.1, 0.1)))
        driven.tick()
    assert np.allclose(driven.loop.sent, before)


@pytest.mark.parametrize(
    "position",
    [(1.0,) * 5, (1.0,) * 7, (), (float("nan"),) * 6, (float("inf"), 0, 0, 0, 0, 0)],
)
def test_a_target_no_arm_can_follow_is_refused_in_words_and_moves_nothing(
    driven: LockStep, position: tuple[float, ...]
) -> None:
    driven.drive(40)
    before = driven.loop.sent
    driven.drive(5, lambda: messages.Target(driven.lease.epoch, driven.number(), driven.now_ns, position))
    assert np.allclose(driven.loop.sent, before)
    assert driven.desk.refused == 5
    assert [note.code for note in driven.notes] == ["bad_command"]


def test_a_jog_that_is_not_a_number_moves_nothing(driven: LockStep) -> None:
    driven.drive(40)
    before = driven.loop.sent
    driven.drive(5, lambda: driven.jog(float("nan"), 0.0, 0.0))
    assert np.allclose(driven.loop.sent, before)


# ---- the emergency stop ----


def test_a_stop_holds_the_arm_where_it_is_within_one_tick_and_is_latched(driven: LockStep) -> None:
    driven.drive(10, lambda: driven.target(HOME + np.array([60.0, 0, 0, 0, 0, 0])))
    driven.tell(messages.Stop("kiosk"))
    driven.clock.advance_ns(driven.settings.period_ns)
    driven.loop.tick()
    stopped_at = driven.arm.written[-1]
    assert driven.loop.reading is not None
    assert np.allclose(stopped_at, driven.loop.reading.position)
    driven.drive(60, lambda: driven.target(HOME), lambda: driven.jog(0.1, 0.0, 0.0))
    assert np.allclose(driven.arm.written[-1], stopped_at)
    assert driven.loop.phase is ControlPhase.stopped
    assert not driven.take().ok


def test_after_a_reset_nothing_follows_until_somebody_engages_anew(driven: LockStep) -> None:
    old = driven.lease.epoch
    driven.tell(messages.Stop("kiosk"))
    driven.tick(3)
    assert driven.ask(messages.ResetStop(5, "tab")).ok
    driven.tick(3)
    before = driven.loop.sent
    for number in range(20):
        driven.tell(messages.Beat(old, driven.now_ns))
        driven.tell(messages.Target(old, 2000 + number, driven.now_ns, tuple(HOME + 20)))
        driven.tick()
    assert np.allclose(driven.loop.sent, before)
    driven.take()
    driven.drive(3, lambda: driven.target(HOME + 20))
    assert driven.loop.phase is ControlPhase.ramping


def test_a_program_may_not_reset_a_stop(rig: LockStep) -> None:
    rig.take("policy", Rank.program, "ACT")
    rig.tell(messages.Stop("kiosk"))
    assert rig.ask(messages.ResetStop(5, "policy")).code == "may_not_reset"
    rig.tick()
    assert rig.loop.phase is ControlPhase.stopped


# ---- home and programs ----


def test_home_is_a_smooth_ramp_that_ends_at_rest(driven: LockStep) -> None:
    driven.drive(80, lambda: driven.target(HOME + np.array([50.0, -20, 10, -10, 30, 40])))
    begin = len(driven.arm.written)
    driven.drive(1, driven.home)
    driven.drive(240, lambda: driven.jog(0.0, 0.0, 0.0))  # idle sticks do not end it
    path = np.array(driven.arm.written[begin:])
    assert np.allclose(path[-1], HOME, atol=0.25)
    assert (np.abs(np.diff(path, axis=0)) * 60 <= 0.5 * SPEED).all()
    assert driven.loop.phase is ControlPhase.holding
    assert driven.lease.holder is not None


def test_an_order_that_is_dropped_is_said(driven: LockStep) -> None:
    driven.tick(30)
    driven.tell(driven.home())
    assert [note.code for note in driven.notes] == ["dropped"]
    assert "heartbeat is late" in driven.notes[0].text


def test_driving_ends_a_drive_home(driven: LockStep) -> None:
    driven.drive(80, lambda: driven.target(HOME + np.array([50.0, 0, 0, 0, 0, 0])))
    driven.drive(1, driven.home)
    driven.drive(60, lambda: driven.jog(0.0, 0.02, 0.0))
    assert driven.loop.sent[0] > 40


def test_a_demonstration_holds_the_lease_and_gives_it_back() -> None:
    program = Sweep()
    rig = LockStep(program=program)
    rig.tick(2)
    assert rig.ask(messages.Demonstrate(1, 7)).ok
    assert program.begun == [7]
    assert rig.desk.demonstrating
    rig.tick(100)
    assert {tick.source for tick in rig.ticks[5:]} == {"demonstrator"}
    rig.tick(100)
    assert max(tick.action[0] for tick in rig.ticks) == pytest.approx(20.0, abs=0.5)
    assert rig.lease.holder is None
    assert not rig.desk.demonstrating
    assert rig.loop.phase is ControlPhase.holding


def test_a_person_preempts_the_demonstrator_and_the_rows_say_intervention() -> None:
    rig = LockStep(program=Sweep())
    rig.tick(2)
    rig.ask(messages.Demonstrate(1, 7))
    rig.tick(60)
    assert rig.take().code == "granted"
    assert not rig.desk.demonstrating
    rig.drive(30, lambda: rig.jog(0.0, 0.03, 0.0))
    assert rig.ticks[-1].source == "tab"
    assert rig.ticks[-1].intervention
    assert not rig.ticks[20].intervention
    assert [note.code for note in rig.notes] == ["preempted"]


def test_the_demonstrator_waits_for_the_person_who_drives(driven: LockStep) -> None:
    assert driven.ask(messages.Demonstrate(1, 7)).code == "no_demonstrator"
    rig = LockStep(program=Sweep())
    rig.tick(2)
    rig.take()
    assert rig.ask(messages.Demonstrate(1, 7)).code == "lease_held"


# ---- the device ----


def test_a_lost_arm_is_said_once_retried_and_held_where_it_is_found(driven: LockStep) -> None:
    driven.arm.fail = "The bus /dev/arm stopped answering."
    driven.drive(120, lambda: driven.jog(0.0, 0.05, 0.0))
    assert driven.loop.phase is ControlPhase.faulted
    assert "stopped answering" in driven.loop.reason
    assert [note.code for note in driven.notes] == ["device_fault"]
    assert 2 <= driven.arm.connects <= 5
    driven.arm.fail = ""
    driven.arm.position = driven.arm.position + np.array([9.0, 0, 0, 0, 0, 0])
    found = driven.arm.position.copy()
    written = len(driven.arm.written)
    driven.tick(400)
    assert [note.code for note in driven.notes] == ["device_fault", "arm_back", "lease_expired"]
    assert np.allclose(driven.arm.written[written], found)
    assert driven.loop.phase is ControlPhase.holding


def test_a_reading_that_is_not_a_number_is_a_fault(driven: LockStep) -> None:
    driven.arm.position = np.full(6, np.nan)
    driven.tick()
    assert driven.loop.phase is ControlPhase.faulted


# ---- the scene ----


def test_the_workcell_is_asked_through_the_desk(rig: LockStep) -> None:
    assert rig.ask(messages.AskTruth(1)).values == {}
    assert rig.ask(messages.Place(2, 21.0, -4.0, 30.0)).ok
    assert rig.ask(messages.AskTruth(3)).values == {"x_cm": 21.0, "y_cm": -4.0, "yaw_deg": 30.0}
    assert rig.ask(messages.Place(4, 21.0, -4.0, 30.0, "knocked_over")).ok
    assert rig.cell.started == "knocked_over"
    assert rig.ask(messages.Disturb(5, "push", 0.5)).ok
    assert rig.cell.disturbed == [("push", 0.5)]


@pytest.mark.parametrize(
    "message",
    [
        messages.Place(1, float("nan"), 0.0, 0.0),
        messages.Place(1, 20.0, 0.0, 0.0, "upside_down"),
        messages.Disturb(1, "push", float("inf")),
    ],
)
def test_bad_orders_are_refused_in_words(rig: LockStep, message: messages.ToRig) -> None:
    reply = rig.ask(message)
    assert not reply.ok
    assert reply.code == "bad_command"
    assert rig.cell.placed is None


def test_the_status_is_said_on_a_change_and_every_half_second(rig: LockStep) -> None:
    report = rig.rig.report
    said = []
    for _ in range(60):
        rig.tick()
        status = report.due(rig.now_ns)
        said += [status] if status is not None else []
    assert len(said) in (2, 3)
    rig.take()
    status = report.due(rig.now_ns)
    assert status is not None
    assert status.lease.label == "Ada"
    assert report.due(rig.now_ns) is None
