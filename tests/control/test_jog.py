"""Jogging: straight lines, soft starts and stops, and sensible behaviour where the arm ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.control.clearance import Clearance
from app.control.gate import Gate
from app.control.jog import JogJointsMotion, JogMotion, Throttle
from app.core.clock import NS_PER_S
from app.devices import ArmReading, Vector
from app.devices.kinematics import Kinematics, ToolPose
from app.devices.so101 import SO101

RATE_HZ = 60
KINEMATICS = Kinematics(SO101)
CLEARANCE = Clearance(SO101)
HOME = np.array([joint.home for joint in SO101.joints])
START = KINEMATICS.solve(ToolPose(0.24, 0.0, 0.10, 70.0, 0.0), HOME).position


class Bench:
    """Jog, gate and clock together; `run` keeps the stick where it is for a time."""

    def __init__(self, start: Vector = START) -> None:
        self.gate = Gate(SO101, CLEARANCE, RATE_HZ)
        self.gate.sync(start)
        self.jog = JogMotion(SO101, KINEMATICS, CLEARANCE, RATE_HZ)
        self.tick = 0
        self.cuts: set[str] = set()
        self.path = [self.tool]

    @property
    def tool(self) -> Vector:
        tool = KINEMATICS.tool(self.gate.position)
        return np.array([tool.x_m, tool.y_m, tool.z_m, tool.pitch_deg, tool.roll_deg])

    def run(self, seconds: float, *twist: float, gripper: float = 0.0, send: bool = True) -> None:
        self.cuts = set()
        for _ in range(round(seconds * RATE_HZ)):
            self.tick += 1
            now_ns = round(self.tick * NS_PER_S / RATE_HZ)
            if send:
                self.jog.steer(np.array(twist), gripper, now_ns)
            wish = self.jog.wish(self.gate.position, ArmReading(now_ns, self.gate.position), now_ns)
            self.gate.step(wish)
            self.cuts |= {*self.gate.cuts, *self.jog.cuts}
            self.path.append(self.tool)


@pytest.mark.parametrize(
    "direction", [(1.0, 0, 0), (-1.0, 0, 0), (0, 1.0, 0), (0, -1.0, 0), (0, 0, 1.0), (0, 0, -1.0), (0.6, 0.6, 0.5)]
)
def test_a_jog_goes_straight_and_keeps_the_hand_as_it_was(direction: tuple[float, float, float]) -> None:
    bench = Bench()
    start, heading = bench.tool, np.array(direction) / np.linalg.norm(direction)
    bench.run(0.8, *(0.06 * heading), 0.0, 0.0)
    way = bench.tool[:3] - start[:3]
    assert way @ heading == pytest.approx(0.06 * (0.8 - 0.05), abs=0.002)
    assert np.linalg.norm(way - (way @ heading) * heading) < 0.0015
    assert abs(bench.tool[3] - start[3]) < 1.5
    assert bench.cuts == set()


def test_pitch_and_roll_turn_the_hand_about_the_tool_point() -> None:
    bench = Bench()
    start = bench.tool
    bench.run(0.6, 0, 0, 0, -25.0, 40.0)
    assert bench.tool[3] - start[3] == pytest.approx(-25 * 0.55, abs=1.5)
    assert bench.tool[4] - start[4] == pytest.approx(40 * 0.55, abs=1.5)
    assert np.linalg.norm(bench.tool[:3] - start[:3]) < 0.002


def test_a_key_press_ramps_in_a_tenth_of_a_second_and_stops_without_swinging_back() -> None:
    bench = Bench()
    bench.run(0.5, 0, 0.1, 0, 0, 0)
    speed = np.diff(np.array(bench.path)[:, 1]) * RATE_HZ
    assert speed[0] < 0.03
    assert speed[8] == pytest.approx(0.1, abs=0.01)
    assert (np.diff(speed) > -0.004).all()
    bench.path = [bench.tool]
    bench.run(0.5, 0, 0, 0, 0, 0)
    speed = np.diff(np.array(bench.path)[:, 1]) * RATE_HZ
    assert (speed > -0.002).all()
    assert np.abs(speed[8:]).max() < 1e-6


def test_a_lost_connection_stops_the_jog_after_a_quarter_second() -> None:
    bench = Bench()
    bench.run(0.3, 0, 0.1, 0, 0, 0)
    bench.run(0.2, send=False)
    assert bench.path[-1][1] - bench.path[-2][1] == pytest.approx(0.1 / RATE_HZ, rel=0.05)
    bench.run(0.2, send=False)
    assert bench.path[-1][1] == bench.path[-2][1]


def test_it_settles_on_the_table_and_slides_there() -> None:
    bench = Bench()
    start = bench.tool
    bench.run(2.5, 0, 0, -0.1, 0, 0)
    assert "table" in bench.cuts
    assert 0 <= CLEARANCE.lowest(bench.gate.position) < 0.003
    assert np.linalg.norm(bench.tool[:2] - start[:2]) < 0.003
    bench.run(1.0, 0, 0.05, -0.1, 0, 0)
    assert bench.tool[1] - start[1] > 0.035
    assert CLEARANCE.lowest(bench.gate.position) >= 0


def test_at_the_edge_of_reach_it_comes_to_rest_and_says_so() -> None:
    bench = Bench()
    bench.run(5.0, 0.1, 0, 0, 0, 0)
    assert "reach" in bench.cuts
    assert bench.tool[0] > 0.33
    speeds = np.linalg.norm(np.diff(np.array(bench.path)[:, :3], axis=0), axis=1) * RATE_HZ
    assert speeds.max() < 0.15
    assert speeds[-20:].max() < 0.01
    bench.run(1.0, -0.1, 0, 0, 0, 0)
    assert np.array(bench.path)[-60, 0] - bench.tool[0] > 0.03


def test_a_joint_at_its_end_is_named() -> None:
    joints = JogJointsMotion(SO101, RATE_HZ)
    gate = Gate(SO101, CLEARANCE, RATE_HZ)
    cuts: set[str] = set()
    for tick in range(240):
        now_ns = round(tick * NS_PER_S / RATE_HZ)
        joints.steer(np.array([60.0, 0, 0, 0, 0, 0]), now_ns)
        gate.step(joints.wish(gate.position, ArmReading(now_ns, gate.position), now_ns))
        cuts |= set(joints.cuts)
    assert gate.position[0] == pytest.approx(109.5, abs=0.1)
    assert cuts == {"shoulder_pan:range"}


def test_the_gripper_moves_alone() -> None:
    bench = Bench()
    before = bench.gate.position.copy()
    bench.run(0.5, 0, 0, 0, 0, 0, gripper=80.0)
    assert bench.gate.position[5] - before[5] == pytest.approx(80 * 0.45, abs=2)
    assert np.allclose(bench.gate.position[:5], before[:5])


def test_the_throttle_never_overshoots() -> None:
    throttle = Throttle(1)
    throttle.aim(np.array([2.0]))
    path = [throttle.advance(1 / RATE_HZ)[0] for _ in range(12)]
    assert path == sorted(path)
    assert path[-1] == 2.0
    throttle.aim(np.array([-1.0]))
    path = [throttle.advance(1 / RATE_HZ)[0] for _ in range(12)]
    assert path == sorted(path, reverse=True)
    assert path[-1] == -1.0


TWIST = st.tuples(*[st.floats(-0.4, 0.4)] * 3, *[st.floats(-120, 120)] * 2)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TWIST, st.floats(0.05, 1.2)), min_size=1, max_size=6))
def test_however_it_is_driven_the_tool_never_jumps(strokes: list[tuple[tuple[float, ...], float]]) -> None:
    """At singular poses, at the edge and at the table: the tool's speed stays near what was asked for."""
    bench = Bench()
    for twist, seconds in strokes:
        bench.run(seconds, *twist)
    path = np.array(bench.path)
    assert np.isfinite(path).all()
    speeds = np.linalg.norm(np.diff(path[:, :3], axis=0), axis=1) * RATE_HZ
    assert speeds.max() < 0.9


def test_a_new_engagement_starts_from_rest() -> None:
    bench = Bench()
    bench.run(0.5, 0, 0.1, 0, 0, 0)
    bench.gate.sync(bench.gate.position)
    bench.jog.begin(bench.gate.position, 0)
    bench.path = [bench.tool]
    bench.run(0.3, 0, 0.1, 0, 0, 0)
    speed = np.diff(np.array(bench.path)[:, 1]) * RATE_HZ
    assert speed[0] < 0.03
    assert speed[-1] == pytest.approx(0.1, abs=0.01)
