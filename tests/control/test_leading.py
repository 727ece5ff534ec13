"""The follower follows a leader arm: by a ramp, and never by a jump."""

from __future__ import annotations

import numpy as np
import pytest

from app.control.models import ControlPhase
from app.core.clock import Clock
from app.devices import ArmReading, DeviceFault
from app.devices.so101 import SO101
from tests.control.lockstep import LockStep


class HandHeld:
    """A leader arm in a test's hand."""

    name = "leader"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.position = np.array([joint.home for joint in SO101.joints])
        self.problem = ""

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...

    def read(self) -> ArmReading:
        if self.problem:
            raise DeviceFault(self.problem)
        return ArmReading(self._clock.monotonic_ns(), self.position.copy())


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
