"""A station for tests: a rig file, the emulated SO-101 pair it names, and cameras that are none."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.storage.paths import DataFolder
from tests.studio import RunningStudio
from tests.wire.bus import ServoBus
from tests.wire.so101 import calibrate, so101_bus

# A pseudo-terminal's bytes are carried by a kernel thread that a busy machine keeps waiting: hence `reply_ms`.
RIG = """\
name = "emulated-pair"

[arm]
id = "follower_a"
port = "{follower}"
calibration_dir = "{folder}"
reply_ms = 400
on_fault = "hold"

[leader]
id = "leader_a"
port = "{leader}"
calibration_dir = "{folder}"
reply_ms = 400

[[cameras]]
name = "top"
driver = "virtual"
width = 320
height = 240

[[cameras]]
name = "gripper"
driver = "virtual"
width = 320
height = 240
options = {{ jitter_ms = 4, drop_every = 40, unplugged = "{unplugged}" }}
"""


@dataclass(frozen=True)
class Station:
    studio: RunningStudio
    follower: ServoBus
    leader: ServoBus
    unplugged: Path
    rig_file: Path


@contextlib.contextmanager
def emulated_pair(folder: Path) -> Iterator[Station]:
    """Calibrated, plugged in and served; the leader lies in somebody's hand, so gravity does not move it."""
    paths = {name: folder / name for name in ("follower", "leader", "unplugged")}
    file = folder / "rig.toml"
    file.write_text(RIG.format(folder=folder, **paths), encoding="utf-8")
    middle = (2048, 1900, 2200, 2900, 2048, 2300)
    with so101_bus(paths["follower"], start=middle) as follower, so101_bus(paths["leader"], start=middle) as leader:
        for servo in leader.servos:
            servo.build = type(servo.build)(servo.build.low, servo.build.high)
        calibrate(follower, folder / "follower_a.json")
        calibrate(leader, folder / "leader_a.json")
        studio = RunningStudio(folder / "data", str(file)).start()
        try:
            yield Station(studio, follower, leader, paths["unplugged"], file)
        finally:
            told = studio.get("/api/studio")
            print(told["rig"]["phase"], told["rig"]["reason"], [note["text"] for note in told["notes"]])
            print((DataFolder(studio.data_dir).run_folder / "rig.log").read_text(encoding="utf-8"))
            code = studio.stop()
        assert code == 0
        assert not follower[1].memory[40], "the arm is let go when the studio ends"


def degrees(bus: ServoBus, number: int) -> float:
    """Where a joint really is."""
    with bus.held():
        return (bus[number].actual - 2048) * 360 / 4096
