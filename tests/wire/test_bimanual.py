"""Two SO-101 pairs as one, by LeRobot's bimanual classes, on four emulated buses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap.real import arm_model, fields
from app.core.clock import ManualClock
from app.devices import DeviceFault, StillConnecting
from app.devices.bimanual import TWO_SO101
from app.devices.lerobot_arm import LeRobotArm, robot_builder
from app.devices.lerobot_leader import LeRobotLeader, teleoperator_builder
from app.devices.rigfile import BadRigFile, RigFile, load_rig_file
from tests.wire.bus import ServoBus
from tests.wire.conftest import listen
from tests.wire.so101 import calibrate, so101_bus

pytestmark = pytest.mark.lerobot
LIMIT_S = 60.0
RIG = """\
name = "two-arms"

[arm]
type = "bi_so_follower"
id = "pair"
ports = {{ left = "{folder}/fl", right = "{folder}/fr" }}
calibration_dir = "{folder}"

[leader]
type = "bi_so_leader"
id = "lead"
ports = {{ left = "{folder}/ll", right = "{folder}/lr" }}
calibration_dir = "{folder}"

[[cameras]]
name = "top"
driver = "virtual"
"""


@pytest.fixture
def buses(tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ServoBus]]:
    with ExitStack() as stack:
        made = {name: stack.enter_context(so101_bus(tmp_path / name, clock)) for name in ("fl", "fr", "ll", "lr")}
        for name, id_ in (("fl", "pair_left"), ("fr", "pair_right"), ("ll", "lead_left"), ("lr", "lead_right")):
            calibrate(made[name], tmp_path / f"{id_}.json")
        listen(monkeypatch, *made.values())
        yield made


@pytest.fixture
def rig(tmp_path: Path) -> RigFile:
    file = tmp_path / "rig.toml"
    file.write_text(RIG.format(folder=tmp_path), encoding="utf-8")
    return load_rig_file(file)


def told(arm: LeRobotArm, deadline: float) -> str:
    """The fault that reading ends in."""
    while time.monotonic() < deadline:
        try:
            arm.read()
        except DeviceFault as fault:
            return str(fault)
        time.sleep(0.005)
    raise AssertionError("no fault came")


def test_both_followers_move_and_both_leaders_are_read(
    buses: dict[str, ServoBus], rig: RigFile, clock: ManualClock
) -> None:
    model = arm_model(rig.arm)
    arm = LeRobotArm(model, robot_builder(rig.arm.type, fields(rig.arm)), limp=False, clock=clock)
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            arm.connect()
            at = arm.read().position
            break
        except StillConnecting:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    target = at.copy()
    target[[0, 6]] += (10.0, -15.0)
    arm.write(target)
    while np.abs(arm.read().position - target)[[0, 6]].max() > 1.0:
        assert time.monotonic() < deadline
        for name in ("fl", "fr"):
            buses[name].pass_time(0.02)
    buses["fr"].silent = {3}
    assert r"two SO-101's right_elbow_flex (servo 3) does not answer" in told(arm, deadline)
    assert rig.leader is not None
    build = teleoperator_builder(rig.leader.type, fields(rig.leader))
    leader = LeRobotLeader("leaders", model.joint_names, build, clock=clock)
    buses["lr"].turn(1, 2048 + 512)
    leader.connect()
    while True:
        try:
            assert leader.read().position[[0, 6]] == pytest.approx([0.0, 45.0], abs=0.2)
            break
        except DeviceFault:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    leader.disconnect()


def test_two_arms_need_two_ports(tmp_path: Path) -> None:
    file = tmp_path / "rig.toml"
    lines = RIG.format(folder=tmp_path).splitlines()
    file.write_text("\n".join(line for line in lines if "ports" not in line), encoding="utf-8")
    with pytest.raises(BadRigFile, match=r"line 4: bi_so_follower is two arms and needs two ports"):
        load_rig_file(file)


def test_the_model_of_two_arms_is_the_model_of_one_twice() -> None:
    from app.control.clearance import Clearance
    from app.devices.so101 import SO101

    rest = np.array([joint.rest for joint in SO101.joints])
    low = rest + np.array([0, 20, 0, 0, 0, 0])
    one, two = Clearance(SO101), Clearance(TWO_SO101)
    assert two.lowest(np.concatenate([rest, low])) == pytest.approx(min(one.lowest(rest), one.lowest(low)))
    assert len(two.slopes(np.concatenate([rest, low]))) == 2 * len(one.slopes(rest))
