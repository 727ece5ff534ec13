"""A rig file with a mistake is answered with its line and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap.real import arm_model
from app.core.errors import Refused
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
        ("[rates]", "[rates", r"not TOML"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(BadRigFile, match=said):
        load_rig_file(written(tmp_path, GOOD.replace(old, new)))


def test_limits_of_an_unknown_joint_are_refused(tmp_path: Path) -> None:
    rig = load_rig_file(written(tmp_path, GOOD.replace("shoulder_pan", "shoulder_pam")))
    with pytest.raises(Refused, match=r"shoulder_pam.*Its joints: shoulder_pan"):
        arm_model(rig.arm)
