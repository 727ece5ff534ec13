"""A policy that does not fit, or answers with nonsense, is refused in words."""

from __future__ import annotations

import numpy as np
import pytest

from app.policies import (
    ObservationInvalid,
    PolicyCamera,
    PolicyInfo,
    PolicyJoint,
    PolicyMismatch,
    PolicyObservation,
    PolicyOutputInvalid,
    PolicyUnreadable,
    checked,
    open_policy,
    require_observation,
    require_rig,
)

JOINTS = (PolicyJoint("shoulder_pan", "deg"), PolicyJoint("gripper", "percent"))
INFO = PolicyInfo("act", 10.0, 4, 2, JOINTS, (PolicyCamera("top", 64, 64),), robot_type="so_follower")


def test_a_fitting_rig_may_have_more_cameras() -> None:
    require_rig(INFO, JOINTS, ["top", "left"], robot_type="so_follower")


def test_every_difference_is_named() -> None:
    arm = (PolicyJoint("shoulder_pan", "rad"), PolicyJoint("gripper", "percent"))
    with pytest.raises(PolicyMismatch) as refused:
        require_rig(INFO, arm, ["left"], robot_type="koch")
    for word in ("so_follower", "koch", "shoulder_pan is in deg", "rad", "looks at top", "left"):
        assert word in refused.value.message


def test_another_arm_is_named_by_its_joints() -> None:
    with pytest.raises(PolicyMismatch, match=r"the arm's shoulder_pan\."):
        require_rig(INFO, JOINTS[:1], ["top"])


@pytest.mark.parametrize("actions", [np.zeros((3, 2)), np.zeros((4, 1)), np.full((4, 2), np.nan)])
def test_what_may_not_be_executed_never_becomes_a_chunk(actions: np.ndarray) -> None:
    with pytest.raises(PolicyOutputInvalid):
        checked(INFO, actions, {}, 0)


def test_the_first_bad_step_is_said() -> None:
    actions = np.zeros((4, 2))
    actions[2, 1] = np.inf
    with pytest.raises(PolicyOutputInvalid, match="from step 2 of 4"):
        checked(INFO, actions, {}, 0)


def test_an_observation_without_its_camera_is_refused() -> None:
    with pytest.raises(ObservationInvalid, match="camera top"):
        require_observation(INFO, PolicyObservation(np.zeros(2, np.float32), {}))
    with pytest.raises(ObservationInvalid, match="finite"):
        require_observation(INFO, PolicyObservation(np.array([0, np.nan], np.float32), {}))


def test_a_folder_without_a_policy_says_what_it_lacks(tmp_path) -> None:
    with pytest.raises(PolicyUnreadable, match="holds no policy"):
        open_policy(tmp_path)
