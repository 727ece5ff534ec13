"""Whether the cameras of a rig fit on their USB buses, told before they are started, and which one to move.

A USB 2 bus keeps 80 % of 480 Mbit/s for streams. A camera asks for its share when it starts, and most ask for MJPEG
as if it were not compressed (16 bits a pixel), at most three packets of 1024 bytes in each 125 us. So two cameras of
640 x 480 at 30 fps fit on a bus, and a third one is refused by the kernel with "No space left on device".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.devices.rigfile import CameraDriver, CameraTable

SYSFS = Path("/sys/class/video4linux")
ROOTS = Path("/sys/bus/usb/devices")
BUS_MBIT_S = 480.0 * 0.8
_MOST_MBIT_S = 3 * 1024 * 8 * 8000 / 1e6
_BITS_A_PIXEL = 16
_SUPER_SPEED_MBIT_S = 5000.0


@dataclass(frozen=True)
class Hung:
    """A camera on a bus: the bus's number, its speed, and what the camera will ask for (Mbit/s)."""

    name: str
    bus: int
    speed_mbit_s: float
    wanted_mbit_s: float


def bandwidth_problems(cameras: Sequence[CameraTable], sysfs: Path = SYSFS, roots: Path = ROOTS) -> list[str]:
    """One sentence for each bus that its cameras ask too much of, with the camera to move and where to."""
    hung = [one for one in (_hung(camera, sysfs) for camera in cameras) if one is not None]
    crowded = {bus: [one for one in hung if one.bus == bus] for bus in sorted({one.bus for one in hung})}
    return [_words(bus, members, crowded, roots) for bus, members in crowded.items() if _load(members) > BUS_MBIT_S]


def wanted_mbit_s(camera: CameraTable) -> float:
    return min(camera.width * camera.height * camera.fps * _BITS_A_PIXEL / 1e6, _MOST_MBIT_S)


def _hung(camera: CameraTable, sysfs: Path) -> Hung | None:
    """Where a V4L2 camera hangs; None for one that is not on USB 2, or not plugged in."""
    if camera.driver is not CameraDriver.v4l2 or not Path(camera.path).exists():
        return None
    interface = (sysfs / Path(camera.path).resolve().name / "device").resolve()
    for folder in (interface, *interface.parents):
        if (folder / "busnum").is_file():
            bus, speed = int(_said(folder / "busnum")), float(_said(folder / "speed"))
            if speed >= _SUPER_SPEED_MBIT_S:
                return None
            return Hung(camera.name, bus, speed, wanted_mbit_s(camera))
    return None


def _words(bus: int, members: list[Hung], crowded: dict[int, list[Hung]], roots: Path) -> str:
    move = min(members, key=lambda one: (abs(_load(members) - one.wanted_mbit_s - BUS_MBIT_S), one.name))
    names = " and ".join((", ".join(one.name for one in members[:-1]), members[-1].name)) if members[1:] else move.name
    verb = "ask" if members[1:] else "asks"
    text = f"{names} {verb} {_load(members):.0f} of USB bus {bus}'s {BUS_MBIT_S:.0f} Mbit/s."
    room = [
        other
        for other in _buses(roots)
        if other != bus and _load(crowded.get(other, [])) + move.wanted_mbit_s <= BUS_MBIT_S
    ]
    if not members[1:]:
        return f"{text} Give it a smaller picture or fewer fps."
    if room:
        return f"{text} Move {move.name} to a port of bus {' or '.join(map(str, room))}, often one on another side."
    return f"{text} No other bus has room for {move.name}: give it a smaller picture or fewer fps."


def _buses(roots: Path) -> list[int]:
    """The numbers of the USB 2 buses there are."""
    found = []
    for root in sorted(roots.glob("usb*")):
        try:
            if float(_said(root / "speed")) < _SUPER_SPEED_MBIT_S:
                found.append(int(_said(root / "busnum")))
        except (OSError, ValueError):
            continue
    return found


def _load(members: Sequence[Hung]) -> float:
    return sum(one.wanted_mbit_s for one in members)


def _said(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
