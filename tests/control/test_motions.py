"""Motions: streams of targets are spread, ramps are smooth, programs wait for the arm."""

from __future__ import annotations

import numpy as np
import pytest

from app.control.motions import DriveTo, Follow, Perform
from app.core.clock import NS_PER_S
from app.devices import ArmReading
from app.devices.so101 import SO101
from tests.control.ideal import Sweep

HOME = np.array([joint.home for joint in SO101.joints])
RATE_HZ = 60
READING = ArmReading(0, HOME)


def moment(tick: int) -> int:
    return round(tick * NS_PER_S / RATE_HZ)


def test_a_stream_at_half_the_rate_becomes_a_steady_motion() -> None:
    follow = Follow()
    path = []
    for tick in range(120):
        if tick % 2 == 0:
            follow.aim(np.full(6, tick * 0.5), moment(tick))
        wish = follow.wish(HOME, READING, moment(tick))
        assert wish is not None
        path.append(wish.position[0])
    steps = np.diff(path)[10:]
    assert steps.max() - steps.min() < 1e-6


def test_single_targets_are_taken_as_they_are() -> None:
    follow = Follow()
    follow.aim(np.full(6, 1.0), moment(0))
    follow.aim(np.full(6, 9.0), moment(60))
    wish = follow.wish(HOME, READING, moment(60))
    assert wish is not None
    assert wish.position[0] == 9.0
    assert not wish.velocity.any()


def test_what_came_before_engaging_is_not_interpolated_from() -> None:
    follow = Follow()
    follow.aim(np.full(6, 1.0), moment(0))
    follow.aim(np.full(6, 9.0), moment(1))
    follow.begin(HOME, moment(1))
    wish = follow.wish(HOME, READING, moment(1))
    assert wish is not None
    assert wish.position[0] == 9.0


def test_a_drive_starts_and_ends_at_rest_and_keeps_inside_its_share_of_the_limits() -> None:
    goal = HOME + np.array([80.0, 30, -20, 0, 0, 50])
    drive = DriveTo(SO101, goal, gentleness=0.5)
    drive.begin(HOME, 0)
    sent, path = HOME, [HOME]
    for tick in range(1, 600):
        wish = drive.wish(sent, READING, moment(tick))
        assert wish is not None
        sent = wish.position
        path.append(sent)
        if drive.finished:
            break
    speed = np.diff(np.array(path), axis=0) * RATE_HZ
    assert np.allclose(path[-1], goal)
    assert np.abs(speed[0]).max() < 1.0
    assert np.abs(speed[-1]).max() < 1.0
    limits = np.array([joint.max_speed for joint in SO101.joints])
    assert (np.abs(speed) <= 0.501 * limits).all()


def test_a_programs_time_stands_still_until_the_arm_is_engaged() -> None:
    perform = Perform(Sweep(length_s=1.0), round(NS_PER_S / RATE_HZ))
    for tick in range(30):
        wish = perform.wish(HOME, READING, moment(tick))
        assert wish is not None
        assert wish.position[0] == 0.0
    perform.settled(moment(30))
    middle = perform.wish(HOME, READING, moment(60))
    assert middle is not None
    assert middle.position[0] == pytest.approx(20.0, abs=0.1)
    assert perform.wish(HOME, READING, moment(92)) is None
    assert perform.finished
