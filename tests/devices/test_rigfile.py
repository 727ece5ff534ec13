"""A rig file with a mistake is answered with its line and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap.real import arm_model
from app.devices.rigfile import BadRigFile, load_rig_file

GOOD = """\
name = "station-3"

[arm]
id = "follower_a"
port = "/dev/serial/by-id/usb-a"
on_fault = "hold"

[arm.limits.shoulder_pan]
lower = -60
upper = 60
max_speed = 90

[leader]
id = "leader_a"
port = "/dev/serial/by-id/usb-b"

[rates]
control_hz = 60
fps = 30

[[cameras]]
name = "top"
path = "/dev/v4l/by-id/usb-top"

[[cameras]]
name = "gripper"
driver = "virtual"
lock = { exposure = 120 }
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "rig.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_good_file_is_read_and_narrows_the_limits(tmp_path: Path) -> None:
    rig = load_rig_file(written(tmp_path, GOOD))
    assert rig.cameras[1].lock.exposure == 120
    pan = arm_model(rig.arm).joints[0]
    assert (pan.lower, pan.upper, pan.max_speed) == (-60, 60, 90)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('on_fault = "hold"', 'on_fault = "drop"', r"line 6: arm\.on_fault = 'drop': .*'hold' or 'limp'"),
        ('port = "/dev/serial/by-id/usb-a"', 'prot = "x"', r"line 3: 'arm\.port' is missing|line 5: there is no"),
        ("fps = 30", "fsp = 30", r"line 19: there is no 'rates\.fsp'.*Known here: control_hz, fps"),
        ("control_hz = 60", "control_hz = 20", r"line 18: rates\.control_hz = 20: .*greater than or equal to 50"),
        ("control_hz = 60", "control_hz = 70", r"line 18: control_hz = 70 is no multiple of fps = 30"),
        (
            'driver = "virtual"',
            'driver = "usb"',
            r"line 27: cameras\.1\.driver = 'usb': .*'v4l2', 'lerobot' or 'virtual'",
        ),
        ('name = "gripper"', 'name = "top"', r"line 26: two cameras are called 'top'"),
        ("[rates]", "[rates", r"not TOML.*line 17"),
        ("shoulder_pan", "shoulder_pam", r"line 8: 'shoulder_pam' is no joint.*Its joints: shoulder_pan"),
        ("lower = -60", "lower = 70", r"line 8: The limits of 'shoulder_pan' leave no range.*-109\.5 to 109\.5"),
        ("max_speed = 90", "max_speed = -1", r"line 11: arm\.limits\.shoulder_pan\.max_speed = -1: .*greater than 0"),
        ("fps = 30", 'fps = "fast"', r"line 19: rates\.fps = 'fast': .*valid integer"),
        ('id = "leader_a"', "", r"line 13: 'leader\.id' is missing"),
        ('id = "leader_a"', 'id = "l"\nengage = "me"', r"line 15: leader\.engage = 'me': .*'follower' or 'leader'"),
        (
            "exposure = 120",
            "exposur = 120",
            r"line 28: there is no 'cameras\.1\.lock\.exposur'.*exposure, white_balance",
        ),
        ('name = "station-3"', 'name = "Station 3"', r"line 1: name = 'Station 3': .*pattern"),
        ('name = "station-3"', 'nam = "station-3"', r"line 1: .*'nam'|'name' is missing"),
        ("[arm.limits.shoulder_pan]", "[arm.limit.shoulder_pan]", r"line 8: there is no 'arm\.limit'.*limits"),
        ("[leader]", "[leeder]", r"line 13: there is no 'leeder'.*Known here: name, arm, leader"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadRigFile, match=said):
        load_rig_file(written(tmp_path, GOOD.replace(old, new)))


BLIND = """\
name = "other"

[arm]
type = "koch_follower"
id = "a"
port = "/dev/x"

[arm.limits.base]
lower = -90
upper = 90
max_speed = 60
rest = 10

[arm.limits.grip]
unit = "percent"
lower = 0
upper = 100
max_speed = 200
rest = 0

[[cameras]]
name = "top"
driver = "virtual"
"""


def test_an_arm_without_a_model_is_what_its_limits_say(tmp_path: Path) -> None:
    model = arm_model(load_rig_file(written(tmp_path, BLIND)).arm)
    assert model.blind
    assert [(joint.name, joint.unit, joint.upper, joint.home) for joint in model.joints] == [
        ("base", "deg", 90, 10),
        ("grip", "percent", 100, 0),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_speed = 60\n", "", r"line 8: The joint 'base' of an arm without a model also needs max_speed"),
        ("lower = -90", "lower = 95", r"line 8: The limits of 'base' leave no range"),
        (
            BLIND[BLIND.index("[arm.limits.base]") : BLIND.index("[[cameras]]")],
            "",
            r"line 4: .*no model.*so101_follower",
        ),
        ('unit = "percent"', 'unit = "rad"', r"line 15: arm\.limits\.grip\.unit = 'rad': .*'deg' or 'percent'"),
    ],
)
def test_an_arm_without_a_model_that_is_described_badly_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(BadRigFile, match=said):
        load_rig_file(written(tmp_path, BLIND.replace(old, new)))
