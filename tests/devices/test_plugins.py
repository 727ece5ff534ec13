"""Somebody else's robot, found by LeRobot's own discovery, and LeRobot's own robots that never ran here."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap.real import arm_model, fields
from app.control import messages
from app.devices import ArmReading, DeviceFault, StillConnecting
from app.devices.lerobot_arm import LeRobotArm, robot_builder
from app.devices.rigfile import RigFile
from tests.control.lockstep import LockStep

pytestmark = pytest.mark.lerobot
LIMIT_S = 60.0
PACKAGE = """\
from dataclasses import dataclass
from lerobot.robots import Robot, RobotConfig

@RobotConfig.register_subclass("madeup_follower")
@dataclass(kw_only=True)
class MadeupFollowerConfig(RobotConfig):
    port: str = ""
    extra: str = ""

class MadeupFollower(Robot):
    config_class, name = MadeupFollowerConfig, "madeup_follower"
    def __init__(self, config):
        super().__init__(config)
        self.at, self._on = {"base.pos": 5.0, "grip.pos": 40.0}, False
        if config.extra:
            self.at[config.extra] = 0.0
    observation_features = action_features = property(lambda self: dict.fromkeys(self.at, float))
    is_connected = property(lambda self: self._on)
    is_calibrated = property(lambda self: True)
    def connect(self, calibrate=True): self._on = True
    def calibrate(self): ...
    def configure(self): ...
    def get_observation(self): return dict(self.at)
    def send_action(self, action): self.at.update(action); return action
    def disconnect(self): self._on = False
"""


def rig(**arm: object) -> RigFile:
    limits = {
        "base": {"lower": -90, "upper": 90, "max_speed": 60, "rest": 0},
        "grip": {"unit": "percent", "lower": 0, "upper": 100, "max_speed": 200, "rest": 0},
    }
    told = {"type": "madeup_follower", "id": "a", "port": "/dev/x", "limits": limits, **arm}
    return RigFile.model_validate({"name": "r", "arm": told, "cameras": [{"name": "top", "driver": "virtual"}]})


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As pip would leave it: a module, and metadata with its name. LeRobot itself is imported before anybody waits."""
    import lerobot.robots.bi_so_follower  # noqa: F401

    (tmp_path / "lerobot_robot_madeup.py").write_text(PACKAGE)
    told = tmp_path / "lerobot_robot_madeup-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: lerobot_robot_madeup\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    from lerobot.robots import RobotConfig

    sys.modules.pop("lerobot_robot_madeup", None)
    RobotConfig._choice_registry.pop("madeup_follower", None)


def reading(arm: LeRobotArm) -> ArmReading:
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            arm.connect()
            return arm.read()
        except StillConnecting:
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_a_plug_ins_arm_is_found_by_its_name_and_driven(tmp_path: Path) -> None:
    described = rig()
    model = arm_model(described.arm)
    arm = LeRobotArm(
        model, robot_builder(described.arm.type, fields(described.arm), model.joint_names), limp=False, reply_s=5.0
    )
    assert reading(arm).position.tolist() == [5.0, 40.0]
    arm.write(np.array([7.0, 30.0]))
    deadline = time.monotonic() + LIMIT_S
    while arm.read().position.tolist() != [7.0, 30.0]:
        assert time.monotonic() < deadline
    arm.disconnect()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("x.vel", r"driven by x\.vel: the studio drives joint positions only"),
        ("wrist.pos", r"joints base, grip, wrist"),
    ],
)
def test_a_robot_that_is_driven_otherwise_or_has_other_joints_is_refused_in_words(extra: str, said: str) -> None:
    given = fields(rig(options={"extra": extra}).arm)
    with pytest.raises(DeviceFault, match=said):
        robot_builder("madeup_follower", given, ("base", "grip"))()


def test_lerobots_own_robots_are_known_by_name() -> None:
    with pytest.raises(DeviceFault, match=r"LeRobot knows no 'so1O1'.*koch_follower.*lekiwi.*madeup_follower"):
        robot_builder("so1O1", {})()


def test_an_arm_without_a_model_is_driven_joint_by_joint_and_not_in_lines() -> None:
    blind = arm_model(rig().arm)
    step = LockStep(arm=blind)
    step.tick(2)
    step.take()
    step.drive(3, lambda: step.jog(0.05, 0.0, 0.0))
    assert "knows no straight lines" in step.notes[-1].text
    step.drive(180, lambda: messages.JogJoints(step.lease.epoch, step.number(), step.now_ns, (80.0, 0.0)))
    assert step.arm.written[-1][0] == pytest.approx(90.0, abs=0.5), "to its limit, and no further"
