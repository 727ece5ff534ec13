"""From the seen object to the target, in words."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.devices.models import Placement
from app.guidance.next_target import yaw_difference
from app.guidance.plan import DEFAULT_CAUSES, Plan
from app.guidance.targets import all_targets
from app.guidance.words import cause_words, in_place, instruction, request, where


@pytest.mark.parametrize(
    ("seen", "target", "says"),
    [
        ((20, 0, 0), (20, -4, 30), "4 cm towards the mug, turn left 30 degrees"),
        ((20, 0, 0), (20, 4, -30), "4 cm away from the mug, turn right 30 degrees"),
        ((30, 0, 0), (26, 0, 0), "4 cm towards the arm"),
        ((15, 15, 0), (18, 18, 0), "4 cm away from the arm"),
        ((15, 8, 0), (15, 11, 0), "3 cm away from the mug"),
        ((28, 6, 0), (27, 12, 0), "6 cm to the left as the arm looks"),
        ((20, 0, 0), (26, -5, 0), "6 cm ahead and 5 cm to the right as the arm looks"),
        ((20, 0, 0), (20, 0, 90), "turn right 90 degrees"),
        ((20, 0, 10), (20, 0, 190), "in place"),
        ((20, 0, 0), (20.5, 0.5, 8), "in place"),
        ((20, 0, 0), (20, -1.4, 0), "1.4 cm towards the mug"),
    ],
)
def test_directions_are_named_by_what_one_sees(small_plan: Plan, seen, target, says: str) -> None:
    assert instruction(small_plan, Placement(*seen), Placement(*target)) == says


def test_unseen_objects_get_the_place_itself(small_plan: Plan) -> None:
    words = instruction(small_plan, None, Placement(24, 6, 0))
    assert words == "Put the tea bag 24 cm ahead of the arm and 6 cm to its left"
    assert where(small_plan, Placement(24, 0.2, 0)) == "24 cm ahead of the arm"


finite = st.floats(-40, 40)


@given(x=finite, y=finite, yaw=st.floats(-180, 180), tx=finite, ty=finite, tyaw=st.floats(-180, 180))
def test_in_place_is_said_only_within_tolerance(x, y, yaw, tx, ty, tyaw) -> None:
    plan = Plan("t", (), (), ())
    seen, target = Placement(x, y, yaw), Placement(tx, ty, tyaw)
    distance = math.hypot(tx - x, ty - y)
    turn = abs(yaw_difference(tyaw, yaw, 180))
    said = instruction(plan, seen, target)
    assert (said == "in place") == in_place(plan, seen, target)
    assert in_place(plan, seen, target) == (distance <= 1.0 and turn <= 10.0)


def test_a_request_names_the_cluster_the_cause_and_validation(small_plan: Plan) -> None:
    texts = [request(small_plan, target) for target in all_targets(small_plan)]
    assert "Put the tea bag at the mark: cluster a, position 1." in texts
    assert any("held out: for validation only" in text for text in texts)
    recoveries = [text for text in texts if text.startswith("Recovery")]
    assert len(recoveries) == small_plan.recovery_takes
    assert all("{" not in text for text in texts)


def test_every_default_cause_has_words(small_plan: Plan) -> None:
    for cause in DEFAULT_CAUSES:
        assert "{" not in cause_words(small_plan, cause.name)
    assert cause_words(small_plan, "something older") == "something older"
