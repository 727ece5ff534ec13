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
reply_ms = 600
on_fault = "hold"

[leader]
id = "leader_a"
port = "{leader}"
calibration_dir = "{folder}"
reply_ms = 600

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
lock = {{ exposure = 120, white_balance_k = 4600, gain = 10 }}
options = {{ jitter_ms = 4, drop_every = 40, unplugged = "{unplugged}" }}
"""


TWO_ARMS = """\
name = "emulated-two"

[arm]
type = "bi_so_follower"
id = "pair"
ports = {{ left = "{folder}/fl", right = "{folder}/fr" }}
calibration_dir = "{folder}"
reply_ms = 600

[leader]
type = "bi_so_leader"
id = "lead"
ports = {{ left = "{folder}/ll", right = "{folder}/lr" }}
calibration_dir = "{folder}"
reply_ms = 600
engage = "leader"

[[cameras]]
name = "top"
driver = "virtual"
width = 320
height = 240
"""
MIDDLE = (2048, 1900, 2200, 2900, 2048, 2300)


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
    with arms(folder, {"follower": "follower_a"}, {"leader": "leader_a"}) as buses:
        with served(folder, file) as studio:
            yield Station(studio, buses["follower"], buses["leader"], paths["unplugged"], file)
        assert not buses["follower"][1].memory[40], "the arm is let go when the studio ends"


@contextlib.contextmanager
def emulated_two(folder: Path) -> Iterator[tuple[RunningStudio, dict[str, ServoBus]]]:
    """Two arms that are driven as one, and the two that lead them."""
    file = folder / "rig.toml"
    file.write_text(TWO_ARMS.format(folder=folder), encoding="utf-8")
    followers, leaders = {"fl": "pair_left", "fr": "pair_right"}, {"ll": "lead_left", "lr": "lead_right"}
    with arms(folder, followers, leaders) as buses, served(folder, file) as studio:
        yield studio, buses
        studio.status("/api/stop", "POST")  # no drive to rest at the end: that is the pair's own test


@contextlib.contextmanager
def arms(folder: Path, followers: dict[str, str], leaders: dict[str, str]) -> Iterator[dict[str, ServoBus]]:
    """Ports by name with the id of each arm's calibration; leaders lie in somebody's hand, so they do not sag."""
    with contextlib.ExitStack() as stack:
        buses: dict[str, ServoBus] = {}
        for name, id_ in (followers | leaders).items():
            buses[name] = stack.enter_context(so101_bus(folder / name, start=MIDDLE))
            calibrate(buses[name], folder / f"{id_}.json")
            for servo in buses[name].servos if name in leaders else ():
                servo.build = type(servo.build)(servo.build.low, servo.build.high)
        yield buses


@contextlib.contextmanager
def served(folder: Path, file: Path) -> Iterator[RunningStudio]:
    studio = RunningStudio(folder / "data", str(file)).start()
    try:
        yield studio
    finally:
        told = studio.get("/api/studio")
        print(told["rig"]["phase"], told["rig"]["reason"], [note["text"] for note in told["notes"]])
        print((DataFolder(studio.data_dir).run_folder / "rig.log").read_text(encoding="utf-8"))
        code = studio.stop()
    assert code == 0


def degrees(bus: ServoBus, number: int) -> float:
    """Where a joint really is."""
    with bus.held():
        return (bus[number].actual - 2048) * 360 / 4096
