"""Three cameras on one USB 2 bus: which one to move, and where to."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.devices.rigfile import CameraTable
from app.devices.usb import bandwidth_problems


class Machine:
    """A sysfs with the buses given by number and speed (Mbit/s), and cameras plugged into them."""

    def __init__(self, folder: Path, buses: dict[int, int]) -> None:
        self.sysfs, self.roots, self.dev = folder / "video4linux", folder / "usb", folder / "dev"
        for made in (self.sysfs, self.roots, self.dev):
            made.mkdir()
        for bus, speed in buses.items():
            root = self.roots / f"usb{bus}"
            root.mkdir()
            (root / "busnum").write_text(f"{bus}\n")
            (root / "speed").write_text(f"{speed}\n")

    def plug(self, name: str, bus: int, speed: int = 480, **table: int) -> CameraTable:
        node = f"video{len(list(self.dev.iterdir()))}"
        device = self.roots / f"usb{bus}" / f"{bus}-{node}"
        (device / "1.0").mkdir(parents=True)
        (device / "busnum").write_text(f"{bus}\n")
        (device / "speed").write_text(f"{speed}\n")
        (self.sysfs / node).mkdir()
        (self.sysfs / node / "device").symlink_to(device / "1.0")
        (self.dev / node).touch()
        return CameraTable(name=name, path=str(self.dev / node), **table)

    def problems(self, *cameras: CameraTable) -> list[str]:
        return bandwidth_problems(cameras, self.sysfs, self.roots)


def test_two_cameras_fit_and_the_third_is_to_be_moved_to_a_bus_with_room(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {1: 480, 2: 5000, 3: 480})
    top, gripper, left = (machine.plug(name, 1) for name in ("top", "gripper", "left"))
    assert machine.problems(top, gripper) == []
    (said,) = machine.problems(top, gripper, left)
    assert "top, gripper and left ask 442 of USB bus 1's 384 Mbit/s. Move gripper to a port of bus 3" in said


def test_without_a_bus_with_room_a_smaller_picture_is_asked_for(tmp_path: Path) -> None:
    machine = Machine(tmp_path, {1: 480})
    big = {"width": 1280, "height": 720}
    (said,) = machine.problems(
        machine.plug("top", 1, **big), machine.plug("left", 1, **big), machine.plug("hand", 1, **big)
    )
    assert "No other bus has room" in said
    assert "smaller picture or fewer fps" in said


@pytest.mark.parametrize("speed", [5000, 10000])
def test_super_speed_cameras_virtual_and_absent_ones_are_not_counted(tmp_path: Path, speed: int) -> None:
    machine = Machine(tmp_path, {1: 480})
    cameras = [machine.plug(name, 1, speed) for name in ("a", "b", "c", "d")]
    virtual = [CameraTable(name=f"v{n}", driver="virtual") for n in range(4)]
    absent = [CameraTable(name=f"x{n}", path="/dev/v4l/by-id/none") for n in range(4)]
    assert machine.problems(*cameras, *virtual, *absent) == []
