"""The camera that is none: recorded footage, lost pictures, an unplug, and the lock it was given; on its own time."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.clock import NS_PER_S, ManualClock
from app.devices import DeviceFault
from app.devices.rigfile import CameraTable
from app.devices.virtualcamera import VirtualCamera

SMALL = {"name": "top", "driver": "virtual", "width": 64, "height": 64}


def camera(clock: ManualClock, lock: dict[str, int] | None = None, **options: object) -> VirtualCamera:
    made = VirtualCamera(CameraTable.model_validate({**SMALL, "lock": lock or {}, "options": options}), clock)
    made.open()
    return made


def test_recorded_footage_is_played_in_its_order_and_again(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(bytes([number]))
    played = camera(ManualClock(NS_PER_S), footage=str(tmp_path))
    shown = [played.next(0.1)[0] for _ in range(6)]
    assert [frame.jpeg for frame in shown] == [bytes([frame.sequence % 3]) for frame in shown]
    assert {frame.jpeg for frame in shown} == {b"\0", b"\1", b"\2"}


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceFault, match="There is no footage in"):
        camera(ManualClock(NS_PER_S), footage=str(tmp_path))


def test_a_lost_picture_is_a_gap_in_the_count_and_jitter_is_no_drift() -> None:
    clock = ManualClock(NS_PER_S)
    made = camera(clock, drop_every=4, jitter_ms=20)
    frames = [frame for _ in range(12) for frame in made.next(0.1)]
    assert all(frame.sequence % 4 for frame in frames)
    first, last = frames[0], frames[-1]
    assert last.exposure_ns - first.exposure_ns == pytest.approx(
        (last.sequence - first.sequence) * NS_PER_S / 30, abs=2
    )


def test_it_is_pulled_out_and_back_and_keeps_its_lock(tmp_path: Path) -> None:
    made = camera(ManualClock(NS_PER_S), lock={"exposure": 120}, unplugged=str(tmp_path / "pulled"))
    assert made.locked == {"exposure": 120.0}
    (tmp_path / "pulled").touch()
    with pytest.raises(DeviceFault, match="The camera top is unplugged"):
        made.next(0.1)
    (tmp_path / "pulled").unlink()
    assert made.next(0.1)
