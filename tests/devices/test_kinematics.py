"""The solver against the model it solves on."""

from __future__ import annotations

import numpy as np
import pytest

from app.devices.kinematics import Kinematics, ToolPose
from app.devices.so101 import SO101

HOME = np.array([joint.home for joint in SO101.joints])


def as_vector(pose: ToolPose) -> np.ndarray:
    return np.array([pose.x_m, pose.y_m, pose.z_m, pose.pitch_deg, pose.roll_deg])


def test_the_jacobian_is_the_derivative_of_the_tool_pose() -> None:
    kinematics = Kinematics(SO101)
    position = np.array([20.0, -30.0, 40.0, 60.0, 25.0, 30.0])
    steps = np.eye(6) * 1e-3
    numeric = np.stack(
        [(as_vector(kinematics.tool(position + s)) - as_vector(kinematics.tool(position - s))) / 2e-3 for s in steps],
        axis=1,
    )
    assert np.abs(kinematics.jacobian(position) - numeric).max() < 1e-8


@pytest.mark.parametrize("radius_m", [0.10, 0.20, 0.28, 0.34, 0.40])
@pytest.mark.parametrize("angle_deg", [-80.0, 0.0, 65.0])
def test_every_point_of_the_reach_is_solved_to_a_tenth_of_a_millimetre(radius_m: float, angle_deg: float) -> None:
    kinematics = Kinematics(SO101)
    angle = np.deg2rad(angle_deg)
    pose = ToolPose(radius_m * np.cos(angle), radius_m * np.sin(angle), 0.008, 90.0, 30.0)
    solution = kinematics.solve(pose, HOME)
    reached = kinematics.tool(solution.position)
    assert solution.error_m < 1e-4
    assert np.hypot(reached.x_m - pose.x_m, reached.y_m - pose.y_m) < 1e-4
    for joint, value in zip(SO101.joints, solution.position, strict=True):
        assert joint.lower - 1e-6 <= value <= joint.upper + 1e-6


def test_a_point_out_of_reach_is_told_by_its_error() -> None:
    assert Kinematics(SO101).solve(ToolPose(0.55, 0.0, 0.01, 90.0, 0.0), HOME).error_m > 0.05


def test_home_is_above_the_table_and_rest_lies_on_it() -> None:
    kinematics = Kinematics(SO101)
    home = kinematics.tool(HOME)
    rest = kinematics.tool(np.array([joint.rest for joint in SO101.joints]))
    assert 0.18 < home.x_m < 0.25
    assert 0.13 < home.z_m < 0.17
    assert 0.0 < rest.z_m < 0.04
