"""The hand's place from the recorded joints agrees with the kinematics that drive the arm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.devices.chain import Chain
from app.devices.kinematics import Kinematics
from app.devices.so101 import SO101


def test_many_positions_at_once_give_the_tool_of_the_kinematics():
    rng = np.random.default_rng(7)
    low, high = np.array([(joint.lower, joint.upper) for joint in SO101.joints]).T
    positions = low + rng.random((200, len(low))) * (high - low)
    kinematics = Kinematics(SO101)
    expected = [(tool.x_m, tool.y_m, tool.z_m) for tool in map(kinematics.tool, positions)]
    np.testing.assert_allclose(Chain(SO101).tool_m(positions), expected, atol=1e-9)


def test_a_model_that_turns_a_body_in_place_is_refused_not_guessed():
    turned = replace(SO101, mjcf=SO101.mjcf.replace('<body name="forearm"', '<body name="forearm" euler="0 10 0"'))
    with pytest.raises(ValueError, match="turns a body"):
        Chain(turned)
