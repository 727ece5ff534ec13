"""What the operator's page is told, the session's checklist, and starting without a hand."""

from __future__ import annotations

import numpy as np
import pytest

from app.devices.models import Placement
from app.guidance.briefing import PlacementState, brief
from app.guidance.checklist import CHECKLIST, unanswered
from app.guidance.detector import Seen, Unseen
from app.guidance.hands_free import SteadyPlacement
from app.guidance.plan import Plan
from app.guidance.table_view import TableView
from app.guidance.targets import all_targets

VIEW = TableView(np.array([[0.0, -0.125, 55.0], [-0.125, 0.0, 40.0], [0.0, 0.0, 1.0]]), 640, 480)


def seen(x: float, y: float, yaw: float) -> Seen:
    return Seen(Placement(x, y, yaw), 0.9, np.zeros((4, 2)))


def test_an_object_in_place_is_green_and_drawn(small_plan: Plan) -> None:
    target = all_targets(small_plan)[0]
    at = target.placement
    told = brief(small_plan, target, seen(at.x_cm, at.y_cm, at.yaw_deg), VIEW, last=[Placement(20, 0, 0)])
    assert told.state is PlacementState.in_place
    assert told.instruction == "in place"
    assert [len(o) for o in (told.target_px, told.cluster_px, told.seen_px, told.ghosts_px)] == [4, 4, 4, 1]
    middle = np.mean(told.cluster_px, axis=0)
    assert np.allclose(middle, VIEW.cm_to_px([(15, 5)])[0], atol=0.2)


def test_an_object_elsewhere_gets_words(small_plan: Plan) -> None:
    target = all_targets(small_plan)[0]
    at = target.placement
    told = brief(small_plan, target, seen(at.x_cm, at.y_cm - 6, at.yaw_deg), VIEW)
    assert told.state is PlacementState.move
    assert told.instruction.startswith("6 cm")


def test_where_vision_is_unsure_it_says_so(small_plan: Plan) -> None:
    target = all_targets(small_plan)[0]
    told = brief(small_plan, target, Unseen("The tea bag is partly hidden."), None)
    assert told.state is PlacementState.unseen
    assert told.instruction.startswith("The tea bag is partly hidden. Put the tea bag")
    assert told.target_px == ()


def test_a_recovery_at_the_goal_says_what_to_arrange_one_at_the_mark_how_to_get_there(plan: Plan) -> None:
    recoveries = {t.cause: t for t in all_targets(plan) if t.kind == "recovery"}
    assert "fell beside the mug" in brief(plan, recoveries["dropped"], None, VIEW).instruction
    slipped = brief(plan, recoveries["slipped"], None, VIEW)
    assert slipped.instruction.startswith("Put the tea bag")
    assert slipped.request.startswith("Recovery")


def test_the_checklist_covers_the_guide() -> None:
    assert len(CHECKLIST) == 6
    answers = {item.key: True for item in CHECKLIST}
    assert unanswered(answers) == ()
    assert [item.key for item in unanswered({**answers, "cable": False})] == ["cable"]


@pytest.mark.parametrize("gap", [False, True])
def test_hands_free_starts_after_a_steady_second_and_only_once(gap: bool) -> None:
    steady = SteadyPlacement()
    said = [steady.seen(not (gap and k == 5), k * 100_000_000) for k in range(30)]
    assert said.count(True) == 1
    assert said.index(True) == (16 if gap else 10)


def test_after_a_take_the_object_must_be_placed_anew() -> None:
    steady = SteadyPlacement()
    steady.wait_for_next()
    assert not any(steady.seen(True, k * 100_000_000) for k in range(30))
    steady.seen(False, 3_000_000_000)
    assert any(steady.seen(True, (40 + k) * 100_000_000) for k in range(12))
