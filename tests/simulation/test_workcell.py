"""The scene is set up as asked, judged from physics, and disturbed on request."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import Invalid
from app.devices import Outcome, Placement, Start, Success
from app.simulation import Disturbance, SimulatedWorkcell, World
from app.simulation.scene import MUG_XY_M

PLACE = Placement(25.0, 8.0, 30.0)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture
def workcell(world: World) -> SimulatedWorkcell:
    cell = SimulatedWorkcell(world)
    cell.disturb("clear", 0.0)
    cell.reset(PLACE, Start.nominal)
    return cell


def test_success_is_a_bag_that_rests_in_the_mug(world: World, workcell: SimulatedWorkcell) -> None:
    assert workcell.outcome() is Outcome.failure
    world.put_bag(Placement(100 * MUG_XY_M[0], 100 * MUG_XY_M[1], 10.0), z_m=0.09)
    world.step(20)
    assert workcell.outcome() is Outcome.partial
    world.step(800)
    assert workcell.outcome() is Outcome.success


def test_each_rule_is_told_from_physics(world: World, workcell: SimulatedWorkcell) -> None:
    """Held it is lifted and touched, and held over where the mug is below; let go of in the mug, in the goal alone."""

    def so() -> set[Success]:
        return {wanted for wanted in Success if workcell.outcome(wanted) is Outcome.success}

    assert so() == set()
    workcell.reset(PLACE, Start.near_goal)
    assert {Success.lifted, Success.touched} <= so()
    assert Success.in_goal not in so()
    held = world.bag_m
    world._put_free(world._mug_qpos, world._mug, np.array([held[0], held[1], 0.0005, 1.0, 0.0, 0.0, 0.0]))
    assert so() == {Success.lifted, Success.touched, Success.held_over}
    world.put_mug()
    world.put_bag(Placement(100 * MUG_XY_M[0], 100 * MUG_XY_M[1], 10.0), z_m=0.09)
    world.step(820)
    assert so() == {Success.in_goal}


def test_a_bag_beside_the_mug_is_partial(world: World, workcell: SimulatedWorkcell) -> None:
    workcell.place(Placement(100 * MUG_XY_M[0] + 8.0, 100 * MUG_XY_M[1], 0.0))
    world.step(100)
    assert workcell.outcome() is Outcome.partial


@pytest.mark.parametrize("place", [Placement(60, 0, 0), Placement(10, -22, 0), Placement(20, 50, 0)])
def test_a_place_off_the_mat_or_in_the_mug_is_refused(workcell: SimulatedWorkcell, place: Placement) -> None:
    with pytest.raises(Invalid, match="cannot lie"):
        workcell.place(place)


def test_the_truth_is_where_the_bag_lies(workcell: SimulatedWorkcell) -> None:
    truth = workcell.truth()
    assert truth is not None
    assert (truth.x_cm, truth.y_cm, truth.yaw_deg) == pytest.approx((25.0, 8.0, 30.0), abs=0.3)


def test_each_start_is_the_state_it_names(world: World, workcell: SimulatedWorkcell) -> None:
    workcell.reset(PLACE, Start.dropped_beside)
    mug = 100 * np.array(MUG_XY_M)
    beside = world.bag_placement()
    assert 9.0 < np.hypot(beside.x_cm - mug[0], beside.y_cm - mug[1]) < 14.0
    workcell.reset(PLACE, Start.knocked_over)
    assert world.bag_m[2] > 0.012, "on its narrow side its middle is higher than the 7.5 mm of a lying one"
    workcell.reset(PLACE, Start.missed_grasp)
    assert world.tool_z_m < 0.03
    assert world.position()[5] < 10.0
    workcell.reset(PLACE, Start.slipped_grasp)
    assert 0.03 < world.tool_z_m < 0.09
    assert not world.bag_touched
    workcell.reset(PLACE, Start.near_goal)
    assert world.bag_pinched
    assert world.bag_m[2] > 0.08
    world.step(1000)
    assert world.bag_m[2] > 0.08, "held by friction alone"


def test_a_slipped_object_falls_out_of_the_claws(world: World, workcell: SimulatedWorkcell) -> None:
    workcell.reset(PLACE, Start.near_goal)
    workcell.disturb("slip", 1.0)
    world.step(1000)
    assert world.bag_m[2] < 0.06
    workcell.disturb("slip", 0.0)
    workcell.reset(PLACE, Start.near_goal)
    world.step(1000)
    assert world.bag_m[2] > 0.08


def test_disturbances_change_what_they_name_and_clear_puts_all_right(world: World, workcell: SimulatedWorkcell) -> None:
    workcell.disturb("nudge.top", 3.0)
    workcell.disturb("light", -40.0)
    workcell.disturb("colour", 3000.0)
    workcell.disturb("freeze.left", 1.0)
    workcell.disturb("lossy", 0.5)
    look = world.appearance
    assert (look.lens("top").nudge_deg, look.lens("left").nudge_deg) == (3.0, 0.0)
    assert (look.light_percent, look.light_kelvin, look.lens("left").frozen) == (60.0, 3000.0, True)
    assert world.servos.loss == 0.5
    workcell.disturb("clear", 0.0)
    assert world.appearance.light_percent == 100.0
    assert world.servos.loss == 0.0


def test_an_unknown_disturbance_names_those_there_are(workcell: SimulatedWorkcell) -> None:
    with pytest.raises(Invalid) as refused:
        workcell.disturb("earthquake", 1.0)
    assert all(kind in str(refused.value) for kind in Disturbance)
    with pytest.raises(Invalid):
        workcell.disturb("nudge.behind", 1.0)


def test_a_bag_put_aside_is_off_the_table_and_comes_back(world: World) -> None:
    workcell = SimulatedWorkcell(world)
    workcell.reset(Placement(25.0, 10.0, 0.0), Start.nominal)
    workcell.put_aside()
    aside = workcell.truth()
    assert aside is not None
    assert np.hypot(aside.x_cm, aside.y_cm) > 100
    world.step(200)
    workcell.place(Placement(25.0, 10.0, 30.0))
    world.step(200)
    back = workcell.truth()
    assert back is not None
    assert (back.x_cm, back.y_cm) == pytest.approx((25.0, 10.0), abs=0.2)


def test_whoever_lays_the_bag_sets_a_tipped_mug_up_again(world: World) -> None:
    workcell = SimulatedWorkcell(world)
    workcell.reset(Placement(25.0, 10.0, 0.0), Start.nominal)
    world._put_free(world._mug_qpos, world._mug, np.array([0.1, -0.2, 0.05, 0.7071, 0.7071, 0.0, 0.0]))
    assert not world.mug_upright
    workcell.place(Placement(20.0, 5.0, 0.0))
    assert world.mug_upright
