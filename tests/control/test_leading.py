"""The follower follows a leader arm: by a ramp, and never by a jump."""

from __future__ import annotations

import numpy as np
import pytest

from app.control import messages
from app.control.models import ControlPhase
from app.core.clock import Clock
from app.devices import ArmReading, DeviceFault, Vector
from app.devices.so101 import SO101
from tests.control.lockstep import LockStep


class HandHeld:
    """A leader arm in a test's hand."""

    name = "leader"
    driven = False

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.position = np.array([joint.home for joint in SO101.joints])
        self.problem = ""

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def drive(self, target: Vector) -> None: ...
    def let_go(self) -> None: ...

    def read(self) -> ArmReading:
        if self.problem:
            raise DeviceFault(self.problem)
        return ArmReading(self._clock.monotonic_ns(), self.position.copy())


class Driven(HandHeld):
    """One with power in its servos: it goes where it is driven, unless a hand holds it."""

    driven = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.position[0] = 60.0
        self.held = False
        self.powered = False
        self.asked = self.position

    def drive(self, target: Vector) -> None:
        self.powered, self.asked = True, target.copy()
        if not self.held:
            self.position = target.copy()

    def let_go(self) -> None:
        self.powered = False


@pytest.fixture
def rig() -> LockStep:
    """Ada has control; the leader lies where the follower is."""
    rig = LockStep(leader=HandHeld)
    rig.tick(2)
    rig.take()
    return rig


def hand(rig: LockStep) -> HandHeld:
    assert isinstance(rig.leader, HandHeld)
    return rig.leader


def pan(rig: LockStep, ticks: int) -> np.ndarray:
    """The base joint's targets of the next ticks, deg."""
    before = len(rig.arm.written)
    rig.drive(ticks)
    return np.array(rig.arm.written[before:])[:, 0]


def top_speed(targets: np.ndarray) -> float:
    """As a share of what the joint may do."""
    return float(np.abs(np.diff(targets)).max()) * 60 / SO101.joints[0].max_speed


def test_it_ramps_to_the_leader_and_then_follows_at_once(rig: LockStep) -> None:
    hand(rig).position[0] = 60.0
    rig.beat()
    rig.tell(rig.lead())
    sent = pan(rig, 240)
    assert top_speed(sent[:20]) < 0.5, "it engages gently"
    assert sent[-1] == pytest.approx(60.0, abs=0.5)
    assert rig.loop.phase is ControlPhase.following
    hand(rig).position[0] = 50.0
    sent = pan(rig, 30)
    assert sent[-1] == pytest.approx(50.0, abs=1.0)
    assert top_speed(sent) > 0.5


def test_a_silent_leader_holds_the_arm_and_is_engaged_on_anew(rig: LockStep) -> None:
    rig.beat()
    rig.tell(rig.lead())
    rig.drive(60)
    hand(rig).problem = "The leader's wrist_roll does not answer."
    hand(rig).position[0] = 80.0
    assert np.ptp(pan(rig, 60)) == 0.0
    assert rig.loop.reason == hand(rig).problem
    assert rig.desk.leader_problem() == hand(rig).problem
    hand(rig).problem = ""
    assert top_speed(pan(rig, 20)) < 0.5


def test_it_is_let_go_of_and_the_arm_stays_in_the_same_hands(rig: LockStep) -> None:
    rig.beat()
    rig.tell(rig.lead())
    rig.drive(60)
    assert rig.rig.report.now().leading
    rig.tell(rig.lead(on=False))
    hand(rig).position[0] = 40.0
    assert pan(rig, 60)[-1] == pytest.approx(0.0, abs=0.5)
    assert not rig.rig.report.now().leading
    assert rig.rig.report.now().lease.label == "Ada"


def test_without_a_leader_the_order_is_refused_in_words() -> None:
    rig = LockStep()
    rig.tick(2)
    rig.take()
    rig.tell(rig.lead())
    assert "no leader arm" in rig.notes[-1].text


@pytest.fixture
def meeting() -> LockStep:
    """Ada asked to follow a leader that can be driven, and lies 60 degrees away."""
    rig = LockStep(leader=Driven)
    rig.tick(2)
    rig.take()
    rig.beat()
    rig.tell(rig.lead())
    return rig


def test_a_leader_that_can_be_driven_comes_to_the_arm_slowly_and_is_then_followed(meeting: LockStep) -> None:
    leader = meeting.leader
    assert isinstance(leader, Driven)
    shown = []
    for _ in range(60):
        assert pan(meeting, 1) == [0.0], "the arm holds"
        shown.append(leader.position[0])
    assert np.abs(np.diff(shown)).max() * 60 == pytest.approx(30.0, abs=0.1)
    assert leader.powered
    assert "take hold of it" in meeting.loop.reason
    meeting.drive(90)
    assert not leader.powered, "it is there and goes limp"
    leader.position[0] = 20.0
    assert pan(meeting, 240)[-1] == pytest.approx(20.0, abs=0.5)


def test_the_stop_lets_the_leader_go_at_the_same_tick(meeting: LockStep) -> None:
    leader = meeting.leader
    assert isinstance(leader, Driven)
    meeting.drive(30)
    at = leader.position.copy()
    meeting.tell(messages.Stop("Bo"))
    meeting.drive(1)
    assert not leader.powered
    meeting.drive(60)
    assert leader.position == pytest.approx(at)


def test_a_leader_that_is_held_is_let_go_and_said_so(meeting: LockStep) -> None:
    leader = meeting.leader
    assert isinstance(leader, Driven)
    leader.held = True
    meeting.drive(30)
    assert np.abs(leader.asked - leader.position).max() <= 10.0, "it does not pull hard at a hand"
    meeting.drive(200)
    assert not leader.powered
    assert "something holds it" in meeting.notes[-1].text
    assert not meeting.rig.report.now().leading
